"""The tally of an OpenAPI run: what the results of its cases are."""

from __future__ import annotations

import pytest

from seedance_contract.declared.routes import READ
from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.exchange import CheckedExchange, ReceivedResponse, SentRequest
from seedance_contract.server.http.log import AccountOpened, LoggedMismatch
from seedance_contract.server.openapi.cases import COMPLETED, RETRY_AFTER, STATUS
from seedance_contract.server.openapi.tally import OpenapiFailure, Tally

EXCHANGE = CheckedExchange(
    endpoint=READ,
    request=SentRequest(method="GET", path="/x", url="http://127.0.0.1/x", headers={}),
    response=ReceivedResponse(418, {}, b""),
)


def failure(actual: str) -> OpenapiFailure:
    return OpenapiFailure(expected="a documented status", actual=actual, exchange=EXCHANGE)


def test_case_that_was_checked_passes() -> None:
    tally = Tally()
    tally.add_pass(STATUS)
    tally.add_pass(STATUS)

    assert tally.review(STATUS) == 2


def test_failure_is_raised_with_its_log() -> None:
    tally = Tally()
    tally.add_key("sk-secret")
    tally.add_setup([AccountOpened(key="sk-secret", started_at=1.0, ended_at=2.0)])
    tally.add_failure(STATUS, failure("418 sk-secret"))

    with pytest.raises(LoggedMismatch) as mismatch:
        tally.review(STATUS)

    assert mismatch.value.expected == "a documented status"
    assert mismatch.value.actual == "418 $TOKENLAB_API_KEY"
    assert mismatch.value.log == (AccountOpened(key="sk-secret"), EXCHANGE.untimed)


def test_several_failures_are_counted() -> None:
    tally = Tally()
    tally.add_pass(STATUS)
    tally.add_failure(STATUS, failure("418"))
    tally.add_failure(STATUS, failure("418"))

    with pytest.raises(LoggedMismatch) as mismatch:
        tally.review(STATUS)

    assert mismatch.value.actual == "418 (2 of 3 responses)"


def test_broken_run_is_told_once() -> None:
    tally = Tally()
    tally.mark_broken("no server")
    tally.mark_broken("still no server")

    with pytest.raises(UnreachableError, match=r"^no server$"):
        tally.review(COMPLETED)
    with pytest.raises(UnexercisedError, match="no response of the run was about this"):
        tally.review(STATUS)
    with pytest.raises(UnexercisedError, match="no response had the status 429"):
        tally.review(RETRY_AFTER)


def test_stopped_run_passes_nothing() -> None:
    tally = Tally()
    tally.add_pass(STATUS)
    tally.mark_stopped("the run was interrupted")
    tally.mark_stopped("the time is over")

    with pytest.raises(UnexercisedError, match="the run was interrupted"):
        tally.review(STATUS)


def test_check_without_an_end_counts_nothing() -> None:
    def check(exchange: CheckedExchange) -> bool:
        raise UnexercisedError("the run was interrupted")

    tally = Tally()
    tally.apply(STATUS, check, EXCHANGE)

    with pytest.raises(UnexercisedError, match="no response of the run was about this"):
        tally.review(STATUS)
