"""Client processes and the processes that they start."""

from __future__ import annotations

import os
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
