"""Which quantifiers of a regular expression can go back over a long text after a mismatch."""

from __future__ import annotations

import re

SMALL = 20
"""Up to this many repetitions going back costs nothing worth a thought."""

_CLASS_OR_ESCAPE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_QUANTIFIER = re.compile(r"(?:(?P<open>[*+]|\{\d*,\})|\{(?:\d+,)?(?P<high>\d+)\})(?P<mode>[+?]?)")


def backtracking_quantifiers(pattern: str) -> list[str]:
    """Return the quantifiers that allow many repetitions and are not possessive."""
    bare = _CLASS_OR_ESCAPE.sub("x", pattern)
    return [
        match[0]
        for match in _QUANTIFIER.finditer(bare)
        if match["mode"] != "+" and (match["open"] or int(match["high"]) > SMALL)
    ]
