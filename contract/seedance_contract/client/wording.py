"""How checks write values and numbers in their messages."""

from __future__ import annotations

import json

MAX_VALUE = 80
"""The most characters of a value in a message. A prompt or a URL may be much longer."""


def shown(value: object) -> str:
    """Return a JSON value for a message; "none" for a missing one."""
    if value is None:
        return "none"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"


def counted(number: int, noun: str) -> str:
    """Return a number of things, such as "no poll", "1 poll" or "3 polls"."""
    return f"{number or 'no'} {noun}{'s' if number > 1 else ''}"
