"""What the end of a check means."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from hostile_server import hostile_server, http_response
from seedance_contract.case import Verdict
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool
from seedance_contract.server.http.target import Target
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import select_checks

CHECKS = {
    "a status": "tasks.ends",
    "an example": "examples.operations.text-to-video",
    "a promise": "tasks.affordable",
    "a race": "races.cancel",
}


@pytest.mark.parametrize("status", [402, 429])
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_limits_of_an_account_are_no_failure(check: str, status: int) -> None:
    body = json.dumps({"error": {"message": "no", "type": "rate_limit_exceeded"}}).encode()
    response = http_response(status, body, Content_Type="application/json")
    monitor = ResponseMonitor()
    with (
        hostile_server(lambda method, path, body: [response]) as url,
        closing(Transport()) as transport,
    ):
        context = CheckContext(
            target=Target(url, Budget(None), monitor, transport),
            keys=KeyPool(None, None, run_id="test"),
            monitor=monitor,
            max_examples=1,
            shrink=False,
        )
        result, review = run_checks(context, select_checks([check, "answers.request-id"]))

    [finding] = result.findings
    assert finding.verdict is Verdict.BROKEN
    assert finding.actual.startswith(f"{status}: the ")
    # The form of a refusal has to be right.
    assert review.verdict is Verdict.FAIL
