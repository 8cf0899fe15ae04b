"""What a test wants to know of a journal. Each raises AssertionError, saying what happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from seedance_contract.declared.tasks import Status
from seedance_mock.service.journal import JournalEntry

ENDED = (Status.COMPLETED, Status.FAILED)


def creates(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Return the create requests, answered or not."""
    return [entry for entry in entries if entry.place == "create"]


def polls(entries: Iterable[JournalEntry]) -> dict[str, list[JournalEntry]]:
    """Return the polls of each task, in the order of their coming."""
    found: dict[str, list[JournalEntry]] = {}
    for entry in entries:
        if entry.place == "poll" and entry.task_id is not None:
            found.setdefault(entry.task_id, []).append(entry)
    return found


def assert_no_create(entries: Sequence[JournalEntry]) -> None:
    """No create request came."""
    __tracebackhide__ = True
    assert_creates(entries, 0)


def assert_creates(entries: Sequence[JournalEntry], count: int = 1) -> None:
    """Exactly `count` create requests came, whatever they were answered."""
    __tracebackhide__ = True
    found = creates(entries)
    if len(found) != count:
        told = "; ".join(_line(entry) for entry in found) or "none"
        raise AssertionError(f"{count} create requests expected, {len(found)} came: {told}")


def assert_polls_apart(entries: Sequence[JournalEntry], seconds: float) -> None:
    """Between an answer and the next poll of the same task at least `seconds` passed.

    The journal stamps an answer before its first byte is written and a request when its first
    byte is read, so a loaded machine makes gaps longer, never shorter.
    """
    __tracebackhide__ = True
    for task_id, asked in polls(entries).items():
        for earlier, later in pairwise(asked):
            gap = later.received - (earlier.answered or earlier.received)
            if gap < seconds:
                raise AssertionError(
                    f"polls of {task_id} at least {seconds} s apart expected, "
                    f"requests {earlier.number} and {later.number} are {gap:.3f} s apart"
                )


def assert_stops_at_the_end(entries: Sequence[JournalEntry]) -> None:
    """No poll of a task follows the answer that it completed or failed."""
    __tracebackhide__ = True
    for task_id, asked in polls(entries).items():
        for earlier, later in pairwise(asked):
            if earlier.task_status in ENDED:
                raise AssertionError(
                    f"no poll of {task_id} expected after it was {earlier.task_status}, "
                    f"but request {later.number} followed {earlier.number}"
                )


def _line(entry: JournalEntry) -> str:
    struck = f", {entry.fault}" if entry.fault else ""
    return f"request {entry.number} answered {entry.status}{struck}"
