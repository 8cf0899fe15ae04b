"""Checks of polls: their URL, the time between them, and the use of their responses."""

from __future__ import annotations

from seedance_contract.case import Mismatch
from seedance_contract.client.checks import min_gap
from seedance_contract.client.client_case import (
    NotExercised,
    info,
    must,
    should,
)
from seedance_contract.client.invariants.waits import (
    HAMMERING_GAP,
    RECOMMENDED_GAP,
    min_poll_gap,
    poll_gaps,
)
from seedance_contract.client.job_fields import require_time_known
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    API_ORIGIN,
    accepted_creates,
    created_task_id,
    documented_poll_path,
    outcome_line,
    poll_target,
    poll_url,
    sent_creates,
    task_status,
)
from seedance_contract.client.wording import shown

MAX_GAP = 30.0
"""Seconds between two polls above which polling counts as too rare."""

GROWTH = 1.2
"""The factor by which the last gap must exceed the first one to count as growing."""


def sent_polls(record: Record) -> list[RecordedExchange]:
    """Return the polls. Raises NotExercised if there is no task to poll."""
    accepted_creates(record)
    return record.polls


def _poll_target(record: Record) -> str:
    """Return the request target of the poll URL in the first response to a create."""
    return poll_target(accepted_creates(record)[0])


def _documented_target(record: Record) -> str:
    create = accepted_creates(record)[0]
    return documented_poll_path(create).format(id=created_task_id(create))


def check_known_path(record: Record) -> None:
    """Check that the client polls, and only at the poll URL or the documented path."""
    allowed = {_poll_target(record), _documented_target(record)}
    targets = [poll.target for poll in record.polls]
    # No poll is no failure of a client that waits longer than the case lasts.
    if not targets:
        require_time_known(record)
    if not targets or not allowed.issuperset(targets):
        actual = next((target for target in targets if target not in allowed), "no poll")
        raise Mismatch(expected=" or ".join(sorted(allowed)), actual=actual)


def check_exact_url(record: Record) -> None:
    """Check that every poll uses the poll URL byte for byte."""
    for poll in sent_polls(record):
        if poll.target != _poll_target(record):
            raise Mismatch(expected=_poll_target(record), actual=poll.target)


def check_no_doubled_path(record: Record) -> None:
    """Check that no path repeats the end of the base URL."""
    for exchange in record.exchanges:
        if exchange.target.startswith(("//", "/v1/v1/")):
            raise Mismatch(expected="a path without repetition", actual=exchange.target)
    sent_creates(record)


def check_poll_url_reached(record: Record) -> None:
    """Check that a poll arrives at the poll URL, at the API's own origin."""
    expected = _poll_target(record)
    if not any(poll.target == expected and poll.origin == API_ORIGIN for poll in record.polls):
        # The first request is the create. What came after it shows where the client went instead.
        targets = [exchange.target for exchange in record.exchanges[1:]]
        if not targets:
            require_time_known(record)
        raise Mismatch(expected=f"a poll of {expected}", actual=", ".join(targets) or "no poll")


def check_task_polled(record: Record) -> None:
    """Check that the client polls the task that it created."""
    expected = created_task_id(accepted_creates(record)[0])
    if not any(poll.task_id == expected for poll in record.polls):
        require_time_known(record)
        raise Mismatch(expected="polls of the task", actual="none")


def check_not_rare(record: Record) -> None:
    """Check that all polls are at most `MAX_GAP` apart."""
    if (longest := max(poll_gaps(record))) > MAX_GAP:
        raise Mismatch(expected=f"at most {MAX_GAP:g} s", actual=f"{longest:.2f} s")


def check_gaps_grow(record: Record) -> None:
    """Check that the last gap is longer than the first one."""
    gaps = poll_gaps(record)
    if gaps[-1] < GROWTH * gaps[0]:
        actual = f"{gaps[0]:.1f} to {gaps[-1]:.1f} s"
        raise Mismatch(expected="a growing interval", actual=actual)


def check_timeout_is_no_failure(record: Record) -> None:
    """Check that the client does not report a task as failed that never ended."""
    if not sent_polls(record):
        raise NotExercised("the client did not poll")
    # It has not said yet how it ended: to wait on is no failure to time out.
    if record.killed:
        raise NotExercised("the client was still running when the kit stopped it")
    if record.outcome is not None and record.outcome.get("outcome") == "failed":
        raise Mismatch(expected="a timeout", actual="a failed generation")


