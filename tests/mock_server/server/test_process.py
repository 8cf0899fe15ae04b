"""The server as a process: ready line, options, signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest

Launch = Callable[..., subprocess.Popen[str]]

PROGRAM = str(Path(sysconfig.get_path("scripts"), "seedance-mock"))

BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


def first_line(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    line: dict[str, object] = json.loads(process.stdout.readline())
    return line


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=10)
    return process.returncode, out, err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_gracefully(stop: signal.Signals, launch: Launch) -> None:
    process = launch("--port", "0", "--log-format", "none")
    url = str(first_line(process)["url"])
    with httpx.Client(base_url=url) as client:
        client.get("/healthz")

        process.send_signal(stop)

        assert outcome(process) == (0, "", "")


def test_the_ready_file_has_the_ready_line(launch: Launch, tmp_path: Path) -> None:
    file = tmp_path / "ready"

    process = launch("--port", "0", "--ready-file", str(file))

    line = first_line(process)
    assert json.loads(file.read_text()) == line
    assert list(tmp_path.iterdir()) == [file]


def test_the_environment_sets_options(launch: Launch) -> None:
    process = launch(
        SEEDANCE_MOCK_PORT="0",
        SEEDANCE_MOCK_KEYS="sk-a sk-b",
        SEEDANCE_MOCK_PUBLIC_URL="https://mock.example.com/",
        SEEDANCE_MOCK_LIFECYCLE="instant",
        SEEDANCE_MOCK_LOG_FORMAT="none",
    )
    with httpx.Client(base_url=str(first_line(process)["url"])) as client:
        statuses = []
        for key in ("sk-a", "sk-b", "sk-c"):
            client.headers["Authorization"] = f"Bearer {key}"
            statuses.append(client.post("/v1/videos/generations", json=BODY).status_code)
        client.headers["Authorization"] = "Bearer sk-a"
        task = client.post("/v1/videos/generations", json=BODY).json()
        task = client.get(task["poll_url"]).json()

    assert statuses == [200, 200, 401]
    assert task["video_url"].startswith("https://mock.example.com/assets/")


def test_a_taken_port_exits_with_3(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        code, out, err = outcome(launch("--port", str(port)))

    assert (code, out) == (3, "")
    assert f"Cannot listen on 127.0.0.1 port {port}" in err
    assert "--port 0" in err


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_an_ipv6_url_has_brackets(launch: Launch) -> None:
    process = launch("--host", "::1", "--port", "0", "--log-format", "none")

    url = str(first_line(process)["url"])

    assert url.startswith("http://[::1]:")
    with urlopen(f"{url}/healthz", timeout=5) as answer:
        assert answer.status == 200


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_localhost_is_both_loopback_addresses(launch: Launch) -> None:
    url = str(first_line(launch("--port", "0", "--log-format", "none"))["url"])
    port = url.rpartition(":")[2]

    assert url == f"http://127.0.0.1:{port}"
    for host in ("127.0.0.1", "[::1]"):
        with urlopen(f"http://{host}:{port}/healthz", timeout=5) as answer:
            assert answer.status == 200


def test_it_ends_with_its_parent() -> None:
    # The shell stands for a test runner that is killed.
    script = '"$0" serve --port 0 --log-format none --exit-with-parent & wait'
    with subprocess.Popen(
        ["sh", "-c", script, PROGRAM], stdout=subprocess.PIPE, text=True
    ) as shell:
        assert json.loads(shell.stdout.readline())["ready"]  # type: ignore[union-attr] # a pipe

        shell.kill()

        # The end of the pipe is the end of the server, which has the other copy of it.
        assert shell.stdout.read() == ""  # type: ignore[union-attr] # a pipe


def test_a_person_at_a_terminal_gets_a_text() -> None:
    leader, follower = os.openpty()
    command = [PROGRAM, "serve", "--port", "0", "--log-format", "none"]
    with subprocess.Popen(command, stdout=follower) as process:
        os.close(follower)
        text = b""
        while b"try it" not in text:
            text += os.read(leader, 1000)
        process.terminate()
    os.close(leader)

    assert b"Ctrl-C" in text
    assert b'"ready"' not in text


def test_a_full_disk_is_no_traceback() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [PROGRAM, "serve", "--port", "0"], stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert done.returncode == 3
    message = "Cannot write the ready line to standard output: No space left on device."
    assert done.stderr.splitlines() == [message]


def test_an_unwritable_ready_file_is_no_traceback(launch: Launch) -> None:
    code, out, err = outcome(launch("--port", "0", "--ready-file", "/proc/ready"))

    assert (code, out) == (3, "")
    [line] = err.splitlines()
    assert line.startswith("Cannot write the ready line to /proc/ready: ")


def test_all_addresses_are_announced_as_loopback(launch: Launch) -> None:
    process = launch("--host", "0.0.0.0", "--port", "0", "--log-format", "none")

    assert str(first_line(process)["url"]).startswith("http://127.0.0.1:")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_log_is_on_standard_error(log_format: str, launch: Launch) -> None:
    process = launch("--port", "0", "--log-format", log_format)
    url = str(first_line(process)["url"])
    httpx.get(f"{url}/v1/models")

    process.send_signal(signal.SIGTERM)
    code, out, err = outcome(process)

    assert (code, out) == (0, "")
    [line] = err.splitlines()
    assert "/v1/models" in line
    assert (json.loads(line)["status"] == 200) if log_format == "json" else (" 200 " in line)


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seedance_mock", "--version"], capture_output=True, text=True
    )

    assert done.stdout.startswith("seedance-mock, version ")
