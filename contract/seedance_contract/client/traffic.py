"""Facts that checks derive from a record. Pure functions.

A function raises `NotExercised` if the record does not contain the traffic that it needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from seedance_contract.client.client_case import NotExercised
from seedance_contract.client.record import (
    REDACTED_KEY,
    Record,
    RecordedExchange,
    output_text,
)
from seedance_contract.declared.routes import READ
from seedance_contract.declared.v3.routes import V3_PREFIX, V3_READ

FINAL_STATUSES = ("completed", "failed")
API_ORIGIN = "api"

TOLERANCE = 0.02
"""The share of a wait by which a timer may fire early. It is at least `TOLERANCE_SECONDS`."""

TOLERANCE_SECONDS = 0.05

_TASK_STATUS = re.compile(r'\{[^{}]{0,400}?"status":"(\w+)"')


def minimum_gap(seconds: float) -> float:
    """Return the shortest measured gap that counts as a wait of `seconds`."""
    # A timer may fire a little early. Load on the machine can only lengthen a measured gap (see
    # RecordedExchange), so a larger tolerance would only hide clients that are too fast.
    return seconds - max(TOLERANCE_SECONDS, TOLERANCE * seconds)


def _json_object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def request_body(exchange: RecordedExchange) -> Mapping[str, Any]:
    """Return the JSON object in the body of a request; an empty one if there is none."""
    return _json_object(exchange.body)


def response_body(exchange: RecordedExchange) -> Mapping[str, Any]:
    """Return the JSON object in the body of a complete response; an empty one if there is none."""
    return _json_object(exchange.answer_body) if exchange.complete else {}


def error_members(exchange: RecordedExchange) -> Mapping[str, Any]:
    """Return the object `error` of a response; an empty one if there is none."""
    error = response_body(exchange).get("error")
    return error if isinstance(error, dict) else {}


def describe_response(exchange: RecordedExchange) -> str:
    """Return what a client saw of a response, in a few words."""
    if exchange.status is None:
        return "no response"
    incomplete = "" if exchange.complete else ", cut off"
    status = task_status(exchange)
    shown = f" with a {status} task" if status else ""
    return f"a {exchange.status}{shown}{incomplete}"


def task_status(exchange: RecordedExchange) -> object:
    """Return the task status in a complete response with status 200; None for all others."""
    if exchange.status != 200 or not exchange.complete:
        return None
    # The recorder keeps only the beginning of a large body (64 KiB; the word `shape-large` makes
    # a task of more than 2 MB). The beginning is not valid JSON, but it contains the status.
    beginning = _TASK_STATUS.match(exchange.answer_body)
    status = response_body(exchange).get("status") or (beginning and beginning[1])
    return _ENDED_IN_V3.get(str(status), status) if is_v3_request(exchange) else status


_ENDED_IN_V3 = {
    "succeeded": "completed",
    "cancelled": "failed",
    "expired": "failed",
}
"""What v1 calls the states in which a task under /api/v3 has ended."""


def is_v3_request(exchange: RecordedExchange) -> bool:
    """Return whether a request is for a Volc-compatible route."""
    return exchange.target.startswith(V3_PREFIX)


def sent_creates(record: Record) -> list[RecordedExchange]:
    """Return the create requests, at least one."""
    if not record.creates:
        raise NotExercised("the client sent no create request")
    return record.creates


def accepted_creates(record: Record) -> list[RecordedExchange]:
    """Return the create requests whose response contains a task, at least one."""
    accepted = [
        create
        for create in sent_creates(record)
        if response_body(create).keys() & {"id", "task_id"}
    ]
    if not accepted:
        raise NotExercised("no response to a create request contained a task")
    return accepted


def faulted_requests(record: Record, *places: str) -> list[RecordedExchange]:
    """Return the requests that received an injected fault, at least one."""
    faulted = [exchange for exchange in record.exchanges_at(*places) if exchange.fault is not None]
    if not faulted:
        raise NotExercised(f"no {' or '.join(places)} request received the injected fault")
    return faulted


def exchanges_after(record: Record, exchange: RecordedExchange) -> list[RecordedExchange]:
    """Return the exchanges after a given one, in order."""
    index = record.exchanges.index(exchange)
    return list(record.exchanges[index + 1 :])


def first_final_poll(record: Record) -> RecordedExchange:
    """Return the first poll whose response shows that the task has ended."""
    for poll in record.polls:
        if task_status(poll) in FINAL_STATUSES:
            return poll
    raise NotExercised("no poll showed the client that the task has ended")


def completed_task(record: Record) -> Mapping[str, Any]:
    """Return the first response that showed the client a completed task."""
    for exchange in (*record.polls, *record.creates):
        if task_status(exchange) == "completed":
            return response_body(exchange)
    raise NotExercised("no response showed the client a completed task")


def poll_url(create: RecordedExchange) -> str:
    """Return the poll URL in the response to a create, or the documented path."""
    url = response_body(create).get("poll_url")
    if isinstance(url, str):
        return url
    # No response under /api/v3 has one.
    return documented_poll_path(create).format(id=created_task_id(create))


def documented_poll_path(create: RecordedExchange) -> str:
    """Return the template of the path at which the task of a create is polled."""
    return V3_READ.path if is_v3_request(create) else READ.path


def poll_target(create: RecordedExchange) -> str:
    """Return the request target of the poll URL in the response to a create."""
    url = poll_url(create)
    return "/" + url.partition("://")[2].partition("/")[2] if "://" in url else url


def created_task_id(create: RecordedExchange) -> str:
    """Return the task id in the response to a create."""
    body = response_body(create)
    return str(body.get("id") or body.get("task_id"))


def reports_success(record: Record) -> bool:
    """Return whether the client considers its job done: by its outcome line or exit status."""
    if record.outcome is not None:
        return record.outcome.get("outcome") == "completed"
    if record.exit is None:
        raise NotExercised("the client reported neither an outcome line nor an exit status")
    return record.exit == 0


def outcome_line(record: Record) -> Mapping[str, Any]:
    """Return the outcome line of the client."""
    if record.outcome is None:
        raise NotExercised("the client printed no outcome line")
    return record.outcome


def user_output(record: Record) -> str:
    """Return everything that the client printed for its user, the outcome line included."""
    text = json.dumps(record.outcome, ensure_ascii=False) if record.outcome is not None else ""
    if not text and not record.output:
        raise NotExercised("the client printed nothing")
    return f"{text}\n{output_text(record.output)}"


def requests_elsewhere(record: Record) -> list[RecordedExchange]:
    """Return the requests to origins other than the API's."""
    return [exchange for exchange in record.exchanges if exchange.origin != API_ORIGIN]


def key_locations(exchange: RecordedExchange) -> Iterator[str]:
    """Yield the parts of a request that contain the API key or any bearer token."""
    if REDACTED_KEY in exchange.target:
        yield "target"
    if REDACTED_KEY in exchange.body:
        yield "body"
    for name, value in exchange.headers:
        bearer = name.lower() == "authorization" and value.lower().startswith("bearer")
        if REDACTED_KEY in value or bearer:
            yield f"header {name}"
