"""The two clients to copy, in what their run through the catalogue does not show."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seedance_mock.testing.assertions import assert_creates, assert_stops_at_the_end

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


REPORTED = {
    "policy": ("failed", "task_failed"),
    "crash": ("failed", "generation_failed"),
    "broke": ("error", "insufficient_balance"),
    "lostreply": ("error", "unknown"),
    "create-504+": ("error", "timeout_error"),
    "create-503.retry-3600s": ("error", "all_channels_failed"),
    "html": ("error", "http_502"),
    "stranger": ("error", "task_not_owned"),
}


@pytest.mark.parametrize("words", REPORTED)
def test_says_what_went_wrong(client: list[str], words: str, run: Run) -> None:
    told = run(client, words)

    assert (told.outcome, told.line["error"]["code"]) == REPORTED[words], told.text
    assert told.code == 1
    assert_creates(told.entries)


@pytest.mark.parametrize("words", ["ok.clock-polls", "id-task.at-none"])
def test_completes(client: list[str], words: str, run: Run) -> None:
    told = run(client, words)

    assert (told.code, told.outcome) == (0, "completed"), told.text
    assert_creates(told.entries)
    assert_stops_at_the_end(told.entries)


def test_polls_every_five_seconds_by_default(client: list[str], run: Run) -> None:
    told = run(client, "stuck", poll_interval_s=None, deadline_s=4)

    assert told.outcome == "timeout"
    assert len(told.sent("poll")) == 0


def test_cancels_a_task_that_runs(client: list[str], run: Run) -> None:
    words = "clock-polls.after-4polls"
    told = run(client, words, action="cancel", cancel_after="processing")

    assert (told.code, told.outcome) == (0, "completed"), told.text
    [cancel] = told.sent("cancel")
    assert cancel.status == 409


def test_a_file_that_never_comes_is_no_success(client: list[str], run: Run, tmp_path: Path) -> None:
    path = tmp_path / "boat.mp4"

    told = run(client, "asset-500x0", action="download", download_to=str(path), deadline_s=3)

    assert (told.code, told.line["error"]["code"]) == (1, "download_failed")
    assert not path.exists()


def test_one_of_several_fails(client: list[str], run: Run) -> None:
    told = run(client, "create-400", action="batch", count=2)

    assert (told.code, told.outcome) == (1, "failed")
    assert sorted(job["outcome"] for job in told.line["jobs"]) == ["completed", "error"]


def test_models_that_do_not_come_are_an_error(client: list[str], run: Run) -> None:
    told = run(client, "revoked", action="models")

    assert (told.code, told.line["error"]["code"]) == (1, "invalid_api_key")


def test_an_unknown_action_is_unsupported(client: list[str], run: Run) -> None:
    assert run(client, "ok", action="dance").code == 127


def test_a_second_start_goes_on_with_the_same_task(client: list[str], run: Run) -> None:
    first = run(client, "stuck", deadline_s=1, poll_interval_s=0.4)
    again = run(client, "ok", action="resume")

    assert first.outcome == "timeout"
    assert again.line["error"]["code"] == "task_not_owned"
    assert_creates(again.entries, 0)


def test_a_create_of_unknown_fate_is_not_repeated(client: list[str], run: Run) -> None:
    run(client, "lostreply")
    again = run(client, "ok")

    assert (again.code, again.line["error"]["code"]) == (1, "unknown")
    assert_creates(again.entries, 0)


def test_a_refused_create_may_be_tried_again(client: list[str], run: Run) -> None:
    run(client, "broke")

    assert run(client, "ok").outcome == "completed"


def test_no_api_is_an_error(client: list[str], tmp_path: Path) -> None:
    env = environment("http://127.0.0.1:9", "sk-nobody", {"kit": 1}, tmp_path)

    code, out, _ = started(client, env)

    assert (code, last_line(out)["error"]["code"]) == (1, "unreachable")
    assert not list(tmp_path.iterdir())


def test_repeats_a_create_that_is_not_applied(client: list[str], run: Run) -> None:
    told = run(client, "create-429x2.retry-1s")

    assert told.outcome == "completed", told.text
    gaps = [entry.received for entry in told.sent("create")]
    assert len(gaps) == 3
    assert min(gaps[1] - gaps[0], gaps[2] - gaps[1]) >= 1.0
