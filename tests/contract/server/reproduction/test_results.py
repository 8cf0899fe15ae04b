"""Which results have a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from seedance_contract.case import Mismatch, Verdict
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool, ServerCheck
from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.target import Target
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.outcome import check_result
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.suite import checks_by_id
from seedance_mock.testing.live import LiveServer


@pytest.fixture
def context(seedance_server: LiveServer) -> Iterator[CheckContext]:
    monitor = ResponseMonitor()
    with closing(Transport()) as transport:
        yield CheckContext(
            target=Target(seedance_server.url, Budget(None), monitor, transport),
            keys=KeyPool(None, None, run_id="results"),
            monitor=monitor,
        )


def check_that_raises(error: Exception, id: str) -> ServerCheck:
    """Return the check of an id which sends one request and then raises."""

    def run(context: CheckContext) -> None:
        context.target.send("GET", "/v1/models")
        raise error

    return replace(checks_by_id()[id], run=run)


@pytest.mark.parametrize("id", ["refusals.public", "refusals.challenge"], ids=["MUST", "INFO"])
def test_failure_has_a_script(context: CheckContext, id: str) -> None:
    result = check_result(context, check_that_raises(Mismatch("200", "500"), id))

    assert 'request 1 GET "$BASE_URL/v1/models"' in result.reproduce


def test_check_without_a_result_has_the_script_so_far(context: CheckContext) -> None:
    error = UnreachableError("no response")

    result = check_result(context, check_that_raises(error, "refusals.public"))

    assert result.verdict is Verdict.BROKEN
    assert result.reproduce.startswith("#!/bin/sh\n")


@pytest.mark.parametrize("id", ["refusals.public", "refusals.challenge"], ids=["MUST", "INFO"])
def test_check_that_was_not_exercised_has_none(context: CheckContext, id: str) -> None:
    error = UnexercisedError("it would be billed")

    assert check_result(context, check_that_raises(error, id)).reproduce == ""
