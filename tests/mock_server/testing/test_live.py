"""A server on a real port while a block runs."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest
import requests

from seedance_mock.server.run import Server
from seedance_mock.testing import InProcess, Settings, live_server


def test_a_server_runs_until_the_block_ends() -> None:
    before = {*threading.enumerate()}

    with live_server() as server:
        headers = {"Authorization": f"Bearer {server.key('clock-frozen')}"}
        response = requests.get(f"{server.url}/v1/models", headers=headers, timeout=10)
        [entry] = server.control.journal()

    assert (response.status_code, entry.place) == (200, "models")
    assert entry.connection > 0
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=10)
    assert {*threading.enumerate()} <= before


def test_two_servers_share_nothing() -> None:
    with live_server() as first, live_server(Settings(lifecycle="manual")) as second:
        first.control.open("sk-a")

        assert first.url != second.url
        assert second.control.call("GET", "/accounts") == {"accounts": []}


def test_a_mock_in_process_can_also_have_a_port() -> None:
    with InProcess() as mock, live_server(mock=mock) as server:
        requests.get(f"{server.url}/v1/models", timeout=10)

        assert [entry.status for entry in mock.control.journal()] == [200]


def test_settings_for_a_mock_that_has_its_own_are_refused() -> None:
    with (
        InProcess() as mock,
        pytest.raises(ValueError, match="either settings or mock"),
        live_server(Settings(lifecycle="manual"), mock=mock),
    ):
        pytest.fail("the settings were ignored")


def test_a_port_in_use_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(OSError, match="in use"), live_server(port=port):
            pytest.fail("the port was free")


def test_a_server_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(server: Server, sockets: object) -> None:
        raise OSError("no file descriptor is left")

    monkeypatch.setattr(Server, "startup", fail)

    with pytest.raises(OSError, match="is left"), live_server():
        pytest.fail("the server has started")


def test_a_mock_may_be_closed_before_its_server() -> None:
    with InProcess() as mock, live_server(mock=mock) as server:
        mock.close()

        with pytest.raises(OSError, match="refused"):
            server.control.journal()


def test_a_program_may_exit_with_a_server() -> None:
    program = (
        "from seedance_mock.testing import live_server; server = live_server(); server.__enter__()"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (ended.returncode, ended.stderr) == (0, "")
