"""The text of a cell of a table."""

from __future__ import annotations

from collections.abc import Iterable


def cell(text: str) -> str:
    """Return a text as one line in which no character ends the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code_list(texts: Iterable[object]) -> str:
    """Return texts as code, a dash if there are none."""
    return " ".join(f"`{text}`" for text in texts) or "–"
