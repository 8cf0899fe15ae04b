"""Idempotency: a create with an Idempotency-Key may be repeated and makes one task."""

from __future__ import annotations

import time
from functools import partial

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.sources import assumed, openapi, page
from seedance_contract.declared.v3.errors import IDEMPOTENCY_CONFLICT, IDEMPOTENCY_IN_PROGRESS
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.routes import MAX_IDEMPOTENCY_KEY, REPLAYED_HEADER
from seedance_contract.server.check_context import CheckContext, Stage, server_check
from seedance_contract.server.checks.races import run_at_once
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.http.exchange import ReceivedResponse
from seedance_contract.server.responses.v3_expectations import (
    created_id,
    delete_v3_task,
    expect_v3_error,
    list_v3_tasks,
    send_v3_create,
)

GROUP = Group(name="idempotency", prefix="idempotency", title="idempotency")

KEY = "harbour-1"
BODY = example_v3_request()
OTHER_BODY = {**BODY, "duration": 7}

CONNECTIONS = 2


def _expect_replay(response: ReceivedResponse, task_id: str) -> None:
    """Raise Mismatch if a response is not the one of an earlier create."""
    actual = created_id(response), response.headers.get(REPLAYED_HEADER.lower())
    if actual != (task_id, "true"):
        raise Mismatch(f"{task_id} and {REPLAYED_HEADER}: true", f"{actual[0]} and {actual[1]}")


def _expect_single_task(context: CheckContext, key: str, task_id: str) -> None:
    # An account that other checks use has further tasks.
    if context.control is None:
        return
    ids, _ = list_v3_tasks(context, key)
    if ids != [task_id]:
        raise Mismatch(f"one task, {task_id}", f"{len(ids)} tasks: {', '.join(ids)}")


def _new_key() -> str:
    """Return a value of Idempotency-Key that this account has not sent."""
    # With a key that the user gives, the account is an old one, and a server may keep values of
    # earlier runs for ever.
    return f"{KEY}-{time.monotonic_ns()}"


def _replay(context: CheckContext) -> None:
    context.require_spending()
    key, idempotency_key = context.open_account(), _new_key()
    first = send_v3_create(context, key, BODY, idempotency_key)
    task_id = created_id(first)
    if REPLAYED_HEADER.lower() in first.headers:
        raise Mismatch(f"no {REPLAYED_HEADER} at the first request", first.summary)
    # Twice: a server may forget the value when it is used, and make a task at the third request.
    for _ in range(2):
        _expect_replay(send_v3_create(context, key, BODY, idempotency_key), task_id)
        context.exercised += 1
    _expect_single_task(context, key, task_id)


def _conflict(context: CheckContext) -> None:
    context.require_spending()
    key, idempotency_key = context.open_account(), _new_key()
    task_id = created_id(send_v3_create(context, key, BODY, idempotency_key))
    response = send_v3_create(context, key, OTHER_BODY, idempotency_key)
    context.exercised += 1
    expect_v3_error(response, 409, IDEMPOTENCY_CONFLICT.code)
    _expect_single_task(context, key, task_id)


def _scope(context: CheckContext) -> None:
    context.require_spending()
    key, other_key = context.open_two_accounts()
    idempotency_key = _new_key()
    first, second = (
        created_id(send_v3_create(context, sender, BODY, idempotency_key))
        for sender in (key, other_key)
    )
    context.exercised += 1
    if first == second:
        raise Mismatch("a task of its own for each API key", f"{first} for both")


def _refused(context: CheckContext) -> None:
    context.require_spending()
    key, idempotency_key = context.open_account(), _new_key()
    refused = {**BODY, "duration": 99}
    expect_v3_error(send_v3_create(context, key, refused, idempotency_key), 400)
    response = send_v3_create(context, key, BODY, idempotency_key)
    context.exercised += 1
    # Neither a conflict with the refused body nor the refusal again.
    created_id(response)


def _json_value(context: CheckContext) -> None:
    context.require_spending()
    key, idempotency_key = context.open_account(), _new_key()
    task_id = created_id(send_v3_create(context, key, BODY, idempotency_key))
    # As bytes another body, as a JSON value the same: SDKs do not promise the order of members.
    reordered = {name: BODY[name] for name in reversed(list(BODY))}
    _expect_replay(send_v3_create(context, key, reordered, idempotency_key), task_id)
    context.exercised += 1


