"""What the status of a response tells about the cause of a failure."""

from __future__ import annotations

import pytest

from seedance_contract.server.causes import example_cause, status_cause


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
    assert status_cause(expected, actual) == cause


@pytest.mark.parametrize(
    ("expected", "actual", "cause"),
    [
        (400, 200, "invalid-request-accepted"),
        (200, 400, "valid-request-refused"),
        (200, 500, "server-error"),
        (404, 400, "wrong-error"),
        (401, 404, "document-differs"),
        (200, 200, "document-differs"),
        (404, 200, "document-differs"),
    ],
)
def test_a_status_of_an_example_tells_the_cause(expected: int, actual: int, cause: str) -> None:
    assert example_cause(expected, actual) == cause
