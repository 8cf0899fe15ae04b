"""DUP: whether a job is ever paid for twice."""

from __future__ import annotations

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import ENDS, ONE_CREATE, at_most, waits
from seedance_contract.client.record import Exchange, Record
from seedance_contract.client.scene import ACTION, Unexercised, group, info, must, should
from seedance_contract.client.traffic import created, sent_body, struck
from seedance_contract.declared.sources import openapi, page, standard

GROUP = "DUP Duplicate creates"

IDEMPOTENCY = "idempotency-key"

RESTARTED = "restarted"
"""The fact that tells when the client was started again, in seconds since the case began."""

SMALL = "clock-polls after-1polls"


def _applied_once(record: Record) -> None:
    lost = [one for one in created(record) if one.applied and one.fault is not None]
    if not lost:
        raise Unexercised("the client did not try again after the 429")
    done = [one for one in record.creates if _took_effect(one)]
    if len(done) > 1:
        raise Mismatch(expected="1 create that takes effect", actual=str(len(done)))
    if lost[0].turn == 1 and not _closing(lost[0]):
        raise Unexercised("the client used a new connection")


def _closing(one: Exchange) -> bool:
    """Tell whether a client says that it never uses a connection twice."""
    return any("close" in value.lower() for value in one.header("connection"))


def _took_effect(one: Exchange) -> bool:
    return bool(one.applied) or (one.fault is None and one.status == 200)


def _goes_on(record: Record) -> None:
    answered = [one for one in struck(record, "create") if one.status == 200 and one.complete]
    if record.killed:
        raise Unexercised("the client was stopped before the end")
    if not answered:
        raise Mismatch(expected="to wait for the answer", actual="gave up before it came")
    if not record.polls:
        raise Mismatch(expected="polls after the late answer", actual="none")


def _keys(record: Record) -> list[tuple[str, ...]]:
    return [tuple(one.header(IDEMPOTENCY)) for one in record.creates]


def _no_blind_repeat(record: Record) -> None:
    created(record)
    keys = _keys(record)
    if len(keys) > 1 and (len(set(keys)) > 1 or not keys[0]):
        raise Mismatch(expected="one create, or one Idempotency-Key", actual=f"{len(keys)} creates")


def _same_key(record: Record) -> None:
    keys = _keys(record)
    if len(keys) < 2 or not any(keys):
        raise Unexercised("the client sends no Idempotency-Key, or never repeats a create")
    if len(set(keys)) > 1:
        raise Mismatch(expected="one key on all copies", actual=f"{len(set(keys))} keys")


def _same_body(record: Record) -> None:
    bodies = [sent_body(one) for one in struck(record, "create")]
    if any(body != bodies[0] for body in bodies):
        raise Mismatch(expected="the same request again", actual="another one")


def _resumed(record: Record) -> None:
    since = record.facts.get(RESTARTED)
    if since is None:
        raise Unexercised("the client had ended before it was to be killed")
    create = created(record)[0]
    later = [one for one in record.polls if one.seen >= since]
    if not any(one.task_id == create.task_id for one in later):
        raise Mismatch(expected="polls of the task that exists", actual="none")


scene = group(GROUP)

SCENES = (
    scene(
        "DUP-01",
        Level.MUST,
        "A job is created once.",
        page("async-jobs-polling"),
        SMALL,
        ONE_CREATE,
        core=True,
        safe=True,
    ),
    scene(
        "DUP-02",
        Level.MUST,
        "A create whose connection is reset is not simply sent again.",
        page("error-handling, async-jobs-polling"),
        f"create-reset+ {SMALL}",
        ONE_CREATE,
        core=True,
        safe=True,
    ),
    scene(
        "DUP-03",
        Level.MUST,
        "A create whose connection ends without an answer is not simply sent again.",
        page("error-handling, async-jobs-polling"),
        f"create-close+ {SMALL}",
        ONE_CREATE,
        core=True,
        safe=True,
    ),
    scene(
        "DUP-04",
        Level.MUST,
        "That holds on a connection that was used before, too.",
        standard("RFC 9112, 9.3.1"),
        f"create-429 create-reset+ retry-1s {SMALL}",
        must("applied-once", "One create takes effect.", _applied_once),
        core=True,
        safe=True,
    ),
    scene(
        "DUP-05",
        Level.MUST,
        "A create that is never answered is not sent again, nor waited for for ever.",
        page("error-handling, best-practices"),
        f"create-hang+ {SMALL}",
        ONE_CREATE,
        ENDS,
        job={"deadline_s": 30},
        core=True,
        safe=True,
    ),
    scene(
        "DUP-06",
        Level.MUST,
        "A create whose answer is cut short is not simply sent again.",
        page("error-handling"),
        f"create-cut {SMALL}",
        ONE_CREATE,
        core=True,
        safe=True,
    ),
    scene(
        "DUP-07",
        Level.MUST,
        "A create that is answered late is waited for, not doubled.",
        page("async-jobs-polling"),
        f"create-delay delay-12s {SMALL}",
        ONE_CREATE,
        should("goes-on", "The task is then polled as usual.", _goes_on),
        core=True,
        safe=True,
    ),
    scene(
        "DUP-08",
        Level.MUST,
        "A create that timed out upstream is not simply sent again.",
        page("error-handling"),
        f"create-504+ {SMALL}",
        must("no-blind-repeat", "Copies have one Idempotency-Key.", _no_blind_repeat),
        should("one-create", "There are no copies: no document promises a key.", ONE_CREATE.judge),
        core=True,
        safe=True,
    ),
    scene(
        "DUP-09",
        Level.MUST,
        "A create that may be retried is retried seldom, and not too soon.",
        page("agent-first-api, error-handling"),
        "create-503x0 retry-2s",
        must("few-creates", "At most 3 creates are sent.", at_most("create", 3)),
        must(
            "waits",
            "Each comes 2 s after the one before, or not at all.",
            waits("create", 2.0, giving_up=True),
            timed=True,
        ),
        core=True,
    ),
    scene(
        "DUP-10",
        Level.MUST,
        "A create that the API calls not retryable is not retried.",
        page("agent-first-api"),
        "create-503x0 retry-never",
        ONE_CREATE,
    ),
    scene(
        "DUP-11",
        Level.SHOULD,
        "A client that was killed goes on with the task it has created.",
        page("async-jobs-polling"),
        "clock-polls after-4polls",
        # Two seconds to remember a task may be too few on a machine with much else to do.
        should("one-create", "Nothing is created again.", ONE_CREATE.judge, timed=True),
        should("resumes", "The task that exists is polled.", _resumed, timed=True),
        needs=ACTION,
        restart_after="create",
        core=True,
        safe=True,
    ),
    scene(
        "DUP-12",
        Level.MAY,
        "An Idempotency-Key is the same on all copies of a create.",
        page("best-practices"),
        f"create-503 retry-1s {SMALL}",
        info("one-key", "All copies of a create have one key.", _same_key),
    ),
    scene(
        "DUP-13",
        Level.SHOULD,
        "While material is prepared the same create is repeated without haste.",
        openapi("POST /v1/videos/generations, 409"),
        f"material {SMALL}",
        should(
            "unhurried",
            "Creates are 5 s apart.",
            waits("create", 5.0, giving_up=True),
            timed=True,
        ),
        should("same-request", "The request stays the same.", _same_body),
    ),
)
