"""Checks that several groups of cases share: the check functions first, then the checks."""

from __future__ import annotations

from seedance_contract.case import Mismatch
from seedance_contract.client.client_case import (
    CheckFunction,
    ClientCheck,
    NotExercised,
    must,
    should,
)
from seedance_contract.client.invariants.creates import check_created_once
from seedance_contract.client.invariants.polls import check_polling_stops
from seedance_contract.client.invariants.secrets import check_key_stays_at_origin
from seedance_contract.client.job_fields import knows, require_known, require_time_known
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    accepted_creates,
    completed_task,
    exchanges_after,
    faulted_requests,
    first_final_poll,
    minimum_gap,
    reports_success,
    request_body,
    sent_creates,
    task_status,
)
from seedance_contract.client.wording import counted, shown


def check_keeps_model(record: Record) -> None:
    """Check that every create request names the model of the job."""
    creates = sent_creates(record)
    models = [request_body(create).get("model") for create in creates]
    expected = models[0]
    # A client that was not told the model has chosen one itself.
    if creates[0].job is not None and knows(record, "model"):
        expected = record.job.get("request", {}).get("model", expected)
    if different := [model for model in models if model != expected]:
        raise Mismatch(expected=f"model: {shown(expected)}", actual=f"model: {shown(different[0])}")


def check_no_poll(record: Record) -> None:
    """Check that the client polls nothing, because no task exists."""
    sent_creates(record)
    if record.polls:
        raise Mismatch(expected="no poll", actual=counted(len(record.polls), "poll"))


def check_reaches_the_end(record: Record) -> None:
    """Check that the client polls until a response shows that the task is completed."""
    accepted_creates(record)
    if not any(task_status(poll) == "completed" for poll in record.polls):
        require_time_known(record)
        # Whatever the case is about, an ordinary create was not followed by any poll.
        is_lost = not record.polls and accepted_creates(record)[0].fault is None
        raise Mismatch(
            expected="polls until the task is completed",
            actual=_poll_statuses(record),
            cause="poll-url-not-followed" if is_lost else "",
        )


def _poll_statuses(record: Record) -> str:
    statuses = [str(task_status(poll) or poll.status or poll.fault) for poll in record.polls]
    return ", ".join(statuses) or "no poll"


def check_ends_by_itself(record: Record) -> None:
    """Check that the client ends before the kit has to stop it."""
    sent_creates(record)
    if record.killed:
        require_known(record, "deadline_s")
        raise Mismatch(
            expected="the client ends by itself", actual=f"running after {record.seconds:.0f} s"
        )


def check_reports_success(record: Record) -> None:
    """Check that a client that received the completed task ends by itself and reports success."""
    completed_task(record)
    check_ends_by_itself(record)
    if not reports_success(record):
        raise Mismatch(expected="a success", actual="a failure")


def check_reports_failure(record: Record) -> None:
    """Check that the client ends by itself and does not report success."""
    sent_creates(record)
    if record.killed:
        require_known(record, "deadline_s")
        raise Mismatch(expected="a failure", actual=f"running after {record.seconds:.0f} s")
    if reports_success(record):
        raise Mismatch(expected="a failure", actual="a success")


def check_reports_failed_task(record: Record) -> None:
    """Check that a client that received the failed task ends by itself and reports no success."""
    first_final_poll(record)
    check_reports_failure(record)


def max_requests(place: str, maximum: int) -> CheckFunction:
    """Return a check function: the client sends 1 to `maximum` requests of a kind."""

    def evaluate(record: Record) -> None:
        if not (requests := record.exchanges_at(place)):
            raise NotExercised(f"the client sent no {place} request")
        if len(requests) > maximum:
            expected = f"at most {maximum} {place} requests"
            raise Mismatch(expected=expected, actual=str(len(requests)))

    return evaluate


def max_requests_after(place: str, status: int, maximum: int) -> CheckFunction:
    """Return a check function: at most `maximum` requests follow the first response `status`."""

    def evaluate(record: Record) -> None:
        later = _exchanges_after_status(record, place, status)
        count = sum(exchange.place == place for exchange in later)
        if count > maximum:
            expected = f"at most {maximum} more {place} requests after {status}"
            raise Mismatch(expected=expected, actual=str(count))

    return evaluate


