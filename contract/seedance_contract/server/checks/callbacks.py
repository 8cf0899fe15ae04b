"""Callbacks: what a server sends to the `callback_url` of a task under /api/v3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from urllib.parse import urlsplit

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.sources import assumed, page
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.server.callback_receiver import (
    OTHER_PATH,
    CallbackReceiver,
    callback_receiver,
)
from seedance_contract.server.check_context import CheckContext, server_check
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.http.exchange import parse_json
from seedance_contract.server.responses.response_checks import expect_status
from seedance_contract.server.responses.v3_expectations import (
    create_v3_task,
    delete_v3_task,
    read_v3_task,
)

GROUP = Group(name="callbacks", prefix="callbacks", title="callbacks")

LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")
"""The hosts of a server that can reach the receiver of this machine."""

CLOCK_STEPS = (600.0,) + (10.0,) * 6
"""Seconds by which the clock is advanced: to the end of the task, and then for further attempts."""

MAX_ATTEMPTS = 4
"""A callback is sent once, and up to three more times. Source: page, create-volc: callback_url."""


@contextmanager
def _callbacks_of_task(
    context: CheckContext, status: int
) -> Iterator[tuple[CallbackReceiver, str, str]]:
    """Create a task whose callbacks are answered with `status`.

    Gives the receiver, the key and the id of the task.
    """
    context.require_spending()
    context.require_control()
    if urlsplit(context.target.url).hostname not in LOCAL_HOSTS:
        raise UnexercisedError("the server is on another machine and cannot reach this one")
    with callback_receiver(status) as receiver:
        key = context.open_account()
        body = {**example_v3_request(), "callback_url": receiver.url}
        yield receiver, key, create_v3_task(context, key, body)


def _let_it_succeed(context: CheckContext, receiver: CallbackReceiver, key: str) -> None:
    """Advance the clock until the task has succeeded and every attempt was made."""
    for seconds in CLOCK_STEPS:
        context.require_control().advance_clock(key, seconds)
    if not receiver.wait_for("succeeded", context.task_timeout):
        statuses = ", ".join(str(callback.status) for callback in receiver.callbacks) or "none"
        raise Mismatch("a callback with the status succeeded", statuses)
    context.exercised += 1


def _changes(context: CheckContext) -> None:
    with _callbacks_of_task(context, 200) as (receiver, key, task_id):
        _let_it_succeed(context, receiver, key)
        callbacks = receiver.callbacks
    # A callback may come more than once.
    statuses = [status for status, _ in groupby(callback.status for callback in callbacks)]
    if statuses not in (["queued", "running", "succeeded"], ["running", "succeeded"]):
        raise Mismatch("running and succeeded, in this order", f"{statuses}")
    content_type = callbacks[-1].headers.get("content-type", "none")
    if not content_type.startswith("application/json"):
        raise Mismatch("Content-Type: application/json", content_type)
    body, task = parse_json(callbacks[-1].body), read_v3_task(context, task_id, key)
    if not isinstance(body, dict) or _without_urls(body) != _without_urls(dict(task)):
        raise Mismatch("the body of a get of the task", f"{body}")


def _without_urls(task: dict[str, object]) -> dict[str, object]:
    # URLs may be signed anew for each response.
    return {name: value for name, value in task.items() if name != "content"}


def _queued(context: CheckContext) -> None:
    with _callbacks_of_task(context, 200) as (receiver, key, _):
        _let_it_succeed(context, receiver, key)
        first = receiver.callbacks[0].status
    if first != "queued":
        raise Mismatch("a callback with the status queued first", f"{first}")


def _repeated(context: CheckContext) -> None:
    with _callbacks_of_task(context, 500) as (receiver, key, _):
        _let_it_succeed(context, receiver, key)
        statuses = [callback.status for callback in receiver.callbacks]
    if not 2 <= statuses.count("succeeded") <= MAX_ATTEMPTS:
        expected = f"succeeded 2 to {MAX_ATTEMPTS} times, as nobody acknowledges it"
        raise Mismatch(expected, f"{statuses.count('succeeded')} times")
    if statuses.count("running") > 1:
        raise Mismatch("running once", f"{statuses.count('running')} times")


def _redirect(context: CheckContext) -> None:
    with _callbacks_of_task(context, 307) as (receiver, key, _):
        _let_it_succeed(context, receiver, key)
        followed = [callback for callback in receiver.callbacks if callback.path == OTHER_PATH]
    if followed:
        raise Mismatch("no request where a redirect leads", f"{len(followed)}")


def _no_key(context: CheckContext) -> None:
    with _callbacks_of_task(context, 200) as (receiver, key, _):
        _let_it_succeed(context, receiver, key)
        callbacks = receiver.callbacks
    for callback in callbacks:
        sent = " ".join(callback.headers.values()).encode() + callback.body
        if key.encode() in sent or "authorization" in callback.headers:
            raise Mismatch("a callback without the API key", "the key of the account")


def _cancelled(context: CheckContext) -> None:
    with _callbacks_of_task(context, 200) as (receiver, key, task_id):
        expect_status(delete_v3_task(context, task_id, key), 200)
        for seconds in CLOCK_STEPS:
            context.require_control().advance_clock(key, seconds)
        statuses = [callback.status for callback in receiver.callbacks]
    context.exercised += 1
    if "cancelled" in statuses or "succeeded" in statuses:
        raise Mismatch("no callback about a cancelled task", f"{statuses}")


_check = partial(server_check, GROUP, cause="callback-wrong")
_SOURCE = page("create-volc: callback_url")

CHECKS = (
    _check(
        "changes",
        "Each change of status is sent as the body of a get, in order.",
        _SOURCE,
        _changes,
    ),
    _check(
        "queued",
        "The first callback has the status queued.",
        assumed("whether a create is a change of status that is sent"),
        _queued,
    ),
    _check(
        "repeated",
        "An end that is not acknowledged is sent up to three more times, and nothing else is.",
        _SOURCE,
        _repeated,
    ),
    _check("redirect", "A redirect is not followed.", _SOURCE, _redirect),
    _check(
        "no-key",
        "A callback does not contain the API key.",
        _SOURCE,
        _no_key,
        safe=True,
    ),
    _check("cancelled", "A cancelled task is not reported.", _SOURCE, _cancelled),
)
