"""Assertions on journal entries, and on the verdicts of checks.

Each raises an AssertionError that names the requests at fault.

Each function sets `__tracebackhide__`, so that pytest shows the line of the test and not this file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from seedance_contract.declared.tasks import Status
from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.testing.check_verdicts import CheckVerdict, findings

FINAL_STATUSES = (Status.COMPLETED, Status.FAILED)


def create_requests(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Return the create requests, with and without a response."""
    return [entry for entry in entries if entry.place == "create"]


def polls_by_task(entries: Iterable[JournalEntry]) -> dict[str, list[JournalEntry]]:
    """Return the polls by task id, in the order in which they were received."""
    polls: dict[str, list[JournalEntry]] = {}
    for entry in entries:
        if entry.place == "poll" and entry.task_id is not None:
            polls.setdefault(entry.task_id, []).append(entry)
    return polls


def assert_no_create(entries: Sequence[JournalEntry]) -> None:
    """Assert that no create request was received."""
    __tracebackhide__ = True
    assert_creates(entries, 0)


def assert_creates(entries: Sequence[JournalEntry], count: int = 1) -> None:
    """Assert that exactly `count` create requests were received, whatever the responses were."""
    __tracebackhide__ = True
    received = create_requests(entries)
    if len(received) != count:
        details = "; ".join(_description(entry) for entry in received) or "none"
        raise AssertionError(
            f"expected {count} create requests, received {len(received)}: {details}"
        )


def assert_polls_apart(entries: Sequence[JournalEntry], seconds: float) -> None:
    """Assert that at least `seconds` passed between a response and the next poll of the task."""
    __tracebackhide__ = True
    for task_id, polls in polls_by_task(entries).items():
        for earlier, later in pairwise(polls):
            # The journal stamps a response before its first byte is written, and a request when
            # its first byte is read. A loaded machine makes gaps longer, never shorter, so this
            # needs no tolerance.
            gap = later.received - (earlier.answered or earlier.received)
            if gap < seconds:
                raise AssertionError(
                    f"expected polls of {task_id} at least {seconds} s apart, "
                    f"but requests {earlier.number} and {later.number} are {gap:.3f} s apart"
                )


def assert_no_poll_after_end(entries: Sequence[JournalEntry]) -> None:
    """Assert that no poll of a task follows a response that it has completed or failed."""
    __tracebackhide__ = True
    for task_id, polls in polls_by_task(entries).items():
        for earlier, later in pairwise(polls):
            if earlier.task_status in FINAL_STATUSES:
                raise AssertionError(
                    f"expected no poll of {task_id} after it was {earlier.task_status}, "
                    f"but request {later.number} followed request {earlier.number}"
                )


def assert_no_findings(
    verdicts: Sequence[CheckVerdict], *, strict: bool = False, ignore: Collection[str] = ()
) -> None:
    """Assert that no check has failed. The error says what happened, and how to fix it.

    The arguments are those of `check_verdicts.findings`.
    """
    __tracebackhide__ = True
    if found := findings(verdicts, strict=strict, ignore=ignore):
        raise AssertionError("\n\n".join(map(str, found)))


def _description(entry: JournalEntry) -> str:
    fault = f", {entry.fault}" if entry.fault else ""
    response = "no response" if entry.status is None else f"status {entry.status}"
    return f"request {entry.number}: {response}{fault}"
