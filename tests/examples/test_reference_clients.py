"""The reference clients in situations that no case of the catalogue covers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from seedance_mock.testing.assertions import assert_creates, assert_no_poll_after_end

from .conftest import Run
from .reference_clients import (
    JAVASCRIPT,
    JAVASCRIPT_IN_REAL_TIME,
    PYTHON,
    PYTHON_PROGRAM,
    ReferenceClient,
    client_environment,
    each_client,
    each_client_and,
    needs_node,
    slow,
)
from .scripted_server import ScriptedServer, completed, created, response

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


@each_client_and("words", REPORTED, fast=["lostreply"])
def test_reports_the_error(client: ReferenceClient, words: str, run: Run) -> None:
    client_run = run(client, words)

    line = client_run.output.line
    assert (line["outcome"], line["error"]["code"]) == REPORTED[words], client_run.output.text
    assert client_run.output.exit_status == 1
    assert_creates(client_run.entries)


@pytest.mark.parametrize("words", ["ok.clock-polls", "id-task.at-none"])
@pytest.mark.parametrize(
    "client",
    [
        pytest.param(PYTHON_PROGRAM, id="python"),
        pytest.param(JAVASCRIPT, id="javascript", marks=needs_node),
    ],
)
def test_program_completes(client: ReferenceClient, words: str, run: Run) -> None:
    client_run = run(client, words)

    output = client_run.output
    assert (output.exit_status, output.outcome) == (0, "completed"), output.text
    assert_creates(client_run.entries)
    assert_no_poll_after_end(client_run.entries)


@each_client
def test_polls_every_five_seconds_by_default(client: ReferenceClient, tmp_path: Path) -> None:
    running = response(200, status="processing")
    with ScriptedServer([created(), running, running, completed()], client.clock) as server:
        job = {"kit": 1, "deadline_s": 60}
        output = client.run(client_environment(server.url, "sk-user", job, tmp_path))

    assert output.outcome == "completed", output.text
    gaps = gaps_between(server.times)
    assert len(gaps) == 3
    # At most 5 % of jitter, and some time for the requests themselves.
    assert [gap for gap in gaps if not 5.0 <= gap <= 6.0] == []


@each_client
def test_cancels_a_running_task(client: ReferenceClient, run: Run) -> None:
    words = "clock-polls.after-4polls"
    client_run = run(client, words, action="cancel", cancel_after="processing")

    output = client_run.output
    assert (output.exit_status, output.outcome) == (0, "completed"), output.text
    [cancel] = client_run.requests("cancel")
    assert cancel.status == 409


@each_client
def test_failed_download_is_an_error(client: ReferenceClient, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "boat.mp4"

    output = run(
        client, "asset-500x0", action="download", download_to=str(path), deadline_s=3
    ).output

    assert (output.exit_status, output.line["error"]["code"]) == (1, "download_failed")
    assert not path.exists()


@each_client
def test_batch_with_one_error_fails(client: ReferenceClient, run: Run) -> None:
    output = run(client, "create-400", action="batch", count=2).output

    assert (output.exit_status, output.outcome) == (1, "failed")
    assert sorted(job["outcome"] for job in output.line["jobs"]) == ["completed", "error"]


@each_client
def test_rejected_models_request_is_an_error(client: ReferenceClient, run: Run) -> None:
    output = run(client, "revoked", action="models").output

    assert (output.exit_status, output.line["error"]["code"]) == (1, "invalid_api_key")


@each_client
def test_unknown_action_is_unsupported(client: ReferenceClient, run: Run) -> None:
    assert run(client, "ok", action="dance").output.exit_status == 127


@each_client
def test_second_run_continues_the_same_task(client: ReferenceClient, run: Run) -> None:
    first = run(client, "stuck", deadline_s=1, poll_interval_s=0.4)
    second = run(client, "ok", action="resume")

    assert first.outcome == "timeout"
    # The key of the second run belongs to another account, which must not see the task.
    assert second.output.line["error"]["code"] == "task_not_owned"
    assert_creates(second.entries, 0)


@each_client
def test_uncertain_create_is_not_repeated(client: ReferenceClient, run: Run) -> None:
    run(client, "lostreply")
    second = run(client, "ok")

    output = second.output
    assert (output.exit_status, output.line["error"]["code"]) == (1, "unknown")
    assert_creates(second.entries, 0)


@each_client
def test_rejected_create_can_be_tried_again(client: ReferenceClient, run: Run) -> None:
    run(client, "broke")

    assert run(client, "ok").outcome == "completed"


@each_client
def test_unreachable_api_is_an_error(client: ReferenceClient, tmp_path: Path) -> None:
    environment = client_environment("http://127.0.0.1:9", "sk-nobody", {"kit": 1}, tmp_path)

    output = client.run(environment)

    assert (output.exit_status, output.line["error"]["code"]) == (1, "unreachable")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "client",
    [
        pytest.param(PYTHON, id="python"),
        # Timers of Node may fire a millisecond early, which a fast clock would multiply.
        pytest.param(JAVASCRIPT_IN_REAL_TIME, id="javascript", marks=[needs_node, slow]),
    ],
)
def test_waits_before_it_retries_a_create(client: ReferenceClient, tmp_path: Path) -> None:
    error = {"code": "rate_limit_exceeded", "message": "busy", "retryable": True}
    busy = response(429, "Retry-After: 1", error=error)
    with ScriptedServer([busy, busy, created(), completed()], client.clock) as server:
        job = {"kit": 1, "poll_interval_s": 0.05, "deadline_s": 20}
        output = client.run(client_environment(server.url, "sk-user", job, tmp_path))

    assert output.outcome == "completed", output.text
    creates = [line for line in server.request_lines if line.startswith("POST")]
    assert len(creates) == 3
    assert min(gaps_between(server.times[:3])) >= 1.0


def gaps_between(times: list[float]) -> list[float]:
    """Return the seconds between each time and the next."""
    return [later - earlier for earlier, later in pairwise(times)]
