"""What a record tells: facts that judges ask for. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from seedance_contract.client.record import KEY, Exchange, Record
from seedance_contract.client.scene import Unexercised
from seedance_contract.declared.routes import READ

ENDED = ("completed", "failed")
API = "api"

_STATUS = re.compile(r'\{[^{}]{0,400}?"status":"(\w+)"')


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def sent_body(exchange: Exchange) -> Mapping[str, Any]:
    """Return the JSON object that a client sent; an empty one where it sent none."""
    return _object(exchange.body)


def told(exchange: Exchange) -> Mapping[str, Any]:
    """Return the JSON object that a client was answered; an empty one where there was none."""
    return _object(exchange.answer_body) if exchange.complete else {}


def task_status(exchange: Exchange) -> object:
    """Return the status of the task that an exchange showed whole; None where it did not."""
    if exchange.status != 200 or not exchange.complete:
        return None
    # Of a large answer only the beginning is recorded, which is no JSON.
    begins = _STATUS.match(exchange.answer_body)
    return told(exchange).get("status") or (begins and begins[1])


def created(record: Record) -> list[Exchange]:
    """Return the create requests. Raises Unexercised where none came."""
    if not record.creates:
        raise Unexercised("the client sent no create request")
    return record.creates


def accepted(record: Record) -> list[Exchange]:
    """Return the creates that were answered with a task. Raises Unexercised without one."""
    answered = [one for one in created(record) if told(one).keys() & {"id", "task_id"}]
    if not answered:
        raise Unexercised("no create request was answered with a task")
    return answered


def struck(record: Record, *places: str) -> list[Exchange]:
    """Return the requests that the situation struck. Raises Unexercised where there are none."""
    found = [one for one in record.at(*places) if one.fault is not None]
    if not found:
        raise Unexercised(f"no {' or '.join(places)} request met the situation")
    return found


def following(record: Record, exchange: Exchange) -> list[Exchange]:
    """Return what came after an exchange, in order."""
    place = record.exchanges.index(exchange)
    return list(record.exchanges[place + 1 :])


def end_shown(record: Record) -> Exchange:
    """Return the first poll that showed an ended task. Raises Unexercised without one."""
    for one in record.polls:
        if task_status(one) in ENDED:
            return one
    raise Unexercised("no poll showed the client that the task had ended")


def completion(record: Record) -> Mapping[str, Any]:
    """Return the answer that showed the client a completed task. Raises Unexercised."""
    for one in (*record.polls, *record.creates):
        if task_status(one) == "completed":
            return told(one)
    raise Unexercised("the client never saw the task completed")


def poll_url(exchange: Exchange) -> str:
    """Return where the answer to a create says to poll."""
    answer = told(exchange)
    url = answer.get("poll_url")
    return url if isinstance(url, str) else READ.path.format(id=task_id(exchange))


def task_id(exchange: Exchange) -> str:
    """Return the id in the answer to a create."""
    answer = told(exchange)
    return str(answer.get("id") or answer.get("task_id"))


def success(record: Record) -> bool:
    """Tell whether the client considers its job done: by its outcome, else its exit status.

    Raises Unexercised where it told neither.
    """
    if record.outcome is not None:
        return record.outcome.get("outcome") == "completed"
    if record.exit is None:
        raise Unexercised("the client did not tell how it ended")
    return record.exit == 0


def outcome(record: Record) -> Mapping[str, Any]:
    """Return the outcome line. Raises Unexercised where the client printed none."""
    if record.outcome is None:
        raise Unexercised("the client printed no outcome line")
    return record.outcome


def said(record: Record) -> str:
    """Return everything that the client told its user. Raises Unexercised where it is nothing."""
    text = json.dumps(record.outcome, ensure_ascii=False) if record.outcome is not None else ""
    if not text and not record.output:
        raise Unexercised("the client told nothing")
    return f"{text}\n{record.output}"


def abroad(record: Record) -> list[Exchange]:
    """Return the requests that went to another origin than the API's."""
    return [one for one in record.exchanges if one.origin != API]


def shows_key(exchange: Exchange) -> Iterator[str]:
    """Yield where in a request a key is, or anything that is sent as one."""
    if KEY in exchange.target:
        yield "target"
    if KEY in exchange.body:
        yield "body"
    for name, value in exchange.headers:
        bearer = name.lower() == "authorization" and value.lower().startswith("bearer")
        if KEY in value or bearer:
            yield f"header {name}"
