"""Checks that cannot be carried out say so, and why."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

from seedance_contract.case import Verdict
from seedance_contract.declared.routes import CANCEL, CREATE
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.routes import V3_CREATE, V3_LIST, V3_READ
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool
from seedance_contract.server.checks.examples import _require_known_keys
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.http.target import Target
from seedance_contract.server.openapi.setup import is_failure
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import checks_by_id


def test_a_large_body_is_sent_to_this_machine_only() -> None:
    monitor = ResponseMonitor()
    context = CheckContext(
        target=Target("http://127.0.0.1:1", Budget(Decimal(1)), monitor),
        keys=KeyPool(None, None, run_id="test"),
        monitor=monitor,
    )

    [result] = run_checks(context, [checks_by_id()["refusals.too-large"]])

    # Also where the requirement is assumed: nothing was recorded.
    assert result.verdict is Verdict.UNEXERCISED
    assert "a server on this machine" in result.findings[0].actual


def test_an_example_with_a_third_key_needs_a_server_that_takes_it() -> None:
    with pytest.raises(UnexercisedError, match="needs a key of its own"):
        _require_known_keys({"Bearer sk-third"})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"model": "seedance-2.0", "prompt": "a boat"}, True),
        ({"model": "seedance-2.0", "prompt": "a boat", "task_id": "ldtask_1"}, False),
        ({"model": "seedance-2.0"}, False),
    ],
    ids=["legal", "needs-a-task", "breaks-a-rule"],
)
def test_a_rejected_request_is_a_failure_if_it_breaks_no_rule(
    body: dict[str, object], expected: bool
) -> None:
    failure: Failure = RejectedPositiveData.__new__(RejectedPositiveData)
    operation = SimpleNamespace(definition=SimpleNamespace(raw={"operationId": CREATE.id}))
    case: Any = SimpleNamespace(operation=operation, body=body)
    response: Any = SimpleNamespace(status_code=400)

    assert is_failure(failure, case, response) is expected


_ASSET = {"type": "image_url", "image_url": {"url": "asset://asset-20260102030405-abcde"}}


@pytest.mark.parametrize(
    ("operation_id", "body", "expected"),
    [
        (V3_CREATE.id, example_v3_request(), True),
        (V3_CREATE.id, {**example_v3_request(), "content": [_ASSET]}, False),
        (V3_CREATE.id, {**example_v3_request(), "duration": 99}, False),
        (V3_READ.id, None, False),
        (CANCEL.id, None, False),
        (V3_LIST.id, None, True),
    ],
    ids=["legal", "a-material", "breaks-a-rule", "no-id", "no-such-cancel", "list"],
)
def test_a_rejected_request_of_v3(operation_id: str, body: Any, expected: bool) -> None:
    failure: Failure = RejectedPositiveData.__new__(RejectedPositiveData)
    operation = SimpleNamespace(definition=SimpleNamespace(raw={"operationId": operation_id}))
    case: Any = SimpleNamespace(operation=operation, body=body)
    response: Any = SimpleNamespace(status_code=400)

    assert is_failure(failure, case, response) is expected
