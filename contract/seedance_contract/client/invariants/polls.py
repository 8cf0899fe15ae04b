"""Invariants of polls and cancels: where they go, and when they stop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from seedance_contract.case import Mismatch
from seedance_contract.client.client_case import NotExercised
from seedance_contract.client.invariants.restarts import is_after_restart
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    API_ORIGIN,
    FINAL_STATUSES,
    accepted_creates,
    created_task_id,
    describe_response,
    documented_poll_path,
    is_v3_request,
    poll_target,
    poll_url,
    sent_creates,
    task_status,
)
from seedance_contract.declared.routes import CANCEL
from seedance_contract.declared.tasks import TASK_ID_PATTERN
from seedance_contract.declared.v3.routes import V3_DELETE, V3_TASK_ID_PATTERN

LOOKUP_REJECTED = (401, 403, 404)
"""The statuses of a poll after which another poll would have the same response."""

_TASK_ID = re.compile(
    "|".join(pattern.strip("^$") for pattern in (TASK_ID_PATTERN, V3_TASK_ID_PATTERN))
)


def _task_of(exchange: RecordedExchange) -> str:
    return exchange.task_id or exchange.target


def check_polling_stops(record: Record) -> None:
    """Check that the client polls no task after a response showed that it has ended.

    After a create or a cancel that showed the end, one poll may confirm it. After a download that
    failed, a poll may ask for another link.
    """
    # The polls that are left, for each task that has ended.
    allowed: dict[str, int] = {}
    seen_end = False
    for previous, exchange in pairwise((*record.exchanges[:1], *record.exchanges)):
        task = _task_of(exchange)
        if is_after_restart(record, previous, exchange):
            allowed.clear()
        if exchange.place == "asset" and exchange.status not in (200, 206):
            allowed.clear()
        if exchange.place == "poll" and task in allowed:
            if not allowed[task]:
                raise Mismatch(expected="no poll after the end", actual="another poll")
            allowed[task] -= 1
        if task_status(exchange) in FINAL_STATUSES:
            allowed[task] = 0 if exchange.place == "poll" else 1
            seen_end = True
    if not seen_end:
        raise NotExercised("no response showed the client that the task has ended")


def check_rejected_lookup_final(record: Record) -> None:
    """Check that at most one poll of a task follows a poll that the API has rejected for good."""
    polls = record.polls
    rejected = [poll for poll in polls if poll.status in LOOKUP_REJECTED]
    if not rejected:
        raise NotExercised("no poll was rejected")
    for poll in rejected:
        later = polls[polls.index(poll) + 1 :]
        count = sum(
            _task_of(other) == _task_of(poll) and not is_after_restart(record, poll, other)
            for other in later
        )
        if count > 1:
            raise Mismatch(
                expected=f"at most 1 more poll after {describe_response(poll)}", actual=str(count)
            )


def check_no_poll_without_task(record: Record) -> None:
    """Check that the client polls nothing if no response named a task."""
    # Also a response that is cut off may name the task.
    if any(_TASK_ID.search(create.answer_body) for create in sent_creates(record)):
        raise NotExercised("a response to a create named a task")
    if record.polls:
        raise Mismatch(expected="no poll", actual=str(len(record.polls)))


def _allowed_targets(record: Record) -> Iterator[str]:
    for create in accepted_creates(record):
        yield poll_target(create)
    for create in record.creates:
        for task_id in _TASK_ID.findall(create.answer_body):
            yield documented_poll_path(create).format(id=task_id)


def check_polls_known_paths(record: Record) -> None:
    """Check that every poll goes to a poll URL or to the documented path of a task."""
    allowed = set(_allowed_targets(record))
    polls = [poll for poll in record.polls if poll.origin == API_ORIGIN]
    if not polls:
        raise NotExercised("the client did not poll")
    for poll in polls:
        if poll.target not in allowed:
            raise Mismatch(expected=" or ".join(sorted(allowed)), actual=poll.target)


def _api_poll_targets(record: Record) -> dict[str, str]:
    """Return the request target of each poll URL that leads to the API, by the id of the task."""
    targets: dict[str, str] = {}
    for create in accepted_creates(record):
        host = next(iter(create.header("host")), "")
        url = poll_url(create)
        if url.startswith(f"http://{host}/") or (url.startswith("/") and url[1:2] != "/"):
            targets[created_task_id(create)] = poll_target(create)
    return targets


def check_polls_exact_url(record: Record) -> None:
    """Check that every poll of a task uses its poll URL byte for byte, if that leads to the API."""
    targets = _api_poll_targets(record)
    polls = [poll for poll in record.polls if poll.task_id in targets]
    if not polls:
        raise NotExercised("the client polled no task whose poll URL leads to the API")
    for poll in polls:
        if poll.target != targets[str(poll.task_id)]:
            raise Mismatch(expected=targets[str(poll.task_id)], actual=poll.target)


def check_cancel_required(record: Record) -> None:
    """Check that the client cancels only if its job is a cancel."""
    sent_creates(record)
    cancels = [exchange for exchange in record.exchanges if exchange.method == "DELETE"]
    if record.job.get("action") == "cancel":
        raise NotExercised("the job is a cancel")
    if cancels:
        raise Mismatch(expected="no DELETE", actual=str(len(cancels)))


def check_cancelled_once(record: Record) -> None:
    """Check that a cancel names the task, and that none follows one that the API has refused."""
    cancels = [exchange for exchange in record.exchanges if exchange.method == "DELETE"]
    if not cancels:
        raise NotExercised("the client did not cancel")
    allowed = {
        (V3_DELETE if is_v3_request(create) else CANCEL).path.format(id=task_id)
        for create in record.creates
        for task_id in _TASK_ID.findall(create.answer_body)
    }
    for cancel in cancels:
        if allowed and cancel.target not in allowed:
            raise Mismatch(
                expected=f"DELETE {' or '.join(sorted(allowed))}", actual=f"DELETE {cancel.target}"
            )
    for cancel in cancels[:-1]:
        if cancel.status is not None and 400 <= cancel.status < 429:
            raise Mismatch(
                expected=f"no other cancel after {describe_response(cancel)}",
                actual="another cancel",
            )


def check_few_lookups(record: Record) -> None:
    """Check that the client does not request models and prices with every poll."""
    if len(record.polls) < 3:
        raise NotExercised("the client did not poll three times")
    for place in ("models", "pricing"):
        targets = [exchange.target for exchange in record.exchanges_at(place)]
        if len(targets) > len(set(targets)):
            raise Mismatch(expected=f"{place} once", actual=f"{len(targets)} times")
