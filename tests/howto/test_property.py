"""Try a client with any legal request, and with any faulty one: property tests."""

from __future__ import annotations

import httpx
from hypothesis import given, settings

from seedance_contract.derived.strategies import Fault, faulty_requests, valid_requests
from seedance_mock.testing.respx_router import MockRouter

URL = "https://api.tokenlab.sh/v1/videos/generations"
HEADERS = {"Authorization": "Bearer sk-mock-ok--property"}


@settings(max_examples=20, deadline=None)
@given(body=valid_requests(model="seedance-2.0-mini"))
def test_any_legal_request_is_accepted(body: dict[str, object]) -> None:
    with MockRouter():
        answer = httpx.post(URL, json=body, headers=HEADERS)

    assert answer.status_code == 200


@settings(max_examples=20, deadline=None)
@given(fault=faulty_requests())
def test_a_refusal_is_shown(fault: Fault) -> None:
    with MockRouter():
        answer = httpx.post(URL, json=fault.body, headers=HEADERS)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