def check_task_id_reported(record: Record) -> None:
    """Check that the outcome line contains the id of the task."""
    task_id = created_task_id(accepted_creates(record)[0])
    if outcome_line(record).get("task_id") != task_id:
        actual = f"task_id: {shown(outcome_line(record).get('task_id'))}"
        raise Mismatch(expected=f"task_id: {shown(task_id)}", actual=actual)


def check_few_polls(record: Record) -> None:
    """Check that the client polls at most once after a create that returned a completed task."""
    sent_creates(record)
    if not any(task_status(create) == "completed" for create in record.creates):
        raise NotExercised("no response to a create contained a completed task")
    if len(record.polls) > 1:
        raise Mismatch(expected="at most 1 poll", actual=str(len(record.polls)))


def check_each_task_polled(record: Record) -> None:
    """Check that the client polls each of three tasks at its own poll URL."""
    creates = accepted_creates(record)
    if len(creates) < 3:
        raise NotExercised("the client created fewer than 3 tasks")
    for create in creates:
        if not any(poll.target == poll_url(create) for poll in record.polls):
            require_time_known(record)
            raise Mismatch(expected=f"polls of {poll_url(create)}", actual="none")


def check_results_not_crossed(record: Record) -> None:
    """Check that the outcome of each job names only files of its own task."""
    jobs = outcome_line(record).get("jobs") or ()
    files = [(str(job.get("task_id")), url) for job in jobs for url in job.get("video_urls") or ()]
    if not files:
        raise NotExercised("the outcome line contains no results of the jobs")
    # The path of every file contains the id of its task.
    if crossed := [task_id for task_id, url in files if task_id not in url]:
        raise Mismatch(expected=f"the file of {crossed[0]}", actual="the file of another task")


KNOWN_PATH = must(
    "known-path", "The client polls poll_url or the documented path.", check_known_path
)
EXACT_URL = should("exact", "The client polls poll_url byte for byte.", check_exact_url)
NO_DOUBLED_PATH = must(
    "no-doubled-path",
    "No path begins with two slashes or repeats a part of itself.",
    check_no_doubled_path,
)
LANDS = must("lands", "The client polls the poll URL.", check_poll_url_reached)
FOLLOWED = must("followed", "The client polls the URL.", check_poll_url_reached)
FALLBACK = must(
    "fallback", "The client polls /v1/tasks/ followed by the id.", check_poll_url_reached
)
TASK_POLLED = must("found", "The client polls the task.", check_task_polled)
NOT_HAMMERING = must(
    "not-hammering",
    f"Polls are at least {HAMMERING_GAP:g} s apart.",
    min_poll_gap(HAMMERING_GAP),
    timed=True,
)
UNHURRIED = should(
    "unhurried",
    f"Polls are at least {RECOMMENDED_GAP:g} s apart.",
    min_poll_gap(RECOMMENDED_GAP),
    timed=True,
)
NOT_RARE = info("not-rare", f"Polls are at most {MAX_GAP:g} s apart.", check_not_rare)
GAPS_GROW = info("grows", "The interval between polls grows.", check_gaps_grow)
BACKS_OFF = must(
    "backs-off",
    "The client waits at least 1 s before it polls again.",
    min_gap("poll", 1.0),
    timed=True,
    cause="polling-too-fast",
)
WAITS_OUT_RETRY_AFTER = must(
    "waits-out-retry-after",
    "The client sends its next poll no earlier than Retry-After allows.",
    min_gap("poll", 3.0, allow_giving_up=True),
    timed=True,
    cause="retry-after-ignored",
)
CALLED_A_TIMEOUT = should(
    "called-a-timeout",
    "The client does not report the task as failed.",
    check_timeout_is_no_failure,
)
KEEPS_TASK_ID = should("keeps-id", "The client reports the id of the task.", check_task_id_reported)
FEW_POLLS = must("few-polls", "The client sends at most one poll.", check_few_polls)
EACH_TASK_POLLED = must("each-its-own", "The client polls every poll_url.", check_each_task_polled)
RESULTS_NOT_CROSSED = must(
    "not-crossed", "The client assigns each result to its own job.", check_results_not_crossed
)
