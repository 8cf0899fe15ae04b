"""The two suites on a real terminal: the bar, and Ctrl-C in the middle of a run."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import sys
import sysconfig
import termios
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from readable import is_readable
from seedance_mock.testing import LiveServer

PROGRAM = str(Path(sysconfig.get_path("scripts"), "seedance-mock"))

CTRL_C = b"\x03"
SHOW_CURSOR = "\x1b[?25h"
CREATE_THEN_HANG = """
import json, os, time, urllib.request
url = os.environ["TOKENLAB_BASE_URL"] + "/v1/videos/generations"
headers = {"Authorization": "Bearer " + os.environ["TOKENLAB_API_KEY"]}
request = json.dumps(json.loads(os.environ["KIT_JOB"])["request"]).encode()
try:
    urllib.request.urlopen(urllib.request.Request(url, request, headers))
finally:
    if os.environ["KIT_CASE"] != "DUP-01":
        time.sleep(600)
"""


@dataclass
class Terminal:
    """A program that runs on a terminal of its own."""

    pid: int
    master: int
    text: str = ""

    def read_until(self, text: str) -> None:
        """Read what the program prints until a text has appeared."""
        deadline = time.monotonic() + 60
        while text not in self.text:
            assert time.monotonic() < deadline, self.text
            assert self._read(), self.text

    def _read(self) -> bool:
        if is_readable(self.master, 0.5):
            try:
                data = os.read(self.master, 65_536)
            except OSError:
                # Linux says so when no process has the terminal open any more.
                return False
            self.text += data.decode(errors="replace")
        return True

    def wait(self) -> int:
        """Return the exit code of the program."""
        while self._read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def start(*arguments: str) -> Terminal:
    """Start the program on a terminal of 30 lines with 100 columns."""
    pid, master = pty.fork()
    if pid == 0:
        os.execve(PROGRAM, [PROGRAM, *arguments], {**os.environ, "TERM": "xterm"})
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    return Terminal(pid, master)


@pytest.mark.slow("reference-clients")
def test_ctrl_c_leaves_a_partial_report_of_a_client(tmp_path: Path) -> None:
    report_path = tmp_path / "r.json"
    options = ("--case", "DUP-0[1-3]", "--json", str(report_path))

    terminal = start("check-client", *options, "--", sys.executable, "-c", CREATE_THEN_HANG)
    terminal.read_until("1/3")
    terminal.read_until("DUP-02")
    os.write(terminal.master, CTRL_C)
    exit_code = terminal.wait()

    report = json.loads(report_path.read_text())
    assert exit_code == 130
    assert (report["interrupted"], [row["id"] for row in report["results"]]) == (True, ["DUP-01"])
    assert "Interrupted; every client has ended." in terminal.text
    assert SHOW_CURSOR in terminal.text


@pytest.mark.slow("check-server")
def test_ctrl_c_leaves_a_partial_report_of_a_server(
    tmp_path: Path, seedance_server: LiveServer
) -> None:
    report_path = tmp_path / "r.json"

    terminal = start("check-server", seedance_server.url, "--json", str(report_path))
    terminal.read_until(" left")
    os.write(terminal.master, CTRL_C)
    exit_code = terminal.wait()

    report = json.loads(report_path.read_text())
    assert exit_code == 130
    assert report["interrupted"]
    assert 0 < len(report["results"]) < 500
    assert "interrupted: not every selected case was run" in terminal.text
    assert SHOW_CURSOR in terminal.text
