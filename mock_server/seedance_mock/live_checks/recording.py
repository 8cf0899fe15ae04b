"""From journal entries to the records of the kit.

The journal has no keys, prompts or bodies. A record gets in their place what the checks look at:
the name of the key where a key was, the error members that decide about a retry, the task and its
status. Nothing is invented that a check could take for a mistake of the client.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from types import MappingProxyType
from typing import NamedTuple

from seedance_contract.client.invariants.creates import UNDOCUMENTED_FIELD_RULE, VIOLATIONS
from seedance_contract.client.record import REDACTED_KEY, Headers, Record, RecordedExchange
from seedance_contract.client.traffic import API_ORIGIN
from seedance_contract.declared.contract import CONTRACT
from seedance_contract.declared.routes import READ
from seedance_contract.declared.rules.rule import Breach
from seedance_contract.declared.tasks import Status
from seedance_contract.declared.v3.routes import V3_PREFIX, V3_READ
from seedance_contract.declared.v3.rules.v3_rules import V3_RULES_BY_ID
from seedance_contract.declared.v3.tasks import V3Status
from seedance_contract.derived.validation import Violation
from seedance_mock.domain.clock import http_date
from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.service.request_warnings import IGNORED_FIELD

V1_STATUSES: Mapping[str, Status] = MappingProxyType(
    {
        V3Status.QUEUED: Status.PENDING,
        V3Status.RUNNING: Status.PROCESSING,
        V3Status.SUCCEEDED: Status.COMPLETED,
        V3Status.CANCELLED: Status.FAILED,
        V3Status.EXPIRED: Status.FAILED,
    }
)
"""The statuses of v3 in the words of v1, in which the checks are written."""

OTHER_HOST = "host"
"""The origin of a request to a host to which a response led the client."""


class TimeBase(Enum):
    """Which clock measures the time between two requests of a job."""

    REAL = auto()
    """The machine's: the client waits in real time."""

    ACCOUNT = auto()
    """Also the account's, which a test moves in place of waiting."""

    UNKNOWN = auto()
    """None: the clock stands still, or polls move it."""


class Observed(NamedTuple):
    """A journal entry, and the exchange that is made of it."""

    entry: JournalEntry
    exchange: RecordedExchange


def observe(
    entries: Sequence[JournalEntry], job: str, time_base: TimeBase = TimeBase.REAL
) -> list[Observed]:
    """Return the exchanges of a job, in the order of their requests."""
    foreign: set[str] = set()
    observed: list[Observed] = []
    for entry in entries:
        origin = OTHER_HOST if entry.host in foreign else API_ORIGIN
        observed.append(Observed(entry, _exchange(entry, job, origin, time_base)))
        foreign.update(host for host in _named_hosts(entry) if host != entry.host)
    return observed


def v1_status(task_status: str) -> str:
    """Return a status in the words of v1."""
    return V1_STATUSES.get(task_status, task_status)


def _named_hosts(entry: JournalEntry) -> Iterator[str]:
    """Yield the hosts to which the response leads: by a redirect, or by its poll URL."""
    for name in ("location", "poll_url"):
        url = str((entry.response or {}).get(name) or "")
        if "//" in url:
            yield url.partition("//")[2].partition("/")[0].rpartition("@")[2]


def record_of(observed: Sequence[Observed]) -> Record:
    """Return the record that the checks evaluate. Nobody knows the job, or how the client ended."""
    return Record(
        case="live",
        job={},
        exchanges=tuple(exchange for _, exchange in observed),
        facts={VIOLATIONS: _violations([entry for entry, _ in observed])},
    )


def _violations(entries: Sequence[JournalEntry]) -> list[Violation] | None:
    """Return what the server found in the creates, None if it validated none of them."""
    # A fault may have answered in place of the validation.
    is_validated = any(
        entry.place == "create" and (entry.rules or entry.task_id) for entry in entries
    )
    return [*_found_violations(entries)] if is_validated else None


def _found_violations(entries: Sequence[JournalEntry]) -> Iterator[Violation]:
    for entry in entries:
        for rule_id in entry.rules:
            rule = CONTRACT.rules.get(rule_id) or V3_RULES_BY_ID.get(rule_id)
            if rule is not None:
                field = rule_id.partition(".")[0]
                breach = Breach(field, f"a create that breaks {rule_id}")
                # The checks read the members that the rules of both dialects have.
                yield Violation(rule, breach)  # type: ignore[arg-type] # id, source, requirement
        for warning in entry.warnings:
            # A tolerant server ignores such fields, and warns of each.
            if warning.endswith(IGNORED_FIELD):
                breach = Breach(warning.removesuffix(IGNORED_FIELD), warning)
                yield Violation(CONTRACT.rules[UNDOCUMENTED_FIELD_RULE], breach)


def _exchange(entry: JournalEntry, job: str, origin: str, time_base: TimeBase) -> RecordedExchange:
    # What a client really waits counts too, so both clocks are added. A test that moves the clock
    # of the account replaces the waits of its client, which then take no real time.
    offset = entry.time if time_base is TimeBase.ACCOUNT else 0.0
    has_response = entry.status is not None and entry.answered is not None
    sent = offset + (entry.answered or 0.0) if has_response else None
    return RecordedExchange(
        origin=origin,
        connection=entry.connection,
        turn=entry.turn,
        method=entry.method,
        target=entry.target + ("#" + REDACTED_KEY if "target" in entry.exposed else ""),
        headers=tuple(_request_headers(entry)),
        body=_request_body(entry),
        seen=offset + entry.received,
        sent=sent,
        ended=sent,
        place=entry.place,
        task_id=entry.task_id,
        job=job if entry.place == "create" else None,
        status=entry.status,
        answer_headers=_response_headers(entry),
        answer_body=_response_body(entry),
        complete=entry.complete,
        fault=entry.fault,
        applied=entry.applied,
    )


def _request_headers(entry: JournalEntry) -> Iterator[tuple[str, str]]:
    if entry.host is not None:
        yield "host", entry.host
    if entry.authorized:
        yield "authorization", f"Bearer {REDACTED_KEY}"
    for place in entry.exposed:
        kind, _, name = place.partition(" ")
        if kind == "header":
            yield name, REDACTED_KEY


def _request_body(entry: JournalEntry) -> str:
    exposed = {"exposed": REDACTED_KEY} if "body" in entry.exposed else {}
    members = {**(entry.request or {}), **exposed}
    return json.dumps(members) if members else ""


def _response_headers(entry: JournalEntry) -> Headers:
    response = entry.response or {}
    values = {"retry-after": response.get("retry_after"), "location": response.get("location")}
    present = [(name, str(value)) for name, value in values.items() if value is not None]
    # A date in Retry-After is compared with the date of the response.
    return (*present, ("date", http_date(entry.time)))


def _response_body(entry: JournalEntry) -> str:
    response = entry.response or {}
    if "error" in response:
        return json.dumps({"error": response["error"]})
    if entry.status is None or entry.status >= 300 or entry.task_id is None:
        return ""
    if entry.task_status is None:
        # Nothing arrived, unless the response was cut off somewhere behind the id.
        return "" if entry.complete else json.dumps({"id": entry.task_id})
    read = V3_READ if entry.target.startswith(V3_PREFIX) else READ
    url = response.get("poll_url", read.path.format(id=entry.task_id))
    return json.dumps(
        {
            "id": entry.task_id,
            "task_id": entry.task_id,
            "status": v1_status(entry.task_status),
            "poll_url": url,
        }
    )
