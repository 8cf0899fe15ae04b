"""The two clients to copy, in every situation that costs money, time or trust."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from seedance_fixtures.media import clip
from seedance_mock.assertions import assert_creates, assert_stops_at_the_end
from seedance_mock.control import Control

from .conftest import NODE, PYTHON, Run, environment, last_line, started

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")


@pytest.fixture(
    params=[
        pytest.param(PYTHON, id="python"),
        pytest.param(NODE, id="javascript", marks=needs_node),
    ]
)
def client(request: pytest.FixtureRequest) -> list[str]:
    """Give the command of a reference client."""
    command: list[str] = request.param
    return command


HAPPY = [
    "ok.clock-polls",
    "odd.clock-polls.after-2polls",
    "progress-lie.clock-polls.after-3polls",
    "out-url",
    "out-video",
    "out-videos",
    "out-content",
    "id-id.at-none",
    "id-task.at-none",
    "at-absolute",
    "poll-cut",
    "poll-reset",
    "poll-redirect",
    "poll-html",
    "poll-503.retry-none",
]


@pytest.mark.parametrize("words", HAPPY)
def test_completes(client: list[str], words: str, run: Run) -> None:
    told = run(client, words)

    assert (told.code, told.outcome) == (0, "completed"), told.text
    assert len(told.line["video_urls"]) == (2 if words == "out-videos" else 1)
    assert_creates(told.entries)
    assert_stops_at_the_end(told.entries)


UNHAPPY = {
    "policy": ("failed", "task_failed"),
    "crash": ("failed", "generation_failed"),
    "end-failed.err-none": ("failed", "task_failed"),
    "end-cancelled": ("cancelled", "task_failed"),
    "out-none": ("failed", "no_video"),
    "revoked": ("error", "invalid_api_key"),
    "locked": ("error", "model_not_allowed"),
    "broke": ("error", "insufficient_balance"),
    "capped": ("error", "quota_exceeded"),
    "lostreply": ("error", "unknown"),
    "create-close+": ("error", "unknown"),
    "create-cut": ("error", "unknown"),
    "create-garbage+": ("error", "unknown"),
    "create-empty+": ("error", "unknown"),
    "create-504+": ("error", "timeout_error"),
    "create-redirect": ("error", "http_307"),
    "create-429.retry-3600s": ("error", "rate_limit_exceeded"),
    "create-503.retry-3600s": ("error", "all_channels_failed"),
    "html": ("error", "http_502"),
    "poll-401x0": ("error", "invalid_api_key"),
    "gone.after-9polls.clock-polls": ("error", "async_task_not_found"),
    "stranger": ("error", "task_not_owned"),
}


@pytest.mark.parametrize("words", UNHAPPY)
def test_reports_and_creates_once(client: list[str], words: str, run: Run) -> None:
    told = run(client, words)

    assert (told.outcome, told.line["error"]["code"]) == UNHAPPY[words], told.text
    assert told.code == 1
    assert_creates(told.entries)
    assert len(told.sent("cancel")) == 0


@pytest.mark.parametrize("words", ["create-429x2.retry-1s", "create-503x2.retry-1s"])
def test_repeats_a_create_that_is_not_applied(client: list[str], words: str, run: Run) -> None:
    told = run(client, words)

    assert told.outcome == "completed", told.text
    gaps = [entry.received for entry in told.sent("create")]
    assert len(gaps) == 3
    assert min(gaps[1] - gaps[0], gaps[2] - gaps[1]) >= 1.0


@pytest.mark.parametrize("words", ["poll-429.retry-2s", "poll-429.retry-date.retry-2s"])
def test_waits_out_retry_after(client: list[str], words: str, run: Run) -> None:
    told = run(client, words)

    assert told.outcome == "completed", told.text
    first, second = told.sent("poll")
    assert second.received - first.received >= 1.0


def test_polls_every_five_seconds_by_default(client: list[str], run: Run) -> None:
    told = run(client, "ok", poll_interval_s=None)

    [create], [poll] = told.sent("create"), told.sent("poll")
    assert poll.received - (create.answered or 0) >= 4.9


@pytest.mark.parametrize("base", ["/", "/v1/"])
def test_follows_poll_url_whatever_the_base(
    client: list[str], base: str, run: Run, mock: str
) -> None:
    told = run(client, "at-query", base_url=mock + base)

    assert told.outcome == "completed", told.text
    assert [poll.status for poll in told.sent("poll")] == [200]


def test_gives_up_in_time(client: list[str], run: Run) -> None:
    told = run(client, "stuck", deadline_s=2, poll_interval_s=0.5)

    assert (told.code, told.outcome) == (1, "timeout")
    assert told.line["task_id"].startswith("ldtask_")


def test_stops_waiting_for_an_answer(client: list[str], run: Run) -> None:
    told = run(client, "hang", deadline_s=2)

    assert (told.code, told.line["error"]["code"]) == (1, "unknown")
    assert_creates(told.entries)


def test_gives_up_where_lookups_fail(client: list[str], run: Run) -> None:
    told = run(client, "poll-503x0.retry-none", deadline_s=4)

    assert (told.code, told.outcome) == (1, "timeout")
    assert 2 <= len(told.sent("poll")) <= 5


def test_cancels(client: list[str], run: Run) -> None:
    told = run(client, "clock-polls.after-3polls", action="cancel")

    assert (told.code, told.outcome) == (0, "cancelled"), told.text
    assert len(told.sent("cancel")) == 1
    assert len(told.sent("poll")) <= 1


@pytest.mark.parametrize("words", ["race", "nocancel", "cancel-503", "cancel-403"])
def test_a_refused_cancel_is_no_end(client: list[str], words: str, run: Run) -> None:
    told = run(client, f"{words}.clock-polls.after-3polls", action="cancel")

    assert (told.code, told.outcome) == (0, "completed"), told.text
    assert len(told.sent("cancel")) == 1


def test_a_lost_cancel_is_looked_up(client: list[str], run: Run) -> None:
    told = run(client, "clock-polls.after-3polls.cancel-reset+", action="cancel")

    assert (told.code, told.outcome) == (0, "cancelled"), told.text
    assert len(told.sent("cancel")) == 1


def test_cancels_a_task_that_runs(client: list[str], run: Run) -> None:
    words = "clock-polls.after-4polls"
    told = run(client, words, action="cancel", cancel_after="processing")

    assert (told.code, told.outcome) == (0, "completed"), told.text
    [cancel] = told.sent("cancel")
    assert cancel.status == 409


@pytest.mark.parametrize("words", ["ok", "asset-cut", "asset-503.retry-1s", "asset-403"])
def test_downloads_the_whole_file(client: list[str], words: str, run: Run, tmp_path: Path) -> None:
    request = {"model": "seedance-2.0", "prompt": "a paper boat", "aspect_ratio": "16:9"}
    path = tmp_path / "boat.mp4"

    told = run(client, words, action="download", download_to=str(path), request=request)

    expected = clip("16:9", audio=True).read_bytes()
    assert told.code == 0, told.text
    assert path.read_bytes() == expected
    assert told.line["sha256"] == hashlib.sha256(expected).hexdigest()
    assert not [entry for entry in told.sent("asset") if entry.authorized]
    assert_creates(told.entries)


def test_a_file_that_never_comes_is_no_success(client: list[str], run: Run, tmp_path: Path) -> None:
    path = tmp_path / "boat.mp4"

    told = run(client, "asset-500x0", action="download", download_to=str(path), deadline_s=3)

    assert (told.code, told.line["error"]["code"]) == (1, "download_failed")
    assert not path.exists()


def test_makes_several_at_once(client: list[str], run: Run) -> None:
    told = run(client, "ok", action="batch", count=3)

    assert (told.code, told.outcome) == (0, "completed"), told.text
    assert len({job["task_id"] for job in told.line["jobs"]}) == 3
    assert_creates(told.entries, 3)


def test_one_of_several_fails(client: list[str], run: Run) -> None:
    told = run(client, "create-400", action="batch", count=2)

    assert (told.code, told.outcome) == (1, "failed")
    assert sorted(job["outcome"] for job in told.line["jobs"]) == ["completed", "error"]


def test_shows_models_and_prices(client: list[str], run: Run) -> None:
    models = run(client, "models-503.retry-1s", action="models")
    prices = run(client, "pricing-reset", action="pricing")

    assert models.line["models"] == ["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]
    assert prices.line["prices"][0]["model"] == "seedance-2.0"
    assert (models.code, prices.code) == (0, 0)


def test_models_that_do_not_come_are_an_error(client: list[str], run: Run) -> None:
    told = run(client, "revoked", action="models")

    assert (told.code, told.line["error"]["code"]) == (1, "invalid_api_key")


def test_an_unknown_action_is_unsupported(client: list[str], run: Run) -> None:
    assert run(client, "ok", action="dance").code == 127


def test_a_second_start_goes_on_with_the_same_task(client: list[str], run: Run, mock: str) -> None:
    first = run(client, "stuck", deadline_s=1, poll_interval_s=0.4)
    key = f"sk-mock-stuck--examples-{os.getpid()}-again"
    again = run(client, "ok", action="resume")

    assert first.outcome == "timeout"
    assert again.line["error"]["code"] == "task_not_owned", key
    assert_creates(again.entries, 0)


def test_a_create_of_unknown_fate_is_not_repeated(client: list[str], run: Run) -> None:
    run(client, "lostreply")
    again = run(client, "ok")

    assert (again.code, again.line["error"]["code"]) == (1, "unknown")
    assert_creates(again.entries, 0)


def test_a_refused_create_may_be_tried_again(client: list[str], run: Run) -> None:
    run(client, "broke")

    assert run(client, "ok").outcome == "completed"


def test_a_kill_does_not_cost_another_video(client: list[str], mock: str, tmp_path: Path) -> None:
    key = f"sk-mock-ok--killed-{os.getpid()}-{client[0][-4:]}"
    control = Control(mock)
    account = control.open(key, mode="frozen", words="queue-10s")
    job: dict[str, Any] = {"kit": 1, "poll_interval_s": 0.05, "deadline_s": 20}
    env = environment(mock, key, job, tmp_path)
    with subprocess.Popen(client, env=env, stdout=subprocess.PIPE) as process:
        for _ in range(400):
            if control.journal(account=account.name, place="poll"):
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    control.advance(account.name, 60)

    code, out, _ = started(client, env)

    assert (code, last_line(out)["outcome"]) == (0, "completed")
    assert_creates(control.journal(account=account.name))


def test_no_api_is_an_error(client: list[str], tmp_path: Path) -> None:
    env = environment("http://127.0.0.1:9", "sk-nobody", {"kit": 1}, tmp_path)

    code, out, _ = started(client, env)

    assert (code, last_line(out)["error"]["code"]) == (1, "unreachable")
    assert not list(tmp_path.iterdir())
