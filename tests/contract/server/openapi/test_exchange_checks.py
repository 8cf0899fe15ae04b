"""Checks that only the OpenAPI run needs: each passes, has nothing to check, and fails."""

import json
from typing import Any

import pytest

from seedance_contract.case import Mismatch
from seedance_contract.declared.routes import CREATE, GET_MODEL, READ, Endpoint
from seedance_contract.server.http.exchange import CheckedExchange, ReceivedResponse, SentRequest
from seedance_contract.server.openapi.exchange_checks import (
    endpoint_error_envelope,
    fail_closed,
    key_required,
    method_error_envelope,
    of_exchange,
)
from seedance_contract.server.responses.response_checks import no_key_echo

KEY = "sk-secret-1"
VALID = {"model": "seedance-2.0", "prompt": "a boat"}
ERROR = {"message": "no", "type": "invalid_request_error", "request_id": "req_1"}


def exchange(
    status: int,
    content: object = None,
    *,
    endpoint: Endpoint = READ,
    method: str | None = None,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> CheckedExchange:
    request = SentRequest(
        method=method or endpoint.method,
        path=endpoint.path,
        url="http://127.0.0.1:8000/v1/tasks/a",
        key=KEY,
        headers={"Authorization": f"Bearer {KEY}"} if headers is None else headers,
        body=body,
    )
    response = ReceivedResponse(status, {"x-request-id": "req_1"}, json.dumps(content).encode())
    return CheckedExchange(endpoint=endpoint, request=request, response=response)


def create(body: object, status: int = 200) -> CheckedExchange:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return exchange(status, endpoint=CREATE, body=content)


def test_documented_methods_have_their_own_case() -> None:
    documented, probe = (
        exchange(404, {"error": ERROR}),
        exchange(405, {"error": ERROR}, method="PUT"),
    )

    assert endpoint_error_envelope(documented)
    assert not endpoint_error_envelope(probe)
    assert method_error_envelope(probe)
    assert not method_error_envelope(documented)
    assert not method_error_envelope(exchange(404, {"error": ERROR}, method="PUT"))


@pytest.mark.parametrize(
    "error", [{**ERROR, "type": "odd"}, {**ERROR, "request_id": "req_2"}, {"message": "no"}]
)
def test_malformed_error_body_is_a_mismatch(error: object) -> None:
    with pytest.raises(Mismatch):
        endpoint_error_envelope(exchange(404, {"error": error}))
    with pytest.raises(Mismatch):
        method_error_envelope(exchange(405, {"error": error}, method="PUT"))


def test_response_check_applies_to_an_exchange() -> None:
    with pytest.raises(Mismatch, match="in the body of a 200"):
        of_exchange(no_key_echo)(exchange(200, KEY))


def test_request_without_the_key_is_a_401() -> None:
    assert key_required(exchange(401, headers={}))
    assert key_required(exchange(429, headers={"authorization": "Bearer x"}))
    assert not key_required(exchange(200))
    assert not key_required(exchange(200, headers={}, endpoint=GET_MODEL))
    assert not key_required(exchange(200, headers={}, method="PUT"))
    assert not key_required(exchange(400, headers={"Authorization": "\x01"}))
    with pytest.raises(Mismatch, match="expected 401, got 404"):
        key_required(exchange(404, headers={}))


def test_accepted_violation_is_a_mismatch() -> None:
    invalid = {**VALID, "duration": 99}

    assert fail_closed(create(invalid, status=400))
    with pytest.raises(Mismatch, match="because of duration"):
        fail_closed(create(invalid))


@pytest.mark.parametrize("body", [VALID, {**VALID, "cfg_scale": 1}, [], b"{", b"[" * 100_000])
def test_undocumented_violation_is_not_checked(body: Any) -> None:
    assert not fail_closed(create(body))


def test_only_create_requests_can_break_a_rule() -> None:
    assert not fail_closed(exchange(200))
