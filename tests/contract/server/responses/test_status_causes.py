"""What the status of a response tells about the cause of a failure."""

from __future__ import annotations

import json

import pytest

from seedance_contract.server.http.exchange import ReceivedResponse
from seedance_contract.server.responses.status_causes import example_cause, status_cause

API_ERROR = json.dumps({"error": {"message": "no", "type": "invalid_request_error"}}).encode()


def response(status: int, body: bytes = API_ERROR) -> ReceivedResponse:
    return ReceivedResponse(status=status, headers={}, body=body)


@pytest.mark.parametrize(
    ("expected", "actual", "cause"),
    [
        (200, 500, "server-error"),
        (401, 503, "server-error"),
        (400, 422, "wrong-error"),
        (403, 404, "wrong-error"),
        # Another check came before the check of the key.
        (401, 400, ""),
        (429, 404, ""),
        (400, 200, ""),
        (200, 404, ""),
    ],
)
def test_a_status_can_tell_the_cause(expected: int, actual: int, cause: str) -> None:
    assert status_cause(expected, response(actual)) == cause


BODIES = [
    b"",
    b"<html>",
    b'{"error": "not found"}',
    b'{"detail": "no"}',
    b'{"error": {"type": ["invalid_request_error"]}}',
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_refusal_that_is_not_of_the_api_is_a_missing_endpoint(status: int, body: bytes) -> None:
    assert status_cause(200, response(status, body)) == "endpoint-missing"


@pytest.mark.parametrize(
    ("expected", "actual", "subject_cause", "cause"),
    [
        (400, 200, "", "invalid-request-accepted"),
        (200, 400, "", "valid-request-refused"),
        (200, 500, "", "server-error"),
        (404, 400, "", "wrong-error"),
        (404, 404, "", "wrong-error"),
        (401, 404, "", "document-differs"),
        (200, 200, "", "document-differs"),
        (404, 200, "", "document-differs"),
        (200, 400, "prices-wrong", "prices-wrong"),
        (200, 200, "prices-wrong", "prices-wrong"),
        (200, 500, "prices-wrong", "server-error"),
    ],
)
def test_an_example_has_the_cause_of_its_status_or_subject(
    expected: int, actual: int, subject_cause: str, cause: str
) -> None:
    assert example_cause(expected, response(actual), subject_cause) == cause


def test_a_missing_endpoint_explains_every_example() -> None:
    assert example_cause(200, response(404, b""), "prices-wrong") == "endpoint-missing"
