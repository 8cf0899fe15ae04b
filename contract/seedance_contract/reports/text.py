"""Text from subjects in a form that cannot harm what shows it.

A subject chooses parts of its report. Control characters in them could change a terminal, end a
line of a table, or make an XML document unreadable.
"""

from __future__ import annotations


def printable_text(text: str) -> str:
    """Return the text with a replacement for every character but printable ones, \\n and \\t.

    What remains can be represented in XML 1.0 and in UTF-8.
    """
    return "".join(
        character if character.isprintable() or character in "\n\t" else "�" for character in text
    )


def one_line(text: str, max_length: int | None = None) -> str:
    """Return the printable text in one line, cut to a length with an ellipsis at its end."""
    line = " ".join(printable_text(text).split())
    if max_length is None or len(line) <= max_length:
        return line
    return line[: max_length - 1] + "…"
