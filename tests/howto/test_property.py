"""Test a client with generated valid and invalid requests: property tests."""

from __future__ import annotations

import httpx
from hypothesis import given, settings

from seedance_contract.derived.strategies import InvalidRequest, invalid_requests, valid_requests
from seedance_mock.testing import MockRouter

URL = "https://api.tokenlab.sh/v1/videos/generations"
HEADERS = {"Authorization": "Bearer sk-mock-ok--property"}


@settings(max_examples=20, deadline=None)
@given(body=valid_requests(model="seedance-2.0-mini"))
def test_a_valid_request_is_accepted(body: dict[str, object]) -> None:
    with MockRouter():
        response = httpx.post(URL, json=body, headers=HEADERS)

    assert response.status_code == 200


@settings(max_examples=20, deadline=None)
@given(fault=invalid_requests())
def test_an_invalid_request_is_rejected(fault: InvalidRequest) -> None:
    with MockRouter():
        response = httpx.post(URL, json=fault.body, headers=HEADERS)

    assert response.status_code == 400
    assert response.json()["error"]["message"]
