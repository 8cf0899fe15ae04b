"""What may be wrong with `content`: each function finds the breaches of one rule."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_contract.declared.media_limits import MediaUrl, Medium, is_data_url
from seedance_contract.declared.model import Model
from seedance_contract.declared.rules.unsupported_rules import printable_name
from seedance_contract.declared.v3.content import (
    AUDIO,
    CONTENT_KINDS,
    DRAFT_TASK,
    FIRST_FRAME,
    FRAME_ROLES,
    IMAGE,
    LAST_FRAME,
    REFERENCE_ROLES,
    TEXT,
    VIDEO,
    ContentItem,
    ContentKind,
    without_nulls,
)
from seedance_contract.declared.v3.rules.rule import V3Body

Breaches = Iterator[tuple[str, str]]
"""The place and the problem of each breach."""

MAX_CONTENT_ITEMS = 16
"""The most items of `content` on a model whose references fit into it. Source: openapi."""


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


def wrong_size(parsed: V3Body) -> Breaches:
    """Find a content that is no array, or has too many items or none."""
    content = parsed.body["content"]
    high = max_content_items(parsed.model)
    if not isinstance(content, list):
        yield "content", "must be an array"
    elif not content:
        yield "content", "must not be empty"
    elif len(content) > high:
        yield "content", f"must have at most {high} items"


def untyped_items(parsed: V3Body) -> Breaches:
    """Find items that are no objects, or have no documented type."""
    content = parsed.body["content"]
    if not isinstance(content, list) or len(content) == len(parsed.items):
        return
    known = {item.position for item in parsed.items}
    for index, item in enumerate(content):
        if not isinstance(item, dict):
            yield f"content[{index}]", "must be an object"
        elif index not in known:
            yield f"content[{index}].type", "must be one of " + ", ".join(CONTENT_KINDS)


def unknown_members(parsed: V3Body) -> Breaches:
    """Find members that no document names."""
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


def wrong_values(parsed: V3Body) -> Breaches:
    """Find items whose text, URL or id is missing, empty or of another type."""
    for item in parsed.items:
        value = item.members.get(item.kind.type)
        if item.kind.member is not None and not isinstance(value, dict):
            yield f"{item.path}.{item.kind.type}", f"must be an object with {item.kind.member}"
        elif not isinstance(item.value, str):
            yield item.value_path, "must be a string"
        elif not item.value:
            yield item.value_path, "must not be empty"


_URLS = {medium: MediaUrl(medium) for medium in Medium}


def wrong_urls(parsed: V3Body) -> Breaches:
    """Find media that are neither a URL nor data that the medium allows."""
    for item in parsed.items:
        medium, url = item.kind.medium, item.value
        if medium is None or not isinstance(url, str) or not url:
            continue
        if medium is Medium.VIDEO and is_data_url(url, medium):
            yield item.value_path, "must be an http(s) URL, not inline data"
        elif not _URLS[medium].allows(url):
            yield item.value_path, f"must {_URLS[medium].requirement()}"


def wrong_roles(parsed: V3Body) -> Breaches:
    """Find roles that do not belong to the type of their item."""
    for item in parsed.items:
        if item.kind.roles and item.role not in item.kind.roles:
            yield f"{item.path}.role", "must be one of " + ", ".join(item.kind.roles)


def excess_items(parsed: V3Body) -> Breaches:
    """Find the first item of each type that is one too many."""
    counts: dict[str, int] = {}
    for item in parsed.items:
        counts[item.kind.type] = count = counts.get(item.kind.type, 0) + 1
        high = max_items_of_kind(item.kind, parsed.model)
        if count == high + 1:
            yield item.path, f"there may be at most {high} of type {item.kind.type}"


def _has_role(item: ContentItem, roles: tuple[str, ...]) -> bool:
    return item.role in roles


def mixed_modes(parsed: V3Body) -> Breaches:
    """Find references beside a first or last frame."""
    frames = [item for item in parsed.items if _has_role(item, FRAME_ROLES)]
    references = [item for item in parsed.items if _has_role(item, REFERENCE_ROLES)]
    if frames and references:
        yield references[0].path, "references cannot be mixed with a first or last frame"


def wrong_frames(parsed: V3Body) -> Breaches:
    """Find a second frame of a role, and a last frame without a first one."""
    by_role: dict[str, list[ContentItem]] = {}
    for item in parsed.items:
        if item.kind is IMAGE and isinstance(item.role, str):
            by_role.setdefault(item.role, []).append(item)
    for role in FRAME_ROLES:
        for item in by_role.get(role, [])[1:]:
            yield item.path, f"there may be one {role}; an image without a role is a {FIRST_FRAME}"
    if LAST_FRAME in by_role and FIRST_FRAME not in by_role:
        yield by_role[LAST_FRAME][0].path, f"a {LAST_FRAME} needs a {FIRST_FRAME}"


def unaccompanied_audio(parsed: V3Body) -> Breaches:
    """Find audio that needs a reference image or video beside it."""
    kinds = {item.kind.type: item for item in parsed.items}
    # A model for which audio alone is sufficient says so for v1.
    is_sufficient = parsed.model is None or parsed.model.sufficient_inputs
    if kinds.keys() & {AUDIO.type, IMAGE.type, VIDEO.type} == {AUDIO.type} and not is_sufficient:
        yield kinds[AUDIO.type].path, "audio needs a reference image or video beside it"


def draft_tasks(parsed: V3Body) -> Breaches:
    """Find draft tasks, which are not supported."""
    for item in parsed.items:
        if item.kind is DRAFT_TASK:
            yield item.path, "draft tasks are not supported"
