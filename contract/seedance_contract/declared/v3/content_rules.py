"""Rules of v3 about `content`: its items, and how they go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from seedance_contract.declared.media_limits import MediaUrl, Medium, is_data_url
from seedance_contract.declared.models import Model
from seedance_contract.declared.operations import Body
from seedance_contract.declared.rule import Breach
from seedance_contract.declared.sources import Source, assumed, openapi, page
from seedance_contract.declared.unsupported_rules import printable_name
from seedance_contract.declared.v3.content import (
    AUDIO,
    CONTENT_KINDS,
    DRAFT_TASK,
    FIRST_FRAME,
    FRAME_ROLES,
    IMAGE,
    LAST_FRAME,
    REFERENCE_AUDIO,
    REFERENCE_IMAGE,
    REFERENCE_ROLES,
    REFERENCE_VIDEO,
    TEXT,
    VIDEO,
    ContentItem,
    ContentKind,
    is_text_only,
    without_nulls,
)
from seedance_contract.declared.v3.rule import INVALID, V3Body, ValueTest

MAX_CONTENT_ITEMS = 16
"""The most items of `content` on a model whose references fit into it. Source: openapi."""

Items = list[dict[str, Any]]

_SAMPLE_URLS = {
    Medium.IMAGE: "https://example.com/one.png",
    Medium.VIDEO: "https://example.com/one.mp4",
    Medium.AUDIO: "https://example.com/one.mp3",
}


def text_item(text: str = "A kite above a harbour") -> dict[str, Any]:
    """Return an item with a text."""
    return {"type": TEXT.type, "text": text}


def media_item(kind: ContentKind, role: str | None = None, url: str = "") -> dict[str, Any]:
    """Return an item with a medium; `url` leads to no file if it is left out."""
    assert kind.medium is not None, "only media have URLs"
    item: dict[str, Any] = {"type": kind.type, kind.type: {"url": url or _SAMPLE_URLS[kind.medium]}}
    return item if role is None else {**item, "role": role}


def max_items_of_kind(kind: ContentKind, model: Model | None) -> int:
    """Return the most items of a kind on a model."""
    if kind.references_field is None:
        return 1
    # A model that does not exist is reported by another rule.
    return 100 if model is None else model.references[kind.references_field]


def max_content_items(model: Model | None) -> int:
    """Return the most items of `content` on a model: more if its references need more."""
    kinds = (TEXT, IMAGE, VIDEO, AUDIO)
    needed = sum(max_items_of_kind(kind, model) for kind in kinds)
    return max(MAX_CONTENT_ITEMS, needed) if model else 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRule:
    """A rule about `content`.

    Args:
        id: the id of the rule.
        source: where it is documented.
        text: the requirement in one sentence.
        find: yields the place and the problem of every breach.
        invalid: contents that break only this rule.
        valid: contents that just satisfy it.
    """

    id: str
    source: Source
    text: str
    find: Callable[[V3Body], Iterator[tuple[str, str]]]
    invalid: Callable[[], Iterator[object]]
    valid: Callable[[], Iterator[object]]
    code = INVALID
    field = "content"

    def requirement(self) -> str:
        return self.text

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        for path, message in self.find(parsed):
            yield Breach(path, f"{path}: {message}")

    def value_test(self, model: Model | None) -> ValueTest | None:
        # Every rule allows a single text: one test, which is evaluated once for all of them.
        return is_text_only

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for content in self.invalid():
            yield {**body, "content": content}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for content in self.valid():
            yield {**body, "content": content}


def _broken_size(parsed: V3Body) -> Iterator[tuple[str, str]]:
    content = parsed.body["content"]
    high = max_content_items(parsed.model)
    if not isinstance(content, list):
        yield "content", "must be an array"
    elif not 1 <= len(content) <= high:
        yield "content", f"must have 1 to {high} items"


def _untyped_items(parsed: V3Body) -> Iterator[tuple[str, str]]:
    content = parsed.body["content"]
    if not isinstance(content, list) or len(content) == len(parsed.items):
        return
    known = {item.position for item in parsed.items}
    for index, item in enumerate(content):
        if not isinstance(item, dict):
            yield f"content[{index}]", "must be an object"
        elif index not in known:
            yield f"content[{index}].type", "must be one of " + ", ".join(CONTENT_KINDS)


def _open_items(parsed: V3Body) -> Iterator[tuple[str, str]]:
    for item in parsed.items:
        kind = item.kind
        for name in item.members.keys() - {"type", "role", kind.type}:
            yield f"{item.path}.{printable_name(name)}", "is not a member of this item"
        if "role" in item.members and not kind.roles:
            yield f"{item.path}.role", f"an item of type {kind.type} has no role"
        value = item.members.get(kind.type)
        if kind.member is not None and isinstance(value, dict):
            for name in without_nulls(value).keys() - {kind.member}:
                path = f"{item.path}.{kind.type}.{printable_name(name)}"
                yield path, "is not a member of this object"


def _broken_values(parsed: V3Body) -> Iterator[tuple[str, str]]:
    for item in parsed.items:
        value = item.members.get(item.kind.type)
        if item.kind.member is not None and not isinstance(value, dict):
            yield f"{item.path}.{item.kind.type}", f"must be an object with {item.kind.member}"
        elif not isinstance(item.value, str):
            yield item.value_path, "must be a string"
        elif not item.value:
            yield item.value_path, "must not be empty"


_URLS = {medium: MediaUrl(medium) for medium in Medium}


def _broken_urls(parsed: V3Body) -> Iterator[tuple[str, str]]:
    for item in parsed.items:
        medium, url = item.kind.medium, item.value
        if medium is None or not isinstance(url, str) or not url:
            continue
        if medium is Medium.VIDEO and is_data_url(url, medium):
            yield item.value_path, "must be an http(s) URL, not inline data"
        elif not _URLS[medium].allows(url):
            yield item.value_path, f"must {_URLS[medium].requirement()}"


def _wrong_roles(parsed: V3Body) -> Iterator[tuple[str, str]]:
    for item in parsed.items:
        if item.kind.roles and item.role not in item.kind.roles:
            yield f"{item.path}.role", "must be one of " + ", ".join(item.kind.roles)


def _excess_items(parsed: V3Body) -> Iterator[tuple[str, str]]:
    counts: dict[str, int] = {}
    for item in parsed.items:
        counts[item.kind.type] = count = counts.get(item.kind.type, 0) + 1
        high = max_items_of_kind(item.kind, parsed.model)
        if count == high + 1:
            yield item.path, f"there may be at most {high} of type {item.kind.type}"


def _has_role(item: ContentItem, roles: tuple[str, ...]) -> bool:
    return item.role in roles


def _mixed_modes(parsed: V3Body) -> Iterator[tuple[str, str]]:
    frames = [item for item in parsed.items if _has_role(item, FRAME_ROLES)]
    references = [item for item in parsed.items if _has_role(item, REFERENCE_ROLES)]
    if frames and references:
        yield references[0].path, "references cannot be mixed with a first or last frame"


def _broken_frames(parsed: V3Body) -> Iterator[tuple[str, str]]:
    by_role: dict[str, list[ContentItem]] = {}
    for item in parsed.items:
        if item.kind is IMAGE and isinstance(item.role, str):
            by_role.setdefault(item.role, []).append(item)
    for role in FRAME_ROLES:
        for item in by_role.get(role, [])[1:]:
            yield item.path, f"there may be one {role}; an image without a role is a {FIRST_FRAME}"
    if LAST_FRAME in by_role and FIRST_FRAME not in by_role:
        yield by_role[LAST_FRAME][0].path, f"a {LAST_FRAME} needs a {FIRST_FRAME}"


def _lonely_audio(parsed: V3Body) -> Iterator[tuple[str, str]]:
    kinds = {item.kind.type: item for item in parsed.items}
    # A model for which audio alone is sufficient says so for v1.
    is_sufficient = parsed.model is None or parsed.model.sufficient_inputs
    if kinds.keys() & {AUDIO.type, IMAGE.type, VIDEO.type} == {AUDIO.type} and not is_sufficient:
        yield kinds[AUDIO.type].path, "audio needs a reference image or video beside it"


def _draft_tasks(parsed: V3Body) -> Iterator[tuple[str, str]]:
    for item in parsed.items:
        if item.kind is DRAFT_TASK:
            yield item.path, "draft tasks are not supported"


def _reference_images(count: int) -> Items:
    return [media_item(IMAGE, REFERENCE_IMAGE) for _ in range(count)]


def _contents(*contents: object) -> Callable[[], Iterator[object]]:
    return lambda: iter(contents)


_IMAGE = media_item(IMAGE)
_LAST = media_item(IMAGE, LAST_FRAME)
_REFERENCE = media_item(IMAGE, REFERENCE_IMAGE)
_VIDEO = media_item(VIDEO, REFERENCE_VIDEO)
_AUDIO = media_item(AUDIO, REFERENCE_AUDIO)
_SCHEMA = openapi("CreateContentsGenerationsTasksRequest.content")
_PROSE = page("create-volc: content")

CONTENT_RULES: tuple[ContentRule, ...] = (
    ContentRule(
        id="v3.content.size",
        source=_SCHEMA,
        text=f"content must be an array of 1 to {MAX_CONTENT_ITEMS} items",
        find=_broken_size,
        invalid=_contents([], "text", {"type": "text"}),
        valid=_contents([text_item()], [text_item(), *_reference_images(9)]),
    ),
    ContentRule(
        id="v3.content.items",
        source=_SCHEMA,
        text="an item of content must be an object with a documented type",
        find=_untyped_items,
        invalid=_contents(
            [text_item(), "text"], [text_item(), {"text": "x"}], [text_item(), {"type": "image"}]
        ),
        valid=_contents([text_item()]),
    ),
    ContentRule(
        id="v3.content.members",
        source=_SCHEMA,
        text="an item of content has documented members only",
        find=_open_items,
        invalid=_contents(
            [{**text_item(), "language": "en"}],
            [{**text_item(), "role": FIRST_FRAME}],
            [{**_IMAGE, IMAGE.type: {"url": _SAMPLE_URLS[Medium.IMAGE], "detail": "high"}}],
        ),
        valid=_contents([{**text_item(), "role": None}]),
    ),
    ContentRule(
        id="v3.content.value",
        source=_SCHEMA,
        text="an item of content has the text, URL or id that belongs to its type",
        find=_broken_values,
        invalid=_contents(
            [{"type": "text"}],
            [text_item("")],
            [{"type": "text", "text": 1}],
            [{"type": IMAGE.type, IMAGE.type: _SAMPLE_URLS[Medium.IMAGE]}],
            [{"type": IMAGE.type, IMAGE.type: {}}],
            [{"type": VIDEO.type, VIDEO.type: {"url": 7}}],
        ),
        valid=_contents([text_item("x")]),
    ),
    ContentRule(
        id="v3.content.url",
        source=assumed("which forms of URLs v3 accepts for video and audio"),
        text="media are http(s) URLs; images and audio may be data URLs, images materials",
        find=_broken_urls,
        invalid=_contents(
            [media_item(IMAGE, url="one.png")],
            [media_item(VIDEO, url="data:video/mp4;base64,AAAA")],
            [_REFERENCE, media_item(AUDIO, url="ftp://example.com/one.mp3")],
        ),
        valid=_contents(
            [media_item(IMAGE, url="data:image/png;base64,AAAA")],
            [_REFERENCE, media_item(AUDIO, url="data:audio/mp3;base64,AAAA")],
        ),
    ),
    ContentRule(
        id="v3.content.role",
        source=_SCHEMA,
        text="a role is one that belongs to the type of its item",
        find=_wrong_roles,
        invalid=_contents(
            [{**_IMAGE, "role": "style"}],
            [{**_IMAGE, "role": 1}],
            [{**_VIDEO, "role": REFERENCE_AUDIO}],
        ),
        valid=_contents([{**_IMAGE, "role": None}], [_REFERENCE], [_VIDEO]),
    ),
    ContentRule(
        id="v3.content.count",
        source=_SCHEMA,
        text="content has one text, and as many images, videos and audios as the model takes",
        find=_excess_items,
        invalid=_contents(
            [text_item(), text_item()],
            [*_reference_images(10)],
            [_VIDEO] * 4,
            [_REFERENCE, *[_AUDIO] * 4],
        ),
        valid=_contents([text_item(), *_reference_images(9), *[_VIDEO] * 3, *[_AUDIO] * 3]),
    ),
    ContentRule(
        id="v3.content.modes",
        source=_PROSE,
        text="references are not mixed with a first or last frame",
        find=_mixed_modes,
        invalid=_contents([_IMAGE, _REFERENCE], [_IMAGE, _VIDEO], [_IMAGE, _AUDIO]),
        valid=_contents([_IMAGE], [_REFERENCE, _VIDEO, _AUDIO]),
    ),
    ContentRule(
        id="v3.content.frames",
        source=_PROSE,
        text="there is at most one first and one last frame, and no last frame without a first",
        find=_broken_frames,
        invalid=_contents([_LAST], [_IMAGE, _IMAGE], [_IMAGE, _LAST, _LAST]),
        valid=_contents([_IMAGE], [_IMAGE, _LAST]),
    ),
    ContentRule(
        id="v3.content.audio",
        source=_PROSE,
        text="audio needs a reference image or video beside it",
        find=_lonely_audio,
        invalid=_contents([_AUDIO], [text_item(), _AUDIO]),
        valid=_contents([_REFERENCE, _AUDIO], [_VIDEO, _AUDIO]),
    ),
    ContentRule(
        id="v3.content.draft_task",
        source=_PROSE,
        text="draft tasks are not supported",
        find=_draft_tasks,
        invalid=_contents([{"type": "draft_task", "draft_task": {"id": "cgt-1"}}]),
        valid=_contents([text_item()]),
    ),
)
