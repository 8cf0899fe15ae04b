"""V3: what the documents of the Volc-compatible routes ask of clients."""

from __future__ import annotations

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import (
    ENDS_AS_SUCCESS,
    ENDS_BY_ITSELF,
    ONE_CREATE,
    REACHES_THE_END,
    REPORTS_FAILED_TASK,
    STOPS_POLLING,
)
from seedance_contract.client.client_case import (
    EXIT,
    ClientCase,
    ClientCheck,
    NotExercised,
    group,
    must,
    should,
)
from seedance_contract.client.invariants.creates import is_idempotent_repetition
from seedance_contract.client.invariants.waits import check_waits_out_retry_after
from seedance_contract.client.job_fields import require_known, require_time_known
from seedance_contract.client.jobs import SHORT_TASK
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    error_members,
    exchanges_after,
    faulted_requests,
    is_v3_request,
    response_body,
    sent_creates,
)
from seedance_contract.client.wording import counted
from seedance_contract.declared.dialects import V3
from seedance_contract.declared.sources import openapi, page
from seedance_contract.declared.v3.errors import IDEMPOTENCY_IN_PROGRESS

GROUP = Group(name="v3", prefix="V3", title="Volc-compatible routes")

case = group(GROUP, V3)

KEY_SOURCE = page("create-volc: Idempotency-Key")
TASK_SOURCE = openapi("GET /api/v3/contents/generations/tasks/{id}")

COST = "cost_usd"
"""The fact with what all tasks of the client cost together, as a decimal number in a text."""


def _v3_creates(record: Record) -> list[RecordedExchange]:
    creates = [create for create in sent_creates(record) if is_v3_request(create)]
    if not creates:
        raise NotExercised("the client makes its job under /v1")
    return creates


def _check_works_under_v3(record: Record) -> None:
    other = [create.target for create in sent_creates(record) if not is_v3_request(create)]
    if other:
        require_known(record, "dialect")
        raise Mismatch(expected="a create under /api/v3", actual=f"POST {other[0]}")


def _check_repeats_with_key(record: Record) -> None:
    creates = _v3_creates(record)
    faulted_requests(record, "create")
    if any(not is_idempotent_repetition(creates[0], create) for create in creates[1:]):
        raise Mismatch(
            expected="no second create but with the same Idempotency-Key and body",
            actual=f"{counted(len(creates), 'create')}{_paid(record)}",
        )


def _paid(record: Record) -> str:
    """Return what the creates of one job cost, if that is known."""
    tasks = record.facts.get("tasks")
    if not tasks:
        return ""
    return f": {counted(tasks, 'task')} for {float(record.facts[COST]):.2f} USD"


def _in_progress(record: Record) -> RecordedExchange:
    """Return the first create that was refused because an earlier one is still in progress."""
    for create in _v3_creates(record):
        if error_members(create).get("code") == IDEMPOTENCY_IN_PROGRESS.code:
            return create
    raise NotExercised("the client repeated no create with its key")


def _check_recovers_task(record: Record) -> None:
    later = exchanges_after(record, _in_progress(record))
    if not any(exchange.place == "create" and response_body(exchange) for exchange in later):
        require_time_known(record)
        raise Mismatch(expected="the task of the first create", actual="no further create")


def _check_waits(record: Record) -> None:
    _in_progress(record)
    check_waits_out_retry_after(record)


REPEATS_WITH_KEY = must(
    "repeats-with-key",
    "The client sends no second create, except with the same Idempotency-Key and body.",
    _check_repeats_with_key,
)


def _lost_reply(
    case_id: str, script: str, requirement: str, *further: ClientCheck, **options: object
) -> ClientCase:
    """Return a case in which a create takes effect, and the client does not learn of its task."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        KEY_SOURCE,
        f"{script} {SHORT_TASK}",
        REPEATS_WITH_KEY,
        *further,
        core=True,
        safe=True,
        cause="create-without-its-key",
        **options,
    )


def _other_end(status: str) -> ClientCase:
    return case(
        f"V3-06-{status}",
        Level.MUST,
        f"The client stops polling a task that is {status}, and reports no success.",
        TASK_SOURCE,
        f"{SHORT_TASK} end-{status}",
        STOPS_POLLING,
        REPORTS_FAILED_TASK,
        needs=EXIT,
        job={"deadline_s": 30},
        core=True,
        cause="polling-after-the-end",
    )


CASES = (
    case(
        "V3-01",
        Level.MUST,
        "The client creates its task under /api/v3 once, and polls it until it has succeeded.",
        page("create-volc"),
        "clock-polls after-2polls",
        must("under-v3", "The client creates under /api/v3.", _check_works_under_v3),
        ONE_CREATE,
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
        cause="success-not-recognised",
    ),
    # `+`: the create takes effect. Without its key a second create is a second task, and billed.
    _lost_reply(
        "V3-02",
        "create-reset+",
        "After a broken connection the client repeats a create only with its Idempotency-Key.",
    ),
    _lost_reply(
        "V3-03",
        "create-hang+",
        "If a create receives no response, the client repeats it only with its Idempotency-Key.",
        ENDS_BY_ITSELF,
        job={"deadline_s": 30},
    ),
    _lost_reply(
        "V3-04",
        "create-500+",
        "After a 500 the client repeats a create only with its Idempotency-Key.",
    ),
    # The first create is in progress for as long as its key is held. A clock that only polls move
    # would hold it for ever, as there is no poll before the create has succeeded.
    case(
        "V3-05",
        Level.MUST,
        "If the first create is still in progress, the client waits and keeps its Idempotency-Key.",
        KEY_SOURCE,
        "clock-real queue-0s run-1s create-close+ idempotency-hold-3s",
        REPEATS_WITH_KEY,
        should(
            "waits-out-retry-after",
            "The client repeats the create no earlier than Retry-After allows.",
            _check_waits,
            timed=True,
            cause="retry-after-ignored",
        ),
        should(
            "recovers-task",
            "The client repeats the create until it has its task.",
            _check_recovers_task,
            timed=True,
            cause="retryable-create-abandoned",
        ),
        core=True,
        safe=True,
        cause="create-without-its-key",
    ),
    _other_end("cancelled"),
    _other_end("expired"),
)
