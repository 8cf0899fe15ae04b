"""Examples: the exchanges that were written by hand from the documents, one check for each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.sources import Document, Source
from seedance_contract.server.check_context import CheckContext, ServerCheck, server_check
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.exchange import ReceivedResponse
from seedance_fixtures.exchanges import (
    AdvanceClock,
    ExampleCall,
    ExampleExchange,
    ExampleRequest,
    load_exchanges,
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
    "errors": "wrong-error",
    "pixels": "video-differs",
    "prices": "prices-wrong",
    "unsupported": "invalid-request-accepted",
}
"""The causes of failures by the file of the exchange. The other files are about many things."""

OWN_AUTHORIZATION, STRANGER_AUTHORIZATION = "Bearer sk-test", "Bearer sk-other"
"""The Authorization headers in the exchanges: of the account, and of another account."""

MAX_MISMATCHES_SHOWN = 5


def _example(exchange: ExampleExchange, context: CheckContext) -> None:
    """Carry out an exchange up to the first response that differs. Raises one Mismatch for it."""
    if context.control is None and _depends_on_time(exchange):
        raise UnexercisedError("it needs a clock that stands still")
    keys = ExampleKeys(context, exchange)
    values: dict[str, object] = {}
    for number, step in enumerate(exchange.steps, start=1):
        if isinstance(step, AdvanceClock):
            context.require_control().advance_clock(keys.own_key, step.seconds)
            continue
        mismatches = _call_mismatches(step, context, keys, values)
        context.exercised += 1
        if mismatches:
            # Later steps would only show consequences, and a report ends with what shows the fault.
            raise Mismatch(
                exchange.fact, f"step {number}: {'; '.join(mismatches[:MAX_MISMATCHES_SHOWN])}"
            )


def _depends_on_time(exchange: ExampleExchange) -> bool:
    """Return whether an exchange reads a task after its creation. The task may have ended then."""
    creates = [
        isinstance(step, ExampleCall)
        and step.request.method == "POST"
        and step.expect.status == 200
        for step in exchange.steps
    ]
    return True in creates and creates.index(True) < len(creates) - 1


class ExampleKeys:
    """The real keys that replace the keys in an exchange."""

    def __init__(self, context: CheckContext, exchange: ExampleExchange) -> None:
        calls = [step for step in exchange.steps if isinstance(step, ExampleCall)]
        authorizations = {
            call.request.headers.get("Authorization", OWN_AUTHORIZATION) for call in calls
        }
        self.own_key, self._stranger_key = context.keys.new_key(), None
        if STRANGER_AUTHORIZATION in authorizations:
            self.own_key, self._stranger_key = context.keys.key_pair()
        if context.control is not None:
            context.control.open_account(self.own_key)
        if not context.keys.accepts_any_key:
            _require_known_keys(authorizations)

    def key_of(self, request: ExampleRequest) -> str | None:
        """Return the key of a request, None if it has neither of the two keys."""
        keys = {OWN_AUTHORIZATION: self.own_key, STRANGER_AUTHORIZATION: self._stranger_key}
        return keys.get(request.headers.get("Authorization", ""))

    def headers(self, request: ExampleRequest) -> Mapping[str, str]:
        """Return the headers of a request as they are sent."""
        key = self.key_of(request)
        authorization = {} if key is None else {"Authorization": f"Bearer {key}"}
        return {**request.headers, **authorization}


def _require_known_keys(authorizations: set[str]) -> None:
    known = {OWN_AUTHORIZATION, STRANGER_AUTHORIZATION}
    # Some exchanges send a third key, for example to see that it is not repeated.
    if any(authorization.startswith("Bearer sk-") for authorization in authorizations - known):
        raise UnexercisedError("it needs its own key, and the server accepts known keys only")


def _call_mismatches(
    call: ExampleCall, context: CheckContext, keys: ExampleKeys, values: dict[str, object]
) -> list[str]:
    """Send the request of a call. Return a line for each difference from its expectation.

    Adds what the call keeps of its response to `values`.
    """
    request = resolved_request(call, values)
    response = context.target.send(
        request.method,
        request.path,
        key=keys.key_of(request),
        body=request.json if request.text is None else request.text.encode(),
        headers=keys.headers(request),
    )
    body = _json_body(response)
    values |= saved_values(call, body)
    return response_mismatches(call, response.status, response.headers, body, values)


def _json_body(response: ReceivedResponse) -> object:
    is_json = response.headers.get("content-type", "").startswith("application/json")
    return response.json if is_json else None


def _example_check(exchange: ExampleExchange) -> ServerCheck:
    return server_check(
        GROUP,
        exchange.id,
        f"{exchange.fact}.",
        Source(DOCUMENT_TAGS[exchange.tag], exchange.fact),
        partial(_example, exchange),
        cause=CAUSES.get(exchange.id.partition(".")[0], "document-differs"),
    )


CHECKS = tuple(map(_example_check, load_exchanges()))
