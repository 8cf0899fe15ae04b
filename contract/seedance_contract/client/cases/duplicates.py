"""DUP: whether a client ever pays twice for one job."""

from __future__ import annotations

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import (
    ENDS_BY_ITSELF,
    ONE_CREATE,
    max_requests,
    min_gap,
)
from seedance_contract.client.client_case import ACTION, NotExercised, group, info, must, should
from seedance_contract.client.invariants.creates import check_created_once
from seedance_contract.client.invariants.restarts import RESTARTED_AT
from seedance_contract.client.job_fields import require_action
from seedance_contract.client.jobs import SHORT_TASK
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import faulted_requests, request_body, sent_creates
from seedance_contract.declared.sources import openapi, page, standard
from seedance_contract.declared.v3.routes import REPLAYED_HEADER

GROUP = Group(name="duplicates", prefix="DUP", title="Duplicate creates")

case = group(GROUP)

IDEMPOTENCY_KEY = "idempotency-key"


def _check_applied_once(record: Record) -> None:
    lost = [
        create for create in sent_creates(record) if create.applied and create.fault is not None
    ]
    if not lost:
        raise NotExercised("the client did not retry after the 429")
    count = sum(map(_took_effect, record.creates))
    if count > 1:
        raise Mismatch(expected="1 create that takes effect", actual=str(count))
    # RFC 9112, section 9.3.1: a library may repeat a request on its own if a reused connection
    # breaks, but must not repeat a POST. `Connection: close` announces that none is ever reused.
    if lost[0].turn == 1 and not _closes_connection(lost[0]):
        raise NotExercised("the client used a new connection")


def _closes_connection(request: RecordedExchange) -> bool:
    """Return whether a request announces that its connection is not reused."""
    return any("close" in value.lower() for value in request.header("connection"))


def _took_effect(create: RecordedExchange) -> bool:
    if any(name.lower() == REPLAYED_HEADER.lower() for name, _ in create.answer_headers):
        return False
    return bool(create.applied) or (create.fault is None and create.status == 200)


def _check_goes_on(record: Record) -> None:
    delayed = faulted_requests(record, "create")
    if record.killed:
        raise NotExercised("the client was stopped before it ended")
    if not any(create.status == 200 and create.complete for create in delayed):
        raise Mismatch(expected="a wait for the response", actual="gave up before it arrived")
    if not record.polls:
        raise Mismatch(expected="polls after the late response", actual="none")


def _idempotency_keys(record: Record) -> list[tuple[str, ...]]:
    return [tuple(create.header(IDEMPOTENCY_KEY)) for create in record.creates]


def _check_no_blind_repeat(record: Record) -> None:
    sent_creates(record)
    keys = _idempotency_keys(record)
    if len(keys) > 1 and (len(set(keys)) > 1 or not keys[0]):
        raise Mismatch(expected="one create, or one Idempotency-Key", actual=f"{len(keys)} creates")


def _check_same_key(record: Record) -> None:
    keys = _idempotency_keys(record)
    if len(keys) < 2 or not any(keys):
        raise NotExercised("the client sends no Idempotency-Key, or never repeats a create")
    if len(set(keys)) > 1:
        raise Mismatch(expected="one key on all copies", actual=f"{len(set(keys))} keys")


def _check_same_request(record: Record) -> None:
    bodies = [request_body(create) for create in faulted_requests(record, "create")]
    if any(body != bodies[0] for body in bodies):
        raise Mismatch(expected="the same request again", actual="a different request")


def _check_created_once_in_all(record: Record) -> None:
    try:
        check_created_once(record)
    except Mismatch:
        require_action(record, "resume")
        raise


def _check_resumes(record: Record) -> None:
    restarted_at = record.facts.get(RESTARTED_AT)
    if restarted_at is None:
        raise NotExercised("the client ended before the kit could restart it")
    create = sent_creates(record)[0]
    later = [poll for poll in record.polls if poll.seen >= restarted_at]
    if not any(poll.task_id == create.task_id for poll in later):
        require_action(record, "resume")
        raise Mismatch(expected="polls of the task that exists", actual="none")


