"""Rules of v3 about `content`: its items, and how they go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seedance_contract.declared.media_limits import Medium
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import Body
from seedance_contract.declared.rules.rule import Breach, ValueCheck
from seedance_contract.declared.sources import Source, assumed, openapi, page
from seedance_contract.declared.v3.content import (
    AUDIO,
    FIRST_FRAME,
    IMAGE,
    LAST_FRAME,
    REFERENCE_AUDIO,
    REFERENCE_IMAGE,
    REFERENCE_VIDEO,
    VIDEO,
    is_text_only,
)
from seedance_contract.declared.v3.rules.content_breaches import (
    MAX_CONTENT_ITEMS,
    Breaches,
    draft_tasks,
    excess_items,
    mixed_modes,
    unaccompanied_audio,
    unknown_members,
    untyped_items,
    wrong_frames,
    wrong_roles,
    wrong_size,
    wrong_urls,
    wrong_values,
)
from seedance_contract.declared.v3.rules.content_samples import (
    SAMPLE_URLS,
    media_item,
    reference_images,
    text_item,
)
from seedance_contract.declared.v3.rules.rule import INVALID, V3Body


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
    find: Callable[[V3Body], Breaches]
    invalid: Callable[[], Iterator[object]]
    valid: Callable[[], Iterator[object]]
    code = INVALID
    field = "content"

    def requirement(self) -> str:
        return self.text

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        for path, message in self.find(parsed):
            yield Breach(path, f"{path}: {message}")

    def value_test(self, model: Model | None) -> ValueCheck | None:
        # Every rule allows a single text: one test, which is evaluated once for all of them.
        return is_text_only

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for content in self.invalid():
            yield {**body, "content": content}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for content in self.valid():
            yield {**body, "content": content}


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
        find=wrong_size,
        invalid=_contents([], "text", {"type": "text"}),
        valid=_contents([text_item()], [text_item(), *reference_images(9)]),
    ),
    ContentRule(
        id="v3.content.items",
        source=_SCHEMA,
        text="an item of content must be an object with a documented type",
        find=untyped_items,
        invalid=_contents(
            [text_item(), "text"], [text_item(), {"text": "x"}], [text_item(), {"type": "image"}]
        ),
        valid=_contents([text_item()]),
    ),
    ContentRule(
        id="v3.content.members",
        source=_SCHEMA,
        text="an item of content has documented members only",
        find=unknown_members,
        invalid=_contents(
            [{**text_item(), "language": "en"}],
            [{**text_item(), "role": FIRST_FRAME}],
            [{**_IMAGE, IMAGE.type: {"url": SAMPLE_URLS[Medium.IMAGE], "detail": "high"}}],
        ),
        valid=_contents([{**text_item(), "role": None}]),
    ),
    ContentRule(
        id="v3.content.value",
        source=_SCHEMA,
        text="an item of content has the text, URL or id that belongs to its type",
        find=wrong_values,
        invalid=_contents(
            [{"type": "text"}],
            [text_item("")],
            [{"type": "text", "text": 1}],
            [{"type": IMAGE.type, IMAGE.type: SAMPLE_URLS[Medium.IMAGE]}],
            [{"type": IMAGE.type, IMAGE.type: {}}],
            [{"type": VIDEO.type, VIDEO.type: {"url": 7}}],
        ),
        valid=_contents([text_item("x")]),
    ),
    ContentRule(
        id="v3.content.url",
        source=assumed("which forms of URLs v3 accepts for video and audio"),
        text="media are http(s) URLs; images and audio may be data URLs, images materials",
        find=wrong_urls,
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
        find=wrong_roles,
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
        find=excess_items,
        invalid=_contents(
            [text_item(), text_item()],
            [*reference_images(10)],
            [_VIDEO] * 4,
            [_REFERENCE, *[_AUDIO] * 4],
        ),
        valid=_contents([text_item(), *reference_images(9), *[_VIDEO] * 3, *[_AUDIO] * 3]),
    ),
    ContentRule(
        id="v3.content.modes",
        source=_PROSE,
        text="references are not mixed with a first or last frame",
        find=mixed_modes,
        invalid=_contents([_IMAGE, _REFERENCE], [_IMAGE, _VIDEO], [_IMAGE, _AUDIO]),
        valid=_contents([_IMAGE], [_REFERENCE, _VIDEO, _AUDIO]),
    ),
    ContentRule(
        id="v3.content.frames",
        source=_PROSE,
        text="there is at most one first and one last frame, and no last frame without a first",
        find=wrong_frames,
        invalid=_contents([_LAST], [_IMAGE, _IMAGE], [_IMAGE, _LAST, _LAST]),
        valid=_contents([_IMAGE], [_IMAGE, _LAST]),
    ),
    ContentRule(
        id="v3.content.audio",
        source=_PROSE,
        text="audio needs a reference image or video beside it",
        find=unaccompanied_audio,
        invalid=_contents([_AUDIO], [text_item(), _AUDIO]),
        valid=_contents([_REFERENCE, _AUDIO], [_VIDEO, _AUDIO]),
    ),
    ContentRule(
        id="v3.content.draft_task",
        source=_PROSE,
        text="draft tasks are not supported",
        find=draft_tasks,
        invalid=_contents([{"type": "draft_task", "draft_task": {"id": "cgt-1"}}]),
        valid=_contents([text_item()]),
    ),
)
