"""Whether there is something to read from a file descriptor, whatever its number."""

from __future__ import annotations

import selectors
from typing import IO, Any


def is_readable(file: int | IO[Any], seconds: float) -> bool:
    """Wait until there is something to read, or the end, for at most `seconds`."""
    # `select.select` cannot wait for a descriptor from 1,024 on. A process that runs many tests may
    # have as many open.
    with selectors.DefaultSelector() as selector:
        selector.register(file, selectors.EVENT_READ)
        return bool(selector.select(seconds))
