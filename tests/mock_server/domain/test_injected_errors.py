from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_mock.domain.injected_errors import injected_error
from seedance_mock.scripting.script import script_of

NOW = 1_800_000_000.0


def headers(words: str, *, has_rate_limit: bool = False) -> dict[str, str | None]:
    script = script_of(words)
    error = injected_error(script.faults[0], script, NOW, has_rate_limit=has_rate_limit)
    return dict(error.headers)


def test_an_injected_429_has_invented_headers() -> None:
    assert headers("any-429") == {
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1800000001",
    }


def test_a_real_rate_limit_has_its_own_headers() -> None:
    assert headers("any-429", has_rate_limit=True) == {}


def test_an_equal_copy_of_an_error_is_the_same_error() -> None:
    script = script_of("any-429")
    fault = script.faults[0]
    assert fault.error is not None

    copy = fault._replace(error=replace(fault.error))
    error = injected_error(copy, script, NOW, has_rate_limit=False)

    assert error.headers["X-RateLimit-Limit"] == "60"


@pytest.mark.parametrize(
    ("words", "header", "member"),
    [
        ("any-503", None, 30),
        ("any-503 retry-5s", "5", 5),
        ("any-503 retry-none", None, None),
        ("any-503 retry-soon", "soon", None),
        ("any-503 retry-body", None, 2),
        ("any-503 retry-mixed", "3", 1),
        ("any-503 retry-date", "Fri, 15 Jan 2027 08:00:03 GMT", 3),
    ],
)
def test_retry_hints_follow_the_words(words: str, header: str | None, member: int | None) -> None:
    script = script_of(words)

    error = injected_error(script.faults[0], script, NOW, has_rate_limit=False)

    assert error.headers.get("Retry-After") == header
    assert error.details.get("retry_after", error.kind.retry_after) == member
