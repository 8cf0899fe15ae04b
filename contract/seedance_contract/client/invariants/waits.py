"""Invariants of time: how long a client waits before it sends a request again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

from seedance_contract.case import Mismatch
from seedance_contract.client.client_case import CheckFunction, NotExercised
from seedance_contract.client.invariants.creates import Effect, proven_effect
from seedance_contract.client.invariants.restarts import is_after_restart
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    FINAL_STATUSES,
    describe_response,
    error_members,
    minimum_gap,
    task_status,
)

DATE_SLACK = 2.0
"""Seconds by which a client may be early for a date: dates have whole seconds, and both the date
and the time of the response may be rounded down."""

CREATE_PAUSE = 0.5
"""Seconds before a client repeats a create, if the response names no time."""

POLL_PAUSE = 1.0
"""Seconds before a client repeats a poll that failed, if the response names no time."""

HAMMERING_GAP = 1.0
"""Seconds between two polls below which polling counts as hammering."""

RECOMMENDED_GAP = 5.0
"""Seconds between two polls that the documents recommend as a minimum."""

API_PLACES = ("create", "poll", "cancel")
"""The kinds of requests whose errors have the form of the API."""

Pair = tuple[RecordedExchange, RecordedExchange, float]
"""A request, the next one of its kind for the same task, and the seconds between them."""

Wait = Callable[[RecordedExchange], float]
"""Returns the seconds that a response asks its client to wait; 0 if it names none."""


def header_wait(response: RecordedExchange) -> float:
    """Return the seconds in Retry-After, or until the date in it."""
    headers = {name.lower(): value for name, value in response.answer_headers}
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        date, now = (parsedate_to_datetime(text) for text in (value, headers.get("date", "")))
        return max(0.0, (date - now).total_seconds() - DATE_SLACK)
    except (ValueError, TypeError):
        return 0.0


def body_wait(response: RecordedExchange) -> float:
    """Return `retry_after` of the error in the body."""
    value = error_members(response).get("retry_after")
    # In Python a boolean is an integer, too.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return max(0.0, float(value))


def longest_wait(response: RecordedExchange) -> float:
    """Return the longer wait of header and body."""
    return max(header_wait(response), body_wait(response))


def _pairs(record: Record, *places: str) -> Iterator[Pair]:
    """Yield each request with the next one of its kind for the same task or job."""
    for place in places:
        by_subject: dict[str | None, list[RecordedExchange]] = {}
        for exchange in record.exchanges_at(place):
            subject = exchange.job if place == "create" else exchange.task_id
            by_subject.setdefault(subject, []).append(exchange)
        for exchanges in by_subject.values():
            yield from gaps_within_process(record, exchanges)


def gaps_within_process(record: Record, exchanges: list[RecordedExchange]) -> Iterator[Pair]:
    """Yield neighbours and the seconds between them, unless the client was restarted between."""
    for before, after, gap in record.gaps(exchanges):
        if not is_after_restart(record, before, after):
            yield before, after, gap


def _check_waits(record: Record, wait: Wait, *places: str) -> None:
    repeats = [
        (before, gap)
        for before, _, gap in _pairs(record, *places)
        if before.status is not None and before.status >= 400 and wait(before)
    ]
    if not repeats:
        raise NotExercised("the client repeated no request whose response named a wait")
    for before, gap in repeats:
        if gap < minimum_gap(wait(before)):
            raise Mismatch(
                expected=f"at least {wait(before):g} s after {describe_response(before)}",
                actual=f"{gap:.2f} s",
            )


def check_waits_out_retry_after(record: Record) -> None:
    """Check that the client repeats a request no earlier than Retry-After allows."""
    _check_waits(record, header_wait, *API_PLACES, "asset")


def check_waits_out_longest(record: Record) -> None:
    """Check that the client waits as long as the longer one of header and body says."""
    # The host of a file is not the API, and its bodies mean nothing to a client.
    _check_waits(record, longest_wait, *API_PLACES)


def check_backs_off(record: Record) -> None:
    """Check that the client pauses before it repeats a failed request that names no wait."""
    pauses = {"create": CREATE_PAUSE}
    if job_interval(record) >= POLL_PAUSE:
        pauses["poll"] = POLL_PAUSE
    repeats = [
        (before, gap, pause)
        for place, pause in pauses.items()
        for before, _, gap in _pairs(record, place)
        if _may_be_repeated(before) and not longest_wait(before)
    ]
    if not repeats:
        raise NotExercised("the client repeated no failed request that named no wait")
    for before, gap, pause in repeats:
        if gap < minimum_gap(pause):
            raise Mismatch(
                expected=f"at least {pause:g} s after {describe_response(before)}",
                actual=f"{gap:.2f} s",
            )


def _may_be_repeated(request: RecordedExchange) -> bool:
    """Return whether a request failed, and may be sent again after a pause."""
    # A create that must not be sent again at all is the subject of other invariants.
    if request.place == "create":
        return is_failed(request) and proven_effect(request) is Effect.NONE
    return is_failed(request)


def is_failed(exchange: RecordedExchange) -> bool:
    """Return whether a request received an error, or no complete response."""
    return exchange.status is None or exchange.status >= 400 or not exchange.complete


def job_interval(record: Record) -> float:
    """Return the polling interval in the job, in seconds."""
    return float(record.job.get("poll_interval_s", RECOMMENDED_GAP))


def min_poll_gap(seconds: float) -> CheckFunction:
    """Return a check function: polls are at least `seconds` apart, if the job does not say less."""

    def evaluate(record: Record) -> None:
        required = min(seconds, job_interval(record))
        # A job that asks for less than a second is about the order of requests.
        if required < HAMMERING_GAP:
            raise NotExercised("the job asks for a shorter interval")
        if (shortest := min(poll_gaps(record))) < minimum_gap(required):
            raise Mismatch(expected=f"at least {required:g} s", actual=f"{shortest:.2f} s")

    return evaluate


def poll_gaps(record: Record) -> list[float]:
    """Return the gaps after polls of a running task. Raises NotExercised if there are none."""
    # After a failed poll the client waits as Retry-After or its own backoff says. Other checks
    # measure that gap. After the end of the task it may ask for another link to the file.
    gaps = [
        gap
        for before, _, gap in gaps_within_process(record, record.polls)
        if before.status == 200 and task_status(before) not in FINAL_STATUSES
    ]
    if not gaps:
        raise NotExercised("the client did not poll twice")
    return gaps
