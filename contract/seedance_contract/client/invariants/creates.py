"""Invariants of create requests: when one may be repeated, how often, and what it contains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum, auto
from itertools import combinations
from typing import Any

from seedance_contract.case import Mismatch
from seedance_contract.client.client_case import NotExercised
from seedance_contract.client.invariants.restarts import is_after_restart, is_restarted
from seedance_contract.client.job_fields import knows, require_action, require_known
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    describe_response,
    error_members,
    is_v3_request,
    request_body,
    sent_creates,
)
from seedance_contract.client.wording import counted, shown
from seedance_contract.declared.errors import MATERIAL_PREPARING
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.sources import Weight
from seedance_contract.declared.v3.routes import IDEMPOTENCY_HEADER, V3_CREATE
from seedance_contract.derived.validation import Violation, violations

MAX_CREATES = 12
"""Create requests for one job above which a client does not count as giving up."""

UNDOCUMENTED_FIELD_RULE = "request.known"
"""The id of the rule about fields that no document mentions."""

FREE_FIELDS = frozenset({"operation", "user", "safety_identifier"})
"""Fields that a client may add to a job: they change neither the video nor its price."""

RETRYABLE_STATUSES = (408, 425, 429)
"""The 4xx statuses that ask for the same request again."""


BLIND_RETRY = "blind-create-retry"
DUPLICATE = "duplicate-create"
PAID_AGAIN = "paid-again"
"""The causes of a second create: without proof, after a success, after polls of the task."""


class Effect(Enum):
    """What the response to a create proves to its client."""

    NONE = auto()
    """The create had no effect, and may be sent again."""

    REFUSED = auto()
    """The create had no effect, and would have none the next time."""

    UNKNOWN = auto()
    """A task may exist, and be billed."""


def proven_effect(create: RecordedExchange) -> Effect:
    """Return what the response to a create proves."""
    status, retryable = create.status, error_members(create).get("retryable")
    if status is None or status < 300:
        return Effect.UNKNOWN
    if status < 400:
        # A redirect: the request was not carried out here.
        return Effect.NONE
    if retryable is False and status in (429, 503):
        return Effect.REFUSED
    if status < 500:
        return Effect.NONE if _asks_for_retry(create) else Effect.REFUSED
    # A 504 comes from a gateway that stopped waiting, so the API behind it may have created the
    # task, whatever the body says. A 503 is sent before a provider is reached.
    is_proof = status == 503 or (retryable is True and status != 504)
    return Effect.NONE if is_proof else Effect.UNKNOWN


def _asks_for_retry(create: RecordedExchange) -> bool:
    code = error_members(create).get("code")
    return create.status in RETRYABLE_STATUSES or code == MATERIAL_PREPARING.code


def creates_by_job(record: Record) -> dict[str | None, list[RecordedExchange]]:
    """Return the create requests of each logical job, at least one."""
    jobs: dict[str | None, list[RecordedExchange]] = {}
    for create in sent_creates(record):
        jobs.setdefault(create.job, []).append(create)
    return jobs


def any_create_has(effect: Effect) -> Callable[[Record], bool]:
    """Return a condition: the response to a create proves this effect."""
    return lambda record: any(proven_effect(create) is effect for create in record.creates)


def any_create_is_uncertain(record: Record) -> bool:
    """Return whether the client could not know what a create did when it sent its next one."""
    is_open = any(
        proven_effect(create) is Effect.UNKNOWN and not is_accepted(create)
        for create in record.creates
    )
    return is_open or any(_repeated_creates(record, Effect.UNKNOWN))


def is_accepted(create: RecordedExchange) -> bool:
    """Return whether a create received a complete response with a task."""
    return create.status is not None and create.status < 300 and create.complete


def _repeated_creates(
    record: Record, effect: Effect
) -> Iterator[tuple[RecordedExchange, RecordedExchange]]:
    """Yield pairs of creates of one job, of which the first has the effect."""
    for creates in creates_by_job(record).values():
        for earlier, later in combinations(creates, 2):
            # A create that is sent before the response to another one has no proof at all.
            is_answered = earlier.sent is not None and earlier.sent <= later.seen
            if is_idempotent_repetition(earlier, later):
                continue
            if effect is (proven_effect(earlier) if is_answered else Effect.UNKNOWN):
                yield earlier, later


def is_idempotent_repetition(earlier: RecordedExchange, later: RecordedExchange) -> bool:
    """Return whether a create repeats one that it recovers: under /api/v3, with its key and body.

    Source: page, create-volc: Idempotency-Key.
    """
    paths = {create.target.partition("?")[0] for create in (earlier, later)}
    keys = {tuple(create.header(IDEMPOTENCY_HEADER.lower())) for create in (earlier, later)}
    is_same_key = len(keys) == 1 and () not in keys
    return paths == {V3_CREATE.path} and is_same_key and earlier.body == later.body


def check_no_blind_create(record: Record) -> None:
    """Check that no create follows another one of its job whose response proves nothing."""
    _check_no_second_create(record, (BLIND_RETRY,))


def check_no_second_task(record: Record) -> None:
    """Check that no create follows another one of its job that has succeeded."""
    _check_no_second_create(record, (PAID_AGAIN, DUPLICATE))


def _check_no_second_create(record: Record, causes: tuple[str, ...]) -> None:
    for earlier, later in _repeated_creates(record, Effect.UNKNOWN):
        cause = _cause_of_second_create(record, earlier, later)
        if cause in causes and not is_after_restart(record, earlier, later):
            raise Mismatch(
                expected="1 create request for the job",
                actual=f"another one after {describe_response(earlier)}",
                cause=cause,
            )


def _cause_of_second_create(
    record: Record, earlier: RecordedExchange, later: RecordedExchange
) -> str:
    if not is_accepted(earlier):
        return BLIND_RETRY
    has_polled = any(poll.seen < later.seen for poll in record.polls)
    return PAID_AGAIN if has_polled else DUPLICATE


def check_restart_creates_nothing(record: Record) -> None:
    """Check that the client sends no create after a restart if its task may exist."""
    if not is_restarted(record):
        raise NotExercised("the client was not restarted")
    for earlier, later in _repeated_creates(record, Effect.UNKNOWN):
        if is_after_restart(record, earlier, later):
            require_action(record, "resume")
            raise Mismatch(
                expected="the task that exists",
                actual="another create after the restart",
                cause="restart-forgets-task",
            )


def check_refusal_final(record: Record) -> None:
    """Check that no create follows another one of its job that the API has refused for good."""
    for earlier, _ in _repeated_creates(record, Effect.REFUSED):
        raise Mismatch(
            expected="no other create after the refusal",
            actual=f"another one after {describe_response(earlier)}",
            cause="refusal-repeated",
        )


def check_created_once(record: Record) -> None:
    """Check that the client sends one create request for each logical job.

    Another one may follow only if the response proves that the create had no effect and may be
    sent again.
    """
    check_no_blind_create(record)
    check_no_second_task(record)
    check_refusal_final(record)
    if is_restarted(record):
        check_restart_creates_nothing(record)


def check_few_creates(record: Record) -> None:
    """Check that the client sends at most `MAX_CREATES` create requests for a job."""
    count = max(map(len, creates_by_job(record).values()))
    if count > MAX_CREATES:
        expected = f"at most {counted(MAX_CREATES, 'create')}"
        raise Mismatch(expected=expected, actual=counted(count, "create"))


# A client that ignores KIT_JOB sends a prompt of its own, without the nonce. Nothing is known about
# what its user chose.
def job_bodies(record: Record) -> list[Mapping[str, Any]]:
    """Return the bodies of the creates for the job. Raises NotExercised if there are none."""
    creates = [create for create in sent_creates(record) if create.job is not None]
    # The job is stated in the fields of v1.
    bodies = [request_body(create) for create in creates if not is_v3_request(create)]
    if creates and not bodies:
        raise NotExercised("the client makes its job under /api/v3, with other fields")
    if not bodies:
        require_known(record, "prompt")
        raise NotExercised("the client ignores its job")
    return bodies


def check_fields_unchanged(record: Record) -> None:
    """Check that every create for the job contains unchanged what the client knows of the job."""
    for body in job_bodies(record):
        actual = parse_body(body).body
        for name, value in record.job["request"].items():
            if knows(record, name) and actual.get(name) != value:
                expected = f"{name}: {shown(value)}"
                raise Mismatch(expected=expected, actual=f"{name}: {shown(actual.get(name))}")


def check_nothing_added(record: Record) -> None:
    """Check that no create for the job orders something that the job does not contain."""
    bodies, requested = job_bodies(record), record.job["request"]
    # A client with defaults of its own for what it was not told adds nothing.
    require_known(record, *requested)
    for body in bodies:
        for name, value in parse_body(body).body.items():
            default = FIELDS[name].default if name in FIELDS else None
            if name not in requested and name not in FREE_FIELDS and value != default:
                raise Mismatch(expected=f"no {name}", actual=f"{name}: {shown(value)}")


VIOLATIONS = "violations"
"""The fact with what the creates violate; None if that is not known. Only a recording without
bodies has it."""


def create_violations(record: Record) -> list[Violation]:
    """Return what the creates violate, documented or assumed."""
    # A server that keeps no prompts has checked each body when it came.
    if VIOLATIONS in record.facts:
        known: list[Violation] | None = record.facts[VIOLATIONS]
        if known is None:
            raise NotExercised("no create was validated")
        return known
    return [
        violation
        for create in sent_creates(record)
        # The rules of v3 are others, and the server has applied them.
        if not is_v3_request(create)
        for violation in violations(request_body(create))
    ]


def check_documented_rules(record: Record) -> None:
    """Check that every create keeps the documented rules."""
    for violation in create_violations(record):
        rule = violation.rule
        if rule.source.weight is Weight.DOCUMENTED and rule.id != UNDOCUMENTED_FIELD_RULE:
            raise violation_mismatch(record, violation)


def violation_mismatch(record: Record, violation: Violation) -> Mismatch:
    """Return the mismatch for a rule that a create violates, with the value that violates it."""
    field = violation.breach.field
    values = [body[field] for body in map(request_body, record.creates) if field in body]
    actual = f"{field}: {shown(values[0])}" if values else violation.breach.message
    return Mismatch(expected=violation.rule.requirement(), actual=actual)
