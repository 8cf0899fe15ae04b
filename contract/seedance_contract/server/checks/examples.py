"""Examples: the exchanges that were written by hand from the documents, one check for each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.routes import CANCEL, CREATE
from seedance_contract.declared.sources import Document, Source
from seedance_contract.declared.v3.routes import IDEMPOTENCY_HEADER, V3_LIST
from seedance_contract.server.check_context import CheckContext, ServerCheck, server_check
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.http.exchange import ReceivedResponse, member, parse_json
from seedance_contract.server.http.target import is_absolute_url
from seedance_contract.server.responses.status_causes import example_cause
from seedance_fixtures.exchanges import (
    AdvanceClock,
    ExampleCall,
    ExampleExchange,
    ExampleRequest,
    load_exchanges,
    load_v3_exchanges,
    resolved_request,
    response_mismatches,
    saved_values,
)

GROUP = Group(name="examples", prefix="examples", title="examples")

DOCUMENT_TAGS = {
    "G": Document.GUIDE,
    "P": Document.PAGE,
    "O": Document.OPENAPI,
    "C": Document.PRICE_LIST,
    "A": Document.ASSUMPTION,
}
"""The documents by the tags of the exchanges."""

CAUSES: Mapping[str, str] = {
    "authentication": "key-not-required",
    "body": "malformed-body-accepted",
    "cancelling": "cancellation-wrong",
    "catalogue": "catalogue-wrong",
    "pixels": "video-differs",
    "prices": "prices-wrong",
    "unsupported": "invalid-request-accepted",
    "v3_delete": "cancellation-wrong",
    "v3_idempotency": "created-twice",
    "v3_list": "list-wrong",
}
"""The causes of failures by the file of the exchange. In the other files the statuses decide."""

OWN_AUTHORIZATION, STRANGER_AUTHORIZATION = "Bearer sk-test", "Bearer sk-other"
"""The Authorization headers in the exchanges: of the account, and of another account."""

MAX_MISMATCHES_SHOWN = 5


NEEDS_TIME = "it needs time to pass, and the clock cannot be moved from here"
NEEDS_OWN_ACCOUNT = "it needs an account of its own, and the run has given keys only"
NEEDS_OWN_KEY = "it needs a key of its own, and the run has given keys only"
NEEDS_PENDING_TASK = "it needs a task that is still pending, and the clock does not stand still"
NEEDS_NEW_MATERIAL = "it needs a material that is not ready, and the clock does not stand still"


def _example(exchange: ExampleExchange, context: CheckContext) -> None:
    """Carry out an exchange up to the first response that differs. Raises one Mismatch for it."""
    if context.control is None:
        _require_no_control(exchange)
    keys = ExampleKeys(context, exchange)
    values: dict[str, object] = {}
    for number, step in enumerate(exchange.steps, start=1):
        if isinstance(step, AdvanceClock):
            context.require_control().advance_clock(keys.own_key, step.seconds)
            continue
        lines = _call_mismatches(step, context, keys, values)
        context.exercised += 1
        if lines:
            # Later steps would only show consequences, and a report ends with what shows the fault.
            actual = f"step {number}: {'; '.join(lines[:MAX_MISMATCHES_SHOWN])}"
            cause = _status_cause(step, context, _file_cause(exchange))
            raise Mismatch(exchange.fact, actual, cause=cause)


def _status_cause(call: ExampleCall, context: CheckContext, file_cause: str) -> str:
    """Return the cause that the status of the last response tells, or the cause of the file."""
    # An exchange has no response if the connection broke.
    responses = list(filter(None, (entry.response for entry in context.target.log.exchanges)))
    status = call.expect.status
    return example_cause(status, responses[-1], file_cause) if responses else file_cause


def _require_no_control(exchange: ExampleExchange) -> None:
    """Raise UnexercisedError if an exchange is certain only on a clock that stands still."""
    if any(isinstance(step, AdvanceClock) for step in exchange.steps):
        raise UnexercisedError(NEEDS_TIME)
    calls = [step for step in exchange.steps if isinstance(step, ExampleCall)]
    creates = [_is_create(call) and call.expect.status == 200 for call in calls]
    if True in creates and any(map(_needs_pending_task, calls[creates.index(True) + 1 :])):
        raise UnexercisedError(NEEDS_PENDING_TASK)
    if any("PROCESSING" in json.dumps(call.expect.body) for call in calls):
        raise UnexercisedError(NEEDS_NEW_MATERIAL)


def _is_create(call: ExampleCall) -> bool:
    return call.request.method == CREATE.method


def _needs_pending_task(call: ExampleCall) -> bool:
    """Return whether a call after a create succeeds only while the created task is pending."""
    if _is_create(call):
        is_continuation = member(call.request.json, "task_id") is not None
        return is_continuation and call.expect.status == 400
    if call.request.method == CANCEL.method:
        return call.expect.status == 200
    # A list has the task only while it has the state of its filter.
    text = f"{call.request.path} {json.dumps(call.expect.body)}"
    return "pending" in text or "queued" in text


class ExampleKeys:
    """The real keys that replace the keys in an exchange."""

    def __init__(self, context: CheckContext, exchange: ExampleExchange) -> None:
        calls = [step for step in exchange.steps if isinstance(step, ExampleCall)]
        authorizations = {
            call.request.headers.get("Authorization", OWN_AUTHORIZATION) for call in calls
        }
        self._stranger_key: str | None = None
        if STRANGER_AUTHORIZATION in authorizations:
            self.own_key, self._stranger_key = context.open_two_accounts()
        else:
            self.own_key = context.open_account()
        if not context.keys.accepts_any_key:
            _require_known_keys(authorizations)
        if not context.has_new_accounts and any(map(_needs_own_account, calls)):
            raise UnexercisedError(NEEDS_OWN_ACCOUNT)

    def key_of(self, request: ExampleRequest) -> str | None:
        """Return the key of a request, None if it has neither of the two keys."""
        keys = {OWN_AUTHORIZATION: self.own_key, STRANGER_AUTHORIZATION: self._stranger_key}
        return keys.get(request.headers.get("Authorization", ""))

    def headers(self, request: ExampleRequest) -> Mapping[str, str]:
        """Return the headers of a request as they are sent."""
        key = self.key_of(request)
        authorization = {} if key is None else {"Authorization": f"Bearer {key}"}
        return {**request.headers, **authorization}


def _needs_own_account(call: ExampleCall) -> bool:
    """Return whether tasks and keys of other examples change the outcome of a call."""
    is_list = call.request.method == "GET" and call.request.path.partition("?")[0] == V3_LIST.path
    return is_list or IDEMPOTENCY_HEADER in call.request.headers


def _require_known_keys(authorizations: set[str]) -> None:
    known = {OWN_AUTHORIZATION, STRANGER_AUTHORIZATION}
    # Some exchanges send a third key, for example to see that it is not repeated.
    if any(authorization.startswith("Bearer sk-") for authorization in authorizations - known):
        raise UnexercisedError(NEEDS_OWN_KEY)


def _call_mismatches(
    call: ExampleCall, context: CheckContext, keys: ExampleKeys, values: dict[str, object]
) -> list[str]:
    """Send the request of a call. Return a line for each difference from its expectation.

    Adds what the call keeps of its response to `values`.
    """
    request = resolved_request(call, values)
    key = keys.key_of(request)
    if not _is_safe_path(request.path, key):
        return [f"{call.request.path}: expected a path on this server, got {request.path!r}"]
    response = context.target.send(
        request.method,
        request.path,
        key=key,
        body=request.json if request.text is None else request.text.encode(),
        headers=keys.headers(request),
    )
    body = _json_body(response)
    values |= _usable(saved_values(call, body))
    try:
        return response_mismatches(call, response.status, response.headers, body, values)
    except (ValueError, re.error) as error:
        # A saved value has become a part of the expectation, and is not what it should be.
        return [f"body: expected a usable value, got {error}"]


def _is_safe_path(path: str, key: str | None) -> bool:
    """Return whether a request may go to a path that may come from a response."""
    # A key must not be sent to the place that the server names.
    is_on_server = path.startswith("/") and not path.startswith("//")
    return is_on_server or (key is None and is_absolute_url(path))


def _usable(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values that can stand in a later step: no null, and nothing like a matcher."""
    return {
        name: value
        for name, value in values.items()
        if value is not None and not _has_matcher(value)
    }


def _has_matcher(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_matcher, value.values())) or any(key[:1] == "$" for key in value)
    return isinstance(value, list) and any(map(_has_matcher, value))


def _json_body(response: ReceivedResponse) -> object:
    is_json = response.headers.get("content-type", "").startswith("application/json")
    return parse_json(response.body) if is_json else None


def _file_cause(exchange: ExampleExchange) -> str:
    return CAUSES.get(exchange.id.partition(".")[0], "")


def _example_check(exchange: ExampleExchange) -> ServerCheck:
    return server_check(
        GROUP,
        exchange.id,
        f"{exchange.fact}.",
        Source(DOCUMENT_TAGS[exchange.tag], exchange.fact),
        partial(_example, exchange),
        cause=_file_cause(exchange) or "document-differs",
    )


CHECKS = tuple(map(_example_check, load_exchanges() + load_v3_exchanges()))
