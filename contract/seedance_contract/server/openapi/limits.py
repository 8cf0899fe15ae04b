"""Limits the requests of Schemathesis as all others are limited: in time, in size, and at the end.

Schemathesis has its own connections. Its hooks are the only place where a request can be held back
and a response be read by us.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import requests
import schemathesis
import urllib3
from schemathesis import hooks
from schemathesis.hooks import HookContext
from schemathesis.schemas import BaseSchema

from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.transport import (
    MAX_RESPONSE_BYTES,
    MAX_SILENT_REQUESTS,
    REQUEST_WATCH,
    TIMEOUT_SECONDS,
    Transport,
    read_limited,
)
from seedance_contract.server.openapi.setup import SchemathesisCase

MAX_SILENT_SECONDS = 2 * TIMEOUT_SECONDS
"""Seconds without a complete response that end a run, unless fewer requests were sent meanwhile.

One endpoint may break off every connection. Its requests come in a row and cost no time.
"""


class RunGate:
    """Lets the requests of one run of Schemathesis through, until the run is to end.

    Args:
        transport: knows when the time is over and whether the run was interrupted.

    `on_stop` is called when the run is to end, and `stop_reason` says why.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._unanswered = 0
        self._answered_at = time.monotonic()
        self.stop_reason: UnexercisedError | UnreachableError | None = None
        self.on_stop: Callable[[], None] | None = None

    def before_request(self) -> None:
        """Count a request that is about to be sent. Raises the reason if it must not be sent."""
        if self.stop_reason is None:
            self.stop_reason = self._reason_to_stop()
        if self.stop_reason is not None:
            if self.on_stop is not None:
                # At once: the engine reports an event for a thousand requests.
                self.on_stop()
            raise self.stop_reason
        self._unanswered += 1

    def _reason_to_stop(self) -> UnexercisedError | UnreachableError | None:
        silent_seconds = time.monotonic() - self._answered_at
        if self._unanswered >= MAX_SILENT_REQUESTS and silent_seconds > MAX_SILENT_SECONDS:
            return UnreachableError("the server has stopped responding")
        try:
            self._transport.require_open()
        except UnexercisedError as reason:
            return reason
        return None

    def after_response(self, response: requests.Response, **choices: Any) -> None:
        """Read the body of a response whose head has come. Raises ReadTimeout if it has no end."""
        raw: urllib3.HTTPResponse = response.raw
        with REQUEST_WATCH.limit(TIMEOUT_SECONDS) as watched:
            watched.sock = getattr(raw.connection, "sock", None)
            body = read_limited(raw, MAX_RESPONSE_BYTES)
        if body is None or watched.has_expired:
            raise requests.exceptions.ReadTimeout("the response has no end")
        self._unanswered, self._answered_at = 0, time.monotonic()
        # Whoever reads the response from now on reads what was received.
        response.raw = urllib3.HTTPResponse(
            body=BytesIO(body),
            headers=raw.headers,
            status=raw.status,
            version=raw.version,
            reason=raw.reason,
            preload_content=False,
            decode_content=False,
        )


@contextmanager
def limited_requests(schema: BaseSchema, gate: RunGate) -> Iterator[None]:
    """Let all requests of `schema` pass the gate."""
    # Schemathesis keeps hooks in a cache after their end, with all that they refer to. A gate knows
    # the exception that ended its run, and so the connections of the functions in its traceback.
    gates = {id(schema): gate}

    def before_call(context: HookContext, case: SchemathesisCase, kwargs: dict[str, Any]) -> None:
        own_gate = gates.get(id(case.operation.schema))
        if own_gate is not None:
            own_gate.before_request()
            kwargs["hooks"] = {"response": own_gate.after_response}

    # Schemathesis calls only global hooks right before it sends a request, and finds out which hook
    # a function is by its name.
    schemathesis.hook(before_call)
    try:
        yield
    finally:
        hooks.unregister(before_call)
        gates.clear()
