"""ERR: what a client repeats after an error, how soon, and how often."""

from __future__ import annotations

import re

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import (
    ENDS_AS_FAILURE,
    ENDS_BY_ITSELF,
    KEEPS_MODEL,
    ONE_CREATE,
    REPEATS_POLL,
    RETRIES_CREATE,
    max_requests,
    min_gap,
)
from seedance_contract.client.client_case import (
    EXIT,
    ClientCase,
    ClientCheck,
    NotExercised,
    group,
    info,
    must,
    should,
)
from seedance_contract.client.jobs import SHORT_TASK
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import faulted_requests, user_output
from seedance_contract.declared.sources import page, standard

GROUP = Group(name="errors", prefix="ERR", title="Errors and retries")

case = group(GROUP)

ERROR_CODES = page("error-handling")
RATE_LIMITS = page("rate-limits")

PARSER_ERROR = re.compile(r"JSONDecodeError|SyntaxError: Unexpected token|invalid character '<'")
"""Matches the JSON parser errors of Python, JavaScript and Go on an HTML page."""


def _sent_within(
    record: Record, requests: list[RecordedExchange], seconds: float
) -> list[RecordedExchange]:
    """Return the requests that the client sent within `seconds` of the first response."""
    started = requests[0].sent or requests[0].seen
    # The time limit is on the clock of the client, which runs faster under warp.
    return [request for request in requests if (request.seen - started) * record.rate < seconds]


def _max_creates_within(maximum: int, seconds: float) -> ClientCheck:
    def evaluate(record: Record) -> None:
        creates = faulted_requests(record, "create")
        count = len(_sent_within(record, creates, seconds))
        if count > maximum:
            raise Mismatch(expected=f"at most {maximum} creates", actual=str(count))

    requirement = f"The client sends at most {maximum} creates in the first {seconds:g} s."
    return must("slow", requirement, evaluate, timed=True)


def _check_few_polls(record: Record) -> None:
    # The documents recommend 5 s between polls: that is 12 gaps, so 13 polls, in 60 s.
    polls = faulted_requests(record, "poll")
    count = len(_sent_within(record, polls, 60))
    if count > 13:
        raise Mismatch(expected="at most 13 polls in 60 s", actual=str(count))


def _check_gaps_grow(record: Record) -> None:
    gaps = [gap for _, _, gap in record.gaps(faulted_requests(record, "poll"))]
    if len(gaps) < 2:
        raise NotExercised("the client did not try three times")
    if gaps[-1] < 1.2 * gaps[0]:
        raise Mismatch(expected="growing gaps", actual=f"{gaps[0]:.1f} to {gaps[-1]:.1f} s")


def _check_one_applied(record: Record) -> None:
    applied = [create for create in record.creates if create.fault is None and create.status == 200]
    if not applied:
        raise NotExercised("the client gave up")
    if len(applied) > 1:
        raise Mismatch(expected="1 create that takes effect", actual=str(len(applied)))


def _check_no_trace(record: Record) -> None:
    faulted_requests(record, "create")
    if parser_error := PARSER_ERROR.search(user_output(record)):
        raise Mismatch(expected="an error of the API", actual=parser_error[0])


def _not_retried(case_id: str, script: str, requirement: str, **options: bool) -> ClientCase:
    """Return a case in which the API rejects a create for good."""
    checks = (ONE_CREATE, KEEPS_MODEL) if case_id == "ERR-02" else (ONE_CREATE,)
    return case(
        case_id,
        Level.MUST,
        requirement,
        ERROR_CODES,
        script,
        *checks,
        cause="refusal-repeated",
        **options,
    )


