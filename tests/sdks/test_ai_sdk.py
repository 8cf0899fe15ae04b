"""The AI SDK and its provider for ByteDance against the mock: what they do, and what goes wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import RunScenarios, SdkRun

PROGRAM = Path(__file__).parent / "programs/ai_sdk.mjs"

WORDS = {
    "generated": "clock-x20",
    # Counted for each task, so that each attempt meets it.
    "failing_poll": "clock-x20.poll-503.retry-1s",
    "refused": "ok",
    "failed": "clock-x20.end-failed",
    "cancelled": "clock-x20.end-cancelled",
    "default_download": "clock-x20",
}

pytestmark = pytest.mark.slow("sdks")


@pytest.fixture(scope="module")
def sdk(sdk_modules: Path, run_scenarios: RunScenarios) -> SdkRun:
    """Give the outcome of all scenarios."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    return run_scenarios(["node", PROGRAM, sdk_modules], WORDS)


def test_a_video_is_generated_and_downloaded(sdk: SdkRun) -> None:
    outcome = sdk.outcomes["generated"]

    assert outcome["bytes"] > 1_000
    assert outcome["metadata"]["usage"] == {"completion_tokens": 108_900}
    assert sdk.statuses("generated", "create") == [200]


def test_a_refused_body_is_not_sent_again(sdk: SdkRun) -> None:
    assert sdk.outcomes["refused"]["status"] == 400
    assert sdk.statuses("refused", "create") == [400]


def test_a_failed_poll_creates_and_pays_another_task(sdk: SdkRun) -> None:
    # The retries of generateVideo are around create and polls together.
    assert sdk.outcomes["failing_poll"]["name"] == "AI_RetryError"
    assert sdk.statuses("failing_poll", "create") == [200, 200, 200]


def test_a_failed_task_is_an_error(sdk: SdkRun) -> None:
    assert sdk.outcomes["failed"]["name"] == "BYTEDANCE_VIDEO_GENERATION_FAILED"


def test_a_cancelled_task_is_polled_until_the_timeout(sdk: SdkRun) -> None:
    assert sdk.outcomes["cancelled"]["name"] == "BYTEDANCE_VIDEO_GENERATION_TIMEOUT"
    assert len(sdk.statuses("cancelled", "poll")) > 5


def test_the_default_download_refuses_this_machine(sdk: SdkRun) -> None:
    error = sdk.outcomes["default_download"]

    assert error["name"] == "AI_DownloadError"