def no_create_after(place: str, status: int) -> CheckFunction:
    """Return a check function: no create request follows the first response `status`."""

    def evaluate(record: Record) -> None:
        later = _exchanges_after_status(record, place, status)
        if any(exchange.place == "create" for exchange in later):
            raise Mismatch(expected=f"no create after {status}", actual="another create")

    return evaluate


def _exchanges_after_status(record: Record, place: str, status: int) -> list[RecordedExchange]:
    for exchange in record.exchanges_at(place):
        if exchange.status == status:
            return exchanges_after(record, exchange)
    raise NotExercised(f"no {place} request received the status {status}")


def abandons_task(status: int) -> tuple[ClientCheck, ClientCheck]:
    """Return the checks that a client gives a task up whose polls receive `status`."""
    return (
        must(
            "stops-polling",
            "The client sends at most one more poll.",
            max_requests_after("poll", status, 1),
            cause="hopeless-polling",
        ),
        must(
            "no-new-create",
            "The client sends no other create.",
            no_create_after("poll", status),
            cause="paid-again",
        ),
    )


def request_repeated(place: str) -> CheckFunction:
    """Return a check function: the client repeats a request that received an injected fault."""

    def evaluate(record: Record) -> None:
        first = faulted_requests(record, place)[0]
        if not any(exchange.place == place for exchange in exchanges_after(record, first)):
            require_time_known(record)
            raise Mismatch(expected=f"another {place} request", actual="none")

    return evaluate


def min_gap(place: str, seconds: float, *, allow_giving_up: bool = False) -> CheckFunction:
    """Return a check function: the client waits `seconds` after each injected fault.

    Args:
        place: the kind of request.
        seconds: the shortest gap until the next request of that kind.
        allow_giving_up: whether a client passes that sends no other request. Otherwise such a
            client leaves the check unexercised.
    """

    def evaluate(record: Record) -> None:
        faulted_requests(record, place)
        gaps = [
            gap
            for before, _, gap in record.gaps(record.exchanges_at(place))
            if before.fault is not None
        ]
        if not gaps and not allow_giving_up:
            raise NotExercised(f"the client sent no other {place} request")
        if gaps and min(gaps) < minimum_gap(seconds):
            raise Mismatch(expected=f"at least {seconds:g} s", actual=f"{min(gaps):.2f} s")

    return evaluate


def no_key_sent_to(origin: str) -> CheckFunction:
    """Return a check function: the client sends requests to `origin`, all without a key."""

    def evaluate(record: Record) -> None:
        if not any(exchange.origin == origin for exchange in record.exchanges):
            raise NotExercised(f"the client sent no request to the origin {origin!r}")
        check_key_stays_at_origin(record)

    return evaluate


ONE_CREATE = must("one-create", "The client creates each job once.", check_created_once)
KEEPS_MODEL = must(
    "keeps-model",
    "The client does not try another model.",
    check_keeps_model,
    cause="request-altered",
)
RETRIES_CREATE = should(
    "tries-again",
    "The client repeats a create that may be repeated.",
    request_repeated("create"),
    timed=True,
    cause="retryable-create-abandoned",
)
REPEATS_POLL = must(
    "repeats-poll",
    "The client repeats a failed poll.",
    request_repeated("poll"),
    timed=True,
    cause="failed-poll-taken-for-failure",
)
STOPS_POLLING = must(
    "stops",
    "The client stops polling a task that has ended.",
    check_polling_stops,
    cause="polling-after-the-end",
)
REACHES_THE_END = must(
    "reaches-the-end",
    "The client polls until the task is completed.",
    check_reaches_the_end,
    timed=True,
)
ENDS_BY_ITSELF = should(
    "ends-by-itself",
    "The client gives up by itself.",
    check_ends_by_itself,
    timed=True,
    cause="no-deadline",
)
ENDS_AS_SUCCESS = must(
    "ends-as-success",
    "The client reports the completed job as a success.",
    check_reports_success,
    timed=True,
)
ENDS_AS_FAILURE = must(
    "ends-as-failure",
    "The client does not report the job as a success.",
    check_reports_failure,
    timed=True,
    cause="failure-reported-as-success",
)
REPORTS_FAILED_TASK = must(
    "ends-as-failure",
    "The client does not report the failed task as a success.",
    check_reports_failed_task,
    timed=True,
    cause="failure-reported-as-success",
)