CASES = (
    case(
        "DUP-01",
        Level.MUST,
        "The client creates a job once.",
        page("async-jobs-polling"),
        SHORT_TASK,
        ONE_CREATE,
        core=True,
        safe=True,
        cause="duplicate-create",
    ),
    # `+`: the create takes effect before the connection breaks, so a second create is billed again.
    # A client cannot distinguish this from a create that was lost.
    case(
        "DUP-02",
        Level.MUST,
        "The client does not blindly repeat a create whose connection is reset.",
        page("error-handling, async-jobs-polling"),
        f"create-reset+ {SHORT_TASK}",
        ONE_CREATE,
        core=True,
        safe=True,
        cause="blind-create-retry",
    ),
    case(
        "DUP-03",
        Level.MUST,
        "The client does not blindly repeat a create whose connection closes without a response.",
        page("error-handling, async-jobs-polling"),
        f"create-close+ {SHORT_TASK}",
        ONE_CREATE,
        core=True,
        safe=True,
        cause="blind-create-retry",
    ),
    # A client that reuses connections sends its second create on the connection of the 429. This
    # create takes effect before its connection is reset.
    case(
        "DUP-04",
        Level.MUST,
        "The client does not blindly repeat a create if a reused connection is reset.",
        standard("RFC 9112, 9.3.1"),
        f"create-429 create-reset+ retry-1s {SHORT_TASK}",
        must("applied-once", "At most one create takes effect.", _check_applied_once),
        core=True,
        safe=True,
        cause="blind-create-retry",
    ),
    case(
        "DUP-05",
        Level.MUST,
        "If a create receives no response, the client neither repeats it nor waits forever.",
        page("error-handling, best-practices"),
        f"create-hang+ {SHORT_TASK}",
        ONE_CREATE,
        ENDS_BY_ITSELF,
        job={"deadline_s": 30},
        core=True,
        safe=True,
        cause="blind-create-retry",
    ),
    case(
        "DUP-06",
        Level.MUST,
        "The client does not blindly repeat a create whose response is truncated.",
        page("error-handling"),
        f"create-cut {SHORT_TASK}",
        ONE_CREATE,
        core=True,
        safe=True,
        cause="blind-create-retry",
    ),
    # 12 s is longer than some default timeouts: httpx, for example, gives up after 5 s.
    case(
        "DUP-07",
        Level.MUST,
        "The client waits for a late response to a create and does not send a second create.",
        page("async-jobs-polling"),
        f"create-delay delay-12s {SHORT_TASK}",
        ONE_CREATE,
        should(
            "goes-on",
            "The client polls the task after the late response.",
            _check_goes_on,
            cause="late-task-abandoned",
        ),
        core=True,
        safe=True,
        cause="blind-create-retry",
    ),
    # A 504 comes from a proxy. The API behind it may have applied the create; here it has.
    case(
        "DUP-08",
        Level.MUST,
        "The client does not blindly repeat a create that received a 504.",
        page("error-handling"),
        f"create-504+ {SHORT_TASK}",
        must(
            "no-blind-repeat",
            "All copies of a create have one Idempotency-Key.",
            _check_no_blind_repeat,
        ),
        should(
            "one-create",
            "The client sends no copies, because no document promises an Idempotency-Key.",
            check_created_once,
        ),
        core=True,
        safe=True,
        cause="blind-create-retry",
    ),
    case(
        "DUP-09",
        Level.MUST,
        "The client repeats a retryable create only a few times, and not too soon.",
        page("agent-first-api, error-handling"),
        "create-503x0 retry-2s",
        must("few-creates", "The client sends at most 3 creates.", max_requests("create", 3)),
        must(
            "waits",
            "The client waits at least 2 s before each repeated create.",
            min_gap("create", 2.0, allow_giving_up=True),
            timed=True,
        ),
        core=True,
        cause="create-retried-in-haste",
    ),
    case(
        "DUP-10",
        Level.MUST,
        "The client does not repeat a create that the API calls not retryable.",
        page("agent-first-api"),
        "create-503x0 retry-never",
        ONE_CREATE,
        cause="refusal-repeated",
    ),
    case(
        "DUP-11",
        Level.SHOULD,
        "After a kill and a restart the client continues with the task that it has created.",
        page("async-jobs-polling"),
        "clock-polls after-4polls",
        # Timed: on a busy machine the two seconds until the kill may be too few for the client to
        # store its task.
        should(
            "one-create",
            "The client sends no second create.",
            _check_created_once_in_all,
            timed=True,
        ),
        should("resumes", "The client polls the task that exists.", _check_resumes, timed=True),
        needs=ACTION,
        restart_after="create",
        core=True,
        safe=True,
        cause="restart-forgets-task",
    ),
    case(
        "DUP-12",
        Level.MAY,
        "The client uses one Idempotency-Key for all copies of a create.",
        page("best-practices"),
        f"create-503 retry-1s {SHORT_TASK}",
        info("one-key", "All copies of a create have one Idempotency-Key.", _check_same_key),
    ),
    case(
        "DUP-13",
        Level.SHOULD,
        "While the API prepares material, the client repeats the same create without haste.",
        openapi("POST /v1/videos/generations, 409"),
        f"material {SHORT_TASK}",
        should(
            "unhurried",
            "The client sends creates at least 5 s apart.",
            min_gap("create", 5.0, allow_giving_up=True),
            timed=True,
        ),
        should(
            "same-request",
            "The client does not change the request.",
            _check_same_request,
            cause="request-altered",
        ),
        cause="create-retried-in-haste",
    ),
)
