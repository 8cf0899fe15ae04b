"""The announcement of a server that is ready."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from seedance_mock.server import ready

LINE = ready.ready_line("http://127.0.0.1:1")


def test_the_ready_line_is_json() -> None:
    assert json.loads(LINE) == {"ready": True, "url": "http://127.0.0.1:1"}
    assert LINE.endswith("\n")


def test_the_ready_file_has_the_ready_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready.announce("for a person\n", LINE, tmp_path / "ready")

    assert capsys.readouterr().out == "for a person\n"
    assert (tmp_path / "ready").read_text() == LINE
    assert [file.name for file in tmp_path.iterdir()] == ["ready"]


def test_a_link_to_the_ready_file_stays(tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "target"
    target.write_text("of the run before\n")
    link.symlink_to(target)

    ready.write_ready_file(link, LINE)

    assert link.is_symlink()
    assert target.read_text() == LINE


def test_a_fifo_is_written_to(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    ready.write_ready_file(fifo, LINE)

    assert fifo.read_text() == LINE
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    leader, follower = os.openpty()

    ready.write_ready_file(Path(os.ttyname(follower)), LINE)

    assert os.read(leader, 1000).decode().splitlines() == LINE.splitlines()
    assert os.ttyname(follower)
    os.close(leader)
    os.close(follower)


def test_a_reader_that_leaves_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def refuse(path: Path, flags: int) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(os, "open", refuse)

    ready.write_ready_file(fifo, LINE)
    for thread in threading.enumerate():
        if thread.name.endswith("(_write_stream)"):
            thread.join(5)

    assert caplog.record_tuples == [
        (
            "seedance_mock.server",
            logging.WARNING,
            f"The ready line cannot be written to {fifo}: Broken pipe",
        )
    ]


def test_a_ready_file_that_cannot_be_made_is_named() -> None:
    # Not even root can create a file there.
    path = Path("/proc/ready")

    with pytest.raises(OSError, match="/proc/ready") as raised:
        ready.write_ready_file(path, LINE)

    assert raised.value.filename == str(path)


def test_a_failed_draft_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(draft: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(OSError, match="busy"):
        ready.write_ready_file(tmp_path / "ready", LINE)

    assert list(tmp_path.iterdir()) == []


class FullDisk(io.StringIO):
    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    full = FullDisk()
    monkeypatch.setattr(sys, "stdout", full)

    with pytest.raises(OSError, match="standard output") as raised:
        ready.announce(LINE, LINE, None)

    assert raised.value.errno == errno.ENOSPC


def test_the_text_names_what_a_person_needs() -> None:
    text = ready.ready_text("http://127.0.0.1:8000", "sk-test", control=True)

    assert "Ctrl-C" in text
    assert "curl http://127.0.0.1:8000/v1/models -H 'Authorization: Bearer sk-test'" in text
    assert "http://127.0.0.1:8000/_mock/" in text
    assert text.isascii()


def test_the_text_names_no_chosen_key_and_no_closed_api() -> None:
    text = ready.ready_text("http://127.0.0.1:8000", None, control=False)

    assert "sk-" not in text
    assert "_mock" not in text


def test_a_closed_stream_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    assert not ready.is_terminal("stdout")
