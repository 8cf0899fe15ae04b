"""File descriptors: one line in the log when the process has none left for connections."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

SPARE_DESCRIPTORS = 4
"""How many descriptors are still free when the warning is logged: a response may open a file."""

_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)

# Windows has no limit of this kind.
_sysconf: Callable[[str], int] = getattr(os, "sysconf", lambda name: sys.maxsize)

logger = logging.getLogger("seedance_mock.server")


def warn_if_scarce(transport: asyncio.BaseTransport) -> None:
    """Log a warning if the connection has one of the last file descriptors."""
    # libuv says nothing: it accepts each further connection and closes it at once. The system
    # gives the lowest free number, so the number of a connection tells how many are taken.
    sock = transport.get_extra_info("socket")
    limit = _sysconf("SC_OPEN_MAX")
    if sock is not None and sock.fileno() >= limit - SPARE_DESCRIPTORS:
        log_exhaustion(limit)


@cache
def log_exhaustion(limit: int) -> None:
    """Say that no file descriptors are left. Say it once: every further connection meets it."""
    logger.warning(
        "No file descriptors are left: further connections are closed unanswered. Close idle "
        "connections, or raise the limit of %d (ulimit -n)",
        limit,
    )


def handle_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Handle an error of the event loop as asyncio does, except for a lack of descriptors."""
    # asyncio tries to accept again every second, and logs a traceback each time.
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in _OUT_OF_DESCRIPTORS:
        log_exhaustion(_sysconf("SC_OPEN_MAX"))
        return
    loop.default_exception_handler(context)
