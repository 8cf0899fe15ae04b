"""The vendor's Python SDKs against the mock: what they do, and what they do wrong.

Each of them runs all scenarios once; the tests look at parts of the outcome.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import RunScenarios, SdkRun

PROGRAM = Path(__file__).parent / "programs/ark.py"
PACKAGES = {"volcengine": "volcenginesdkarkruntime", "byteplus": "byteplussdkarkruntime"}
TASK_ID = r"cgt-[0-9]{14}-[a-z0-9]{5}"

WORDS = {
    "lifecycle": "clock-x20",
    "delete": "clock-frozen",
    "errors": "ok",
    "create_refused_twice": "create-503.create-429.retry-60s",
    "create_unanswered": "create-hang+",
    "create_unanswered_with_key": "create-hang+",
}

pytestmark = pytest.mark.slow("sdks")


@pytest.fixture(scope="module", params=["sync", "async"])
def variant(request: pytest.FixtureRequest) -> str:
    """Give the variant of the client."""
    name: str = request.param
    return name


@pytest.fixture(scope="module", params=PACKAGES)
def sdk(
    request: pytest.FixtureRequest, variant: str, sdk_python: Path, run_scenarios: RunScenarios
) -> SdkRun:
    """Give the outcome of all scenarios with one SDK."""
    return run_scenarios([sdk_python, PROGRAM, PACKAGES[request.param], variant], WORDS)


def test_a_task_from_create_to_its_end(sdk: SdkRun) -> None:
    outcome = sdk.outcomes["lifecycle"]

    assert re.fullmatch(TASK_ID, outcome["id"])
    assert outcome["statuses"][-1] == "succeeded"
    assert set(outcome["statuses"]) <= {"queued", "running", "succeeded"}
    assert outcome["video_url"].startswith("http://127.0.0.1:")
    assert (outcome["tokens"], outcome["error"]) == (108_900, None)
    # The SDKs declare an integer. They do not convert what they receive.
    assert outcome["duration"] == "5"
    assert (outcome["listed"], outcome["total"]) == ([outcome["id"]], 1)


def test_unset_fields_are_sent_as_null_and_accepted(sdk: SdkRun) -> None:
    assert sdk.statuses("lifecycle", "create") == [200]


def test_delete_cancels_a_queued_task_once(sdk: SdkRun) -> None:
    outcome = sdk.outcomes["delete"]

    # An empty body with the content type of JSON would raise JSONDecodeError in the SDKs.
    assert (outcome["returned"], outcome["status"]) == ("''", "cancelled")
    refusal = outcome["refusal"]
    assert (refusal["class"], refusal["status_code"]) == ("ArkConflictError", 409)
    assert (refusal["code"], refusal["type"]) == ("OperationDenied.InvalidState", "Conflict")
    # A 409 cannot change by repetition, and the SDKs repeat it twice nevertheless.
    assert sdk.statuses("delete", "cancel") == [200, 409, 409, 409]


def test_errors_arrive_with_their_four_members(sdk: SdkRun) -> None:
    body, task = sdk.outcomes["errors"]["body"], sdk.outcomes["errors"]["task"]

    assert (body["class"], body["status_code"]) == ("ArkBadRequestError", 400)
    assert (body["code"], body["param"]) == ("InvalidParameter", "duration")
    assert body["type"] == "BadRequest"
    assert (task["class"], task["status_code"], task["type"]) == (
        "ArkNotFoundError",
        404,
        "NotFound",
    )
    assert sdk.statuses("errors", "create") == [400]


def test_retries_do_not_wait_for_retry_after(sdk: SdkRun) -> None:
    outcome = sdk.outcomes["create_refused_twice"]

    assert sdk.statuses("create_refused_twice", "create") == [503, 429, 200]
    assert outcome["tasks"] == 1
    assert outcome["seconds"] < 20, "the response said Retry-After: 60"


def test_an_unanswered_create_is_repeated_and_paid_twice(sdk: SdkRun) -> None:
    outcome = sdk.outcomes["create_unanswered"]

    assert (outcome["is_listed"], outcome["tasks"]) == (True, 2)


def test_an_idempotency_key_prevents_the_second_task(sdk: SdkRun) -> None:
    outcome = sdk.outcomes["create_unanswered_with_key"]

    assert (outcome["is_listed"], outcome["tasks"]) == (True, 1)
