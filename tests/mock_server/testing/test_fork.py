"""The mock in a process that forks: each child has a loop and a copy of the records of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

# The child leaves as every program does, so that its finalizers run too.
PROGRAM = """
import os, sys, warnings
import httpx
from seedance_mock.testing import InProcess, MockRouter, MockTransport, live_server

# Python 3.12 warns of every fork beside a thread.
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
URL = "https://api.tokenlab.sh/v1/models"

def fork(child):
    pid = os.fork()
    if pid == 0:
        child()
        sys.exit()
    assert os.waitpid(pid, 0)[1] == 0

{body}
"""

TRANSPORT = """
unused = InProcess()
with InProcess() as mock, httpx.Client(transport=MockTransport(mock)) as client:
    def child():
        assert client.get(URL).is_success
        assert len(mock.control.journal()) == 2
        assert unused.control.journal() == []

    assert client.get(URL).is_success
    fork(child)
    assert len(mock.control.journal()) == 1
"""

# The child ends with SystemExit inside the blocks, so it closes the mock and the server.
LIVE = """
with live_server() as server:
    def child():
        assert httpx.get(server.url + "/v1/models").is_success

    fork(child)
    assert len(server.control.journal()) == 1
"""

LOCKED = """
with InProcess() as mock, httpx.Client(transport=MockTransport(mock)) as client:
    def child():
        assert client.get(URL).is_success

    client.get(URL)
    with mock.loop._lock:
        fork(child)
"""

MULTIPROCESSING = """
import multiprocessing

with MockRouter():
    httpx.get(URL)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert [response.status_code for response in pool.map(httpx.get, [URL] * 4)] == [200] * 4
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(TRANSPORT, id="transport"),
        pytest.param(LIVE, id="live server"),
        pytest.param(LOCKED, id="locked"),
        pytest.param(MULTIPROCESSING, id="multiprocessing"),
    ],
)
def test_a_forked_child_can_use_the_mock(body: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM.format(body=body)],
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