def _unreadable_retry_after(case_id: str, value: str, requirement: str) -> ClientCase:
    """Return a case in which Retry-After is neither a number of seconds nor a date."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        standard("RFC 9110, 10.2.3"),
        f"create-429 retry-{value} {SHORT_TASK}",
        must(
            "no-rush",
            "The client waits at least 0.5 s before it repeats the create.",
            min_gap("create", 0.5, allow_giving_up=True),
            timed=True,
        ),
        RETRIES_CREATE,
        cause="create-retried-in-haste",
    )


def _waits_before_create(seconds: float, level: Level = Level.MUST) -> ClientCheck:
    return ClientCheck(
        id="waits",
        level=level,
        requirement=f"The client waits at least {seconds:g} s before it repeats the create.",
        evaluate=min_gap("create", seconds, allow_giving_up=True),
        timed=True,
    )


CASES = (
    _not_retried(
        "ERR-01",
        "create-400x0",
        "The client does not repeat an invalid request.",
        core=True,
        safe=True,
    ),
    # A cheaper model or a shorter video is a purchase that the user did not ask for.
    _not_retried(
        "ERR-02",
        "create-402x0",
        "If the credit is used up, the client sends no other create, not even a cheaper one.",
        core=True,
        safe=True,
    ),
    _not_retried(
        "ERR-03",
        "create-quota-exceededx0",
        "The client does not repeat a create if the quota is used up.",
    ),
    case(
        "ERR-04",
        Level.MUST,
        "The client waits after a 429 and then repeats the create, a few times at most.",
        page("error-handling, rate-limits"),
        f"create-429 retry-2s {SHORT_TASK}",
        _waits_before_create(2.0),
        must(
            "few-creates",
            "The client sends at most 4 creates.",
            max_requests("create", 4),
            cause="create-retried-in-haste",
        ),
        must(
            "one-applied",
            "At most one create takes effect.",
            _check_one_applied,
            cause="duplicate-create",
        ),
        RETRIES_CREATE,
        core=True,
        cause="retry-after-ignored",
    ),
    case(
        "ERR-05",
        Level.MUST,
        "The client understands a date in Retry-After.",
        standard("RFC 9110, 10.2.3"),
        f"create-429 retry-date {SHORT_TASK}",
        _waits_before_create(2.0),
        RETRIES_CREATE,
        core=True,
        cause="retry-after-ignored",
    ),
    case(
        "ERR-06",
        Level.SHOULD,
        "If there is no Retry-After header, the client uses retry_after in the error.",
        page("rate-limits, agent-first-api"),
        f"create-429 retry-body {SHORT_TASK}",
        _waits_before_create(2.0, Level.SHOULD),
        RETRIES_CREATE,
        core=True,
        cause="retry-after-ignored",
    ),
    case(
        "ERR-07",
        Level.MUST,
        "If every create receives a 429, the client slows down and finally gives up.",
        RATE_LIMITS,
        "create-429x0 retry-none",
        _max_creates_within(6, 10.0),
        must(
            "few-creates",
            "The client sends at most 12 creates.",
            max_requests("create", 12),
            cause="create-retried-in-haste",
        ),
        ENDS_BY_ITSELF,
        job={"deadline_s": 30},
        core=True,
        cause="create-retried-in-haste",
    ),
    case(
        "ERR-08",
        Level.MUST,
        "If every poll fails, the client polls rarely and finally gives up.",
        page("error-handling, async-jobs-polling"),
        "poll-503x0 retry-none",
        must("slow", "The client sends at most 13 polls in 60 s.", _check_few_polls, timed=True),
        ENDS_BY_ITSELF,
        info("grows", "The gaps between polls grow.", _check_gaps_grow),
        job={"deadline_s": 30},
        core=True,
        cause="polling-too-fast",
    ),
    # The API asks for a wait of a day, the job has a deadline of 15 s: no retry can succeed in
    # time.
    case(
        "ERR-09",
        Level.SHOULD,
        "If the required wait exceeds its deadline, the client reports an error.",
        RATE_LIMITS,
        "create-429x0 retry-86400s",
        should("no-loop", "The client does not repeat the create.", max_requests("create", 1)),
        ENDS_BY_ITSELF,
        job={"deadline_s": 15},
        timeout=45.0,
        cause="retry-after-ignored",
    ),
    # A client that parses the value as an integer fails here. One that ignores the failure may
    # retry at once.
    _unreadable_retry_after(
        "ERR-10", "soon", "The client tolerates a Retry-After that is not a number."
    ),
    _unreadable_retry_after(
        "ERR-10-minus", "minus", "The client tolerates a negative Retry-After."
    ),
    # The header says 3 s, the error says 1 s. A retry after 1 s may be rejected again.
    case(
        "ERR-11",
        Level.SHOULD,
        "If Retry-After and the error disagree, the client uses the longer wait.",
        RATE_LIMITS,
        f"create-429 retry-mixed {SHORT_TASK}",
        _waits_before_create(3.0, Level.SHOULD),
        RETRIES_CREATE,
        cause="retry-after-ignored",
    ),
    # The message is not in English, so a client that searches it for words finds none.
    case(
        "ERR-12",
        Level.SHOULD,
        "The client decides by status and code, not by the language of the message.",
        ERROR_CODES,
        "clock-polls after-2polls poll-503 retry-1s refusal-foreign",
        REPEATS_POLL,
    ),
    case(
        "ERR-13",
        Level.SHOULD,
        "The client treats an HTML page from a proxy as an error.",
        ERROR_CODES,
        "create-htmlx0",
        ONE_CREATE,
        ENDS_AS_FAILURE,
        should(
            "no-trace",
            "The client does not report a JSON parser error.",
            _check_no_trace,
            cause="error-not-understood",
        ),
        needs=EXIT,
        core=True,
        cause="blind-create-retry",
    ),
)
