"""A cause: why a subject fails checks, in words for the person who has to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from textwrap import dedent

from seedance_contract.declared.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A mistake that makes checks fail. One cause may explain many cases.

    Args:
        id: the stable id, such as "blind-create-retry".
        title: the mistake in one line, without a period.
        happened: what the subject did, in whole sentences.
        consequence: what this costs: money, data, time.
        fix: what to change.
        hints: a few lines of code that do it, by language: "python", "javascript".
        source: the document that requires it.
    """

    id: str
    title: str
    happened: str
    consequence: str
    fix: str
    source: Source
    # Not a part of the hash, because a mapping has none.
    hints: Mapping[str, str] = field(default_factory=dict, hash=False)


def code(text: str) -> str:
    """Return a hint without the indentation that its lines have in common."""
    return dedent(text).strip()


def causes_by_id(causes: Iterable[Cause]) -> dict[str, Cause]:
    """Return the causes by their ids. Raises ValueError for two causes with one id."""
    by_id: dict[str, Cause] = {}
    for cause in causes:
        if cause.id in by_id:
            raise ValueError(f"two causes have the id {cause.id}")
        by_id[cause.id] = cause
    return by_id
