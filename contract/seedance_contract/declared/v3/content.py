"""The items of `content`: text, media and their roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeGuard

from seedance_contract.declared.media_limits import Medium

FIRST_FRAME = "first_frame"
LAST_FRAME = "last_frame"
REFERENCE_IMAGE = "reference_image"
REFERENCE_VIDEO = "reference_video"
REFERENCE_AUDIO = "reference_audio"

FRAME_ROLES = (FIRST_FRAME, LAST_FRAME)
REFERENCE_ROLES = (REFERENCE_IMAGE, REFERENCE_VIDEO, REFERENCE_AUDIO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentKind:
    """A kind of item.

    Args:
        type: the value of `type`, and the name of the member that has the value.
        member: the member of that object; None if the value is a string.
        medium: the medium of a URL; None if there is none.
        roles: the roles that an item of this kind may have, the default first.
        references_field: the field of v1 whose highest number of entries holds here too.
    """

    type: str
    member: str | None = None
    medium: Medium | None = None
    roles: tuple[str, ...] = ()
    references_field: str | None = None


TEXT = ContentKind(type="text")
IMAGE = ContentKind(
    type="image_url",
    member="url",
    medium=Medium.IMAGE,
    roles=(FIRST_FRAME, LAST_FRAME, REFERENCE_IMAGE),
    references_field="reference_images",
)
VIDEO = ContentKind(
    type="video_url",
    member="url",
    medium=Medium.VIDEO,
    roles=(REFERENCE_VIDEO,),
    references_field="video_urls",
)
AUDIO = ContentKind(
    type="audio_url",
    member="url",
    medium=Medium.AUDIO,
    roles=(REFERENCE_AUDIO,),
    references_field="audio_urls",
)
DRAFT_TASK = ContentKind(type="draft_task", member="id")

CONTENT_KINDS: Mapping[str, ContentKind] = MappingProxyType(
    {kind.type: kind for kind in (TEXT, IMAGE, VIDEO, AUDIO, DRAFT_TASK)}
)
"""The kinds by `type`."""


class ContentItem(NamedTuple):
    """An item of a known kind. `members` are its members without nulls.

    `role` is the default of its kind if the item has none, and None for a kind without roles.
    """

    position: int
    kind: ContentKind
    role: object
    members: Mapping[str, object]

    @property
    def path(self) -> str:
        """The place of the item in the body."""
        return f"content[{self.position}]"

    @property
    def value_path(self) -> str:
        """The place of its value in the body, such as `content[1].image_url.url`."""
        inner = f".{self.kind.member}" if self.kind.member else ""
        return f"{self.path}.{self.kind.type}{inner}"

    @property
    def value(self) -> object:
        """Its text, URL or id; None if it is missing or misplaced."""
        value = self.members.get(self.kind.type)
        if self.kind.member is None:
            return value
        return value.get(self.kind.member) if isinstance(value, dict) else None


def is_text_only(content: object) -> TypeGuard[list[dict[str, str]]]:
    """Return whether content is one text and nothing else, as in most requests."""
    if not isinstance(content, list) or len(content) != 1 or not isinstance(content[0], dict):
        return False
    # Two members, so that there is none that a rule might refuse: this is a test instead of all the
    # rules of content, and must never accept what one of them does not.
    item = content[0]
    text = item.get("text")
    return len(item) == 2 and item.get("type") == TEXT.type and isinstance(text, str) and text != ""


def content_items(content: object) -> Iterator[ContentItem]:
    """Yield the items of a known kind. Accepts any JSON value."""
    for index, item in enumerate(content if isinstance(content, list) else ()):
        if not isinstance(item, dict):
            continue
        type_name = item.get("type")
        kind = CONTENT_KINDS.get(type_name) if isinstance(type_name, str) else None
        if kind is not None:
            # The SDKs of the model's maker send each member that is not set as null.
            members = item if None not in item.values() else without_nulls(item)
            role = members.get("role", kind.roles[0] if kind.roles else None)
            yield ContentItem(index, kind, role, members)


def without_nulls(members: Mapping[str, object]) -> dict[str, object]:
    """Return the members whose value is not null."""
    return {name: value for name, value in members.items() if value is not None}
