"""Items of `content`, for the bodies that rules, examples and strategies make."""

from __future__ import annotations

from typing import Any

from seedance_contract.declared.media_limits import Medium
from seedance_contract.declared.v3.content import (
    IMAGE,
    REFERENCE_IMAGE,
    TEXT,
    ContentKind,
)

Items = list[dict[str, Any]]


SAMPLE_URLS = {
    Medium.IMAGE: "https://example.com/one.png",
    Medium.VIDEO: "https://example.com/one.mp4",
    Medium.AUDIO: "https://example.com/one.mp3",
}
"""A URL of each medium. None of them is ever fetched."""


def text_item(text: str = "A kite above a harbour") -> dict[str, Any]:
    """Return an item with a text."""
    return {"type": TEXT.type, "text": text}


def media_item(kind: ContentKind, role: str | None = None, url: str = "") -> dict[str, Any]:
    """Return an item with a medium; `url` leads to no file if it is left out."""
    assert kind.medium is not None, "only media have URLs"
    item: dict[str, Any] = {"type": kind.type, kind.type: {"url": url or SAMPLE_URLS[kind.medium]}}
    return item if role is None else {**item, "role": role}


def reference_images(count: int) -> Items:
    """Return this many reference images."""
    return [media_item(IMAGE, REFERENCE_IMAGE) for _ in range(count)]
