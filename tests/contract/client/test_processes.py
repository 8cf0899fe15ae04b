"""Client processes and the processes that they start."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from seedance_contract.client import processes
from seedance_contract.client.processes import command_lines, is_running, kill, start


def test_command_lines_include_descendants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PROC_DIRECTORY", tmp_path)
    for pid, children in (("1", "2 3"), ("2", ""), ("3", "9")):
        (tmp_path / pid / "task" / pid).mkdir(parents=True)
        (tmp_path / pid / "cmdline").write_bytes(f"p{pid}\0".encode())
        (tmp_path / pid / "task" / pid / "children").write_text(children)

    assert list(command_lines(1)) == [b"p1\0", b"p2\0", b"p3\0"]


def test_ended_process_can_be_killed_twice() -> None:
    process = start(["sh", "-c", "exit 5"], os.environ)
    while is_running(process):
        os.sched_yield()

    kill(process)
    kill(process)

    assert process.returncode == 5
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def ended(*command: str) -> subprocess.Popen[bytes]:
    """Return a client that has ended, with its streams closed by the end of the test."""
    process = start(command, os.environ)
    while is_running(process):
        os.sched_yield()
    return process


def close_streams(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def test_macos_kills_what_an_ended_client_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "waitid")
    process = ended("sh", "-c", "sleep 60 & exit 5")
    assert process.stdout is not None

    kill(process)

    # The pipe ends when the last process that could write into it is gone.
    assert process.stdout.read() == b""
    assert process.returncode == 5
    close_streams(process)


def test_windows_kills_the_tree_of_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "waitid")
    monkeypatch.delattr(os, "killpg")
    process = start(["sleep", "60"], os.environ)
    commands: list[list[str]] = []

    def run(command: list[str], **options: object) -> None:
        commands.append(command)
        process.kill()

    monkeypatch.setattr(subprocess, "run", run)

    kill(process)

    assert commands == [["taskkill", "/F", "/T", "/PID", str(process.pid)]]
    assert not is_running(process)
    close_streams(process)
