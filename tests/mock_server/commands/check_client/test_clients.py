"""`check-client` with unusual clients: silent, interrupted, behind a proxy, with ordinary flags."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from seedance_mock.commands.check_client import run
from seedance_mock.commands.main import main

from .conftest import (
    GOOD,
    PROGRAM,
    CheckClient,
    client_case,
    passes,
)


def test_a_proxy_does_not_get_the_requests(
    check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        # Nothing listens there.
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    ended = check_client("--case", "POLL-92", client=GOOD)

    assert ended.exit_code == 0, ended.output


@pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy"])
def test_a_proxy_may_be_why_no_request_came(
    name: str, check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")

    ended = check_client("--case", "POLL-92", client=("sh", "-c", "exit 1"))

    assert f"{name} is set: does the client respect NO_PROXY" in ended.stderr


@pytest.mark.parametrize("script", ["exit 1", "exit 0", "exit 127"])
def test_a_client_without_requests_exits_with_3(script: str, check_client: CheckClient) -> None:
    ended = check_client("--case", "POLL-9*", client=("sh", "-c", script))

    assert ended.exit_code == 3
    assert "The client sent no request." in ended.stderr


def test_an_unsupported_job_is_not_a_failure(check_client: CheckClient) -> None:
    assert check_client("--case", "CAN-91", client=GOOD).exit_code == 0


def test_variables_and_arguments_reach_the_client(check_client: CheckClient) -> None:
    script = 'exec "$PYTHON_PATH" client.py'
    options = [f"--env=PYTHON_PATH={sys.executable}", "--arg=--prompt={prompt}"]

    ended = check_client("--case", "POLL-92", "--json", "-", *options, client=("sh", "-c", script))

    [result] = json.loads(ended.stdout)["results"]
    assert result["verdict"] == "PASS"
    assert "'--arg=--prompt={prompt}'" in result["reproduce"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_a_signal_ends_every_client_and_leaves_a_partial_report(
    number: signal.Signals, tmp_path: Path
) -> None:
    script = f"echo $$ > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/pid; exec sleep 60"
    options = ["--case", "POLL-17", "--json", str(tmp_path / "r.json")]
    command = [str(PROGRAM), "check-client", *options, "--", "sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kit:
        pid = int(wait_for_text(tmp_path / "pid"))
        kit.send_signal(number)
        stdout, stderr = kit.communicate(timeout=60)

    assert kit.returncode == 130
    assert stderr.decode().splitlines()[-1] == "Interrupted; every client has ended."
    assert b"; interrupted: not every selected case was run\n" in stdout
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["interrupted"], report["results"]) == (True, [])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def wait_for_text(path: Path) -> str:
    """Return the text of a file when it exists."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path.read_text()


def test_a_client_can_fetch_its_cases() -> None:
    command = [str(PROGRAM), "check-client", "--pull", "--case", "POLL-17", "--json", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kit:
        assert kit.stdout is not None
        url = json.loads(kit.stdout.readline())["url"]
        case = httpx2.get(f"{url}/_kit/next", timeout=60).json()
        outcome = {"kit": 1, "outcome": "unsupported"}
        httpx2.get(f"{case['base_url']}/v1/models")
        httpx2.post(f"{url}/_kit/outcome", json=outcome)
        stdout, _ = kit.communicate(timeout=60)

    [result] = json.loads(stdout)["results"]
    assert (kit.returncode, result["verdict"]) == (0, "UNSUPPORTED")
    assert result["reproduce"] == "seedance-mock check-client --case POLL-17 --pull --idle 30"


ORDINARY_CLIENT = """
import argparse, json, urllib.request

parser = argparse.ArgumentParser()
for name in ("url", "key", "prompt", "seconds", "output"):
    parser.add_argument(f"--{name}")
options = parser.parse_args()


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Authorization": f"Bearer {options.key}"})
    return urllib.request.urlopen(request, timeout=30).read()


request = {"model": "seedance-2.0", "operation": "text-to-video", "prompt": options.prompt}
request |= {"duration": int(options.seconds or 8), "resolution": "720p"}
task = json.loads(call(options.url + "/v1/videos/generations", request))
while task["status"] in ("pending", "processing"):
    task = json.loads(call(options.url + task["poll_url"]))
if options.output:
    with open(options.output, "wb") as file:
        file.write(call(task["video_url"]))
"""


ORDINARY_FIELDS = ("--arg=--url={base_url}", "--arg=--key={api_key}", "--arg=--prompt={prompt}")


@pytest.mark.parametrize(
    ("fields", "verdicts"),
    [
        ((), {"REQ-02": "UNEXERCISED", "DL-01": "UNEXERCISED", "SEC-01": "UNEXERCISED"}),
        (
            ("--arg=--seconds={duration}",),
            {"REQ-02": "UNEXERCISED", "DL-01": "UNEXERCISED", "SEC-01": "UNEXERCISED"},
        ),
        (
            ("--arg=--output={download_to}",),
            {"REQ-02": "UNEXERCISED", "DL-01": "PASS", "SEC-01": "FAIL"},
        ),
    ],
    ids=["prompt", "duration", "download"],
)
def test_an_ordinary_client_fails_only_for_what_it_was_told(
    fields: tuple[str, ...], verdicts: dict[str, str], tmp_path: Path
) -> None:
    client = tmp_path / "ordinary.py"
    client.write_text(ORDINARY_CLIENT)
    options = [f"--case={name}" for name in verdicts]
    command = ["check-client", *options, "--json", "-", *ORDINARY_FIELDS, *fields]

    ended = CliRunner().invoke(main, [*command, "--", sys.executable, str(client)])

    report = json.loads(ended.stdout)
    assert {result["id"]: result["verdict"] for result in report["results"]} == verdicts
    assert report["options"]["arguments"][0] == "--url={base_url}"


def test_a_silent_client_ends_the_run_with_one_message(
    check_client: CheckClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        run, "CASES", tuple(client_case(f"POLL-{number}", passes) for number in range(10, 60))
    )

    ended = check_client(
        "--jobs", "1", "--json", "r.json", client=("sh", "-c", "echo 'No \x1b[2J url' >&2; exit 3")
    )

    assert ended.exit_code == 3
    [*progress, hint, status, output] = ended.stderr.splitlines()
    assert len(progress) == 4
    assert hint.startswith("The client sent no request. Does it read TOKENLAB_BASE_URL")
    assert hint.endswith("with --env, and arguments with --arg: --arg=--prompt={prompt}")
    assert status.startswith("Exit status 3. The end of its output in POLL-")
    assert output == "  No \ufffd[2J url"
    [summary] = ended.stdout.splitlines()
    assert ": 3 BROKEN in " in summary
    assert json.loads((tmp_path / "r.json").read_text())["interrupted"]


def test_a_silent_client_without_output_is_described(check_client: CheckClient) -> None:
    ended = check_client(
        "--case", "POLL-92", "--timeout", "0.3", client=("sh", "-c", "exec sleep 60")
    )

    assert ended.exit_code == 3
    assert ended.stderr.splitlines()[-1] == "It was still running, and it printed nothing."
