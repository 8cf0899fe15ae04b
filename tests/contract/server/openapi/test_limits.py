"""The limits of an OpenAPI run: which requests its gate lets through, and what it reads."""

from __future__ import annotations

import gc
import weakref
from io import BytesIO

import pytest
import requests
import schemathesis
import urllib3
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext

from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.transport import MAX_SILENT_REQUESTS, Transport
from seedance_contract.server.openapi import limits as openapi_limits
from seedance_contract.server.openapi.limits import RunGate, limited_requests

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "x", "version": "1"},
    "paths": {"/x": {"get": {"responses": {"200": {"description": "x"}}}}},
}


def received(body: bytes) -> requests.Response:
    """Return a response whose head has come and whose body has not been read."""
    response = requests.Response()
    response.raw = urllib3.HTTPResponse(body=BytesIO(body), status=200, preload_content=False)
    return response


def test_interrupted_run_sends_nothing() -> None:
    transport = Transport()
    gate = RunGate(transport)
    transport.stop()

    with pytest.raises(UnexercisedError, match="the run was interrupted"):
        gate.before_request()


def test_engine_is_stopped_with_every_request_that_is_held_back() -> None:
    stops: list[str] = []
    transport = Transport()
    gate = RunGate(transport)
    gate.on_stop = lambda: stops.append("stop")
    transport.is_stopped = True

    for _ in range(2):
        with pytest.raises(UnexercisedError) as error:
            gate.before_request()
        assert error.value is gate.stop_reason

    assert stops == ["stop", "stop"]


def test_silent_server_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi_limits, "MAX_SILENT_SECONDS", -1)
    gate = RunGate(Transport())
    for _ in range(MAX_SILENT_REQUESTS):
        gate.before_request()

    with pytest.raises(UnreachableError, match="stopped responding"):
        gate.before_request()


def test_response_ends_the_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi_limits, "MAX_SILENT_SECONDS", -1)
    gate = RunGate(Transport())
    response = received(b"{}")
    for _ in range(MAX_SILENT_REQUESTS):
        gate.before_request()

    gate.after_response(response)
    gate.before_request()

    assert gate.stop_reason is None
    assert response.content == b"{}"


def test_response_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi_limits, "MAX_RESPONSE_BYTES", 10)

    with pytest.raises(requests.exceptions.ReadTimeout, match="the response has no end"):
        RunGate(Transport()).after_response(received(b"x" * 11))


def test_gate_is_for_the_requests_of_its_schema() -> None:
    schema, other_schema = (schemathesis.openapi.from_dict(dict(DOCUMENT)) for _ in range(2))
    gate = RunGate(Transport())
    kwargs: dict[str, object] = {}
    other_kwargs: dict[str, object] = {}

    with limited_requests(schema, gate):
        [hook] = GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call")
        context = HookContext(operation=None)
        hook(context, schema["/x"]["GET"].Case(), kwargs)
        hook(context, other_schema["/x"]["GET"].Case(), other_kwargs)

    assert kwargs == {"hooks": {"response": gate.after_response}}
    assert other_kwargs == {}
    assert GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call") == []


def test_a_hook_that_is_kept_does_not_keep_the_gate() -> None:
    schema = schemathesis.openapi.from_dict(dict(DOCUMENT))
    gate = RunGate(Transport())
    with limited_requests(schema, gate):
        [hook] = GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call")
    kept = weakref.ref(gate)

    del gate
    gc.collect()

    assert callable(hook)
    assert kept() is None
