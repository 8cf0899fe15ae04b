"""A pytest plugin: a file of tests that leaves files open fails.

A process may have a limited number of files open, and `select` knows the first 1,024 only. Without
this check the tests that fail are those which run last, in one order of the files and not in the
next. Sockets, pipes and event loops count, as they are files too.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from time import monotonic, sleep

import pytest

from seedance_fixtures.masters import FOLDER as MASTERS

DESCRIPTORS = Path("/proc/self/fd")
"""Where Linux lists the open files of this process. Nothing is checked where it does not exist."""

# Measured over both tiers: at most 7. The first file that uses the server of the session, a browser
# or a library with an event loop leaves those open, and each order of the files has another first.
MAX_LEFT_BY_A_FILE = 12
"""How many more files may be open after a file of tests than before it."""

# Many small leaks add up. A worker of the slow tier runs some 100 files.
MAX_LEFT_BY_ALL = 100
"""How many more files may be open after a file of tests than at the start."""

WAIT_SECONDS = 5.0
"""How long threads of a test may take to close what they use."""

PAUSE_SECONDS = 0.05

_AT_START = pytest.StashKey[Counter[str]]()
_BEFORE_FILE = pytest.StashKey[Counter[str]]()


def open_files() -> Counter[str]:
    """Count the open files by their names. All sockets have one name, and all pipes have one."""
    names: list[str] = []
    for descriptor in os.listdir(DESCRIPTORS):
        try:
            names.append(os.readlink(DESCRIPTORS / descriptor))
        except OSError:
            continue  # It was the one of the list, or a thread has closed it.
    # Each master is opened once and stays open for the life of the process.
    return Counter(
        name if name.startswith("/") else name.partition(":")[0]
        for name in names
        if not name.startswith(str(MASTERS))
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note what is open before the first test."""
    if _AT_START not in item.session.stash and DESCRIPTORS.exists():
        item.session.stash[_AT_START] = item.session.stash[_BEFORE_FILE] = open_files()


# The outermost wrapper ends after the fixtures of the file.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Fail the last test of a file if too much is open after it."""
    result = yield
    stash = item.session.stash
    if _AT_START in stash and (nextitem is None or nextitem.path != item.path):
        at_start, before = stash[_AT_START], stash[_BEFORE_FILE]
        now = stash[_BEFORE_FILE] = _settled(at_start, before)
        if _is_too_many(now, at_start, before):
            # What is reported here must not be reported after every further file.
            stash[_AT_START] = now
            left = ", ".join(f"{count} x {name}" for name, count in (now - before).most_common())
            pytest.fail(
                f"{item.path.name} leaves files open: {left}. {now.total()} are open, "
                f"{before.total()} were before it and {at_start.total()} at the start",
                pytrace=False,
            )
    return result


def _is_too_many(now: Counter[str], at_start: Counter[str], before: Counter[str]) -> bool:
    return (
        now.total() > before.total() + MAX_LEFT_BY_A_FILE
        or now.total() > at_start.total() + MAX_LEFT_BY_ALL
    )


def _settled(at_start: Counter[str], before: Counter[str]) -> Counter[str]:
    """Return what is open, once that is not too much, or after a while if it remains too much."""
    now = open_files()
    if not _is_too_many(now, at_start, before):
        return now
    # This takes up to a second, so not after every file. A server that has run in this process has
    # exempted all objects of its time from the collection (`gc.freeze`).
    gc.unfreeze()
    gc.collect()
    ends_at = monotonic() + WAIT_SECONDS
    while _is_too_many(now := open_files(), at_start, before) and monotonic() < ends_at:
        sleep(PAUSE_SECONDS)
    return now
