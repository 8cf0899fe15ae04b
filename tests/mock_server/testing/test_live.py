"""A server on a real port for the length of a block."""

from __future__ import annotations

import socket
import threading

import pytest
import requests

from seedance_mock.settings import Settings
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.live import live_server


def test_a_server_answers_until_the_block_ends() -> None:
    before = {*threading.enumerate()}

    with live_server() as server:
        headers = {"Authorization": f"Bearer {server.key('clock-frozen')}"}
        answer = requests.get(f"{server.url}/v1/models", headers=headers, timeout=10)
        [entry] = server.control.journal()

    assert (answer.status_code, entry.place) == (200, "models")
    assert entry.connection > 0
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=10)
    assert {*threading.enumerate()} <= before


def test_two_servers_are_two_worlds() -> None:
    with live_server() as one, live_server(Settings(lifecycle="manual")) as other:
        one.control.open("sk-a")

        assert one.url != other.url
        assert other.control.call("GET", "/accounts") == {"accounts": []}


def test_a_mock_in_process_can_have_a_port_too() -> None:
    with InProcess() as mock, live_server(mock=mock) as server:
        requests.get(f"{server.url}/v1/models", timeout=10)

        assert [entry.status for entry in mock.control.journal()] == [200]


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), live_server(port=port):
            pytest.fail("the port was free")