def _deleted(context: CheckContext) -> None:
    context.require_spending()
    # Without control the task may have started, and then cannot be deleted.
    context.require_control()
    key, idempotency_key = context.open_account(), _new_key()
    task_id = created_id(send_v3_create(context, key, BODY, idempotency_key))
    delete_v3_task(context, task_id, key)
    _expect_replay(send_v3_create(context, key, BODY, idempotency_key), task_id)
    context.exercised += 1


def _length(context: CheckContext) -> None:
    response = send_v3_create(
        context, context.open_account(), BODY, "k" * (MAX_IDEMPOTENCY_KEY + 1)
    )
    context.exercised += 1
    expect_v3_error(response, 400)


def _race(context: CheckContext) -> None:
    """Send one create from two connections at once, and count the tasks."""
    context.require_spending()
    for _ in range(context.max_examples):
        context.target.log.start_example()
        key = context.open_account()
        responses = _create_at_once(context, key)
        context.exercised += 1
        _expect_one_task(context, key, responses)


def _create_at_once(context: CheckContext, key: str) -> list[ReceivedResponse]:
    idempotency_key = _new_key()
    responses: list[ReceivedResponse] = []

    def create() -> int:
        response = send_v3_create(context, key, BODY, idempotency_key)
        responses.append(response)
        return response.status

    run_at_once([("create", create)] * CONNECTIONS, time.perf_counter())
    if not responses:
        raise UnexercisedError("no create received a response")
    return responses


def _expect_one_task(context: CheckContext, key: str, responses: list[ReceivedResponse]) -> None:
    task_ids = {created_id(response) for response in responses if response.status == 200}
    if len(task_ids) != 1:
        raise Mismatch("one task", f"{len(task_ids)}: {', '.join(sorted(task_ids))}")
    # Both may be 200, if the second request came after the first was carried out.
    for response in responses:
        if response.status != 200:
            expect_v3_error(response, 409, IDEMPOTENCY_IN_PROGRESS.code)
            if not response.headers.get("retry-after", "").isdecimal():
                raise Mismatch("Retry-After: whole seconds", f"{response.headers}")
    _expect_single_task(context, key, task_ids.pop())


_check = partial(server_check, GROUP)
_SOURCE = openapi("POST /api/v3/contents/generations/tasks, Idempotency-Key")

CHECKS = (
    _check(
        "replay",
        "The same key and body return the same task, and the response says that it is a replay.",
        _SOURCE,
        _replay,
        cause="created-twice",
        safe=True,
    ),
    _check(
        "conflict",
        "The same key with another body is a 409 and makes no task.",
        _SOURCE,
        _conflict,
        cause="created-twice",
        safe=True,
    ),
    _check(
        "scope",
        "An Idempotency-Key belongs to the API key that sent it.",
        _SOURCE,
        _scope,
        cause="workspaces-not-separated",
        safe=True,
    ),
    _check(
        "length",
        f"An Idempotency-Key has at most {MAX_IDEMPOTENCY_KEY} characters.",
        _SOURCE,
        _length,
        cause="invalid-request-accepted",
    ),
    _check(
        "refused",
        "A create that was refused does not use up its Idempotency-Key.",
        assumed("whether a refused create uses up its Idempotency-Key"),
        _refused,
        cause="wrong-error",
    ),
    _check(
        "json-value",
        "Bodies are the same if their JSON values are equal, in any order.",
        assumed("whether the same body means the same bytes or the same JSON value"),
        _json_value,
        cause="wrong-error",
    ),
    _check(
        "deleted",
        "A replay returns a task that was cancelled meanwhile, and makes no new one.",
        assumed("how long an Idempotency-Key is kept"),
        _deleted,
        cause="created-twice",
    ),
    _check(
        "race",
        "Two creates with one Idempotency-Key at the same time make one task.",
        page("create-volc: Idempotency-Key"),
        _race,
        cause="created-twice",
        safe=True,
        stage=Stage.RACE,
    ),
)
