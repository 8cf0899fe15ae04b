"""The Redis servers of tests and benchmarks start although others choose ports too."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

import redis_process
from redis_process import PORTS, PROGRAM, START_ATTEMPTS, PortInUseError, RedisProcess, free_port

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="redis-server is not installed")


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        yield port


def test_a_port_that_was_taken_is_chosen_again(
    busy_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = free_port()
    ports = iter([busy_port, free])
    monkeypatch.setattr(redis_process, "free_port", lambda: next(ports))

    server = RedisProcess(tmp_path)
    server.stop()

    assert server.url == f"redis://127.0.0.1:{free}"


def test_the_choice_of_ports_is_bounded(
    busy_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices = count()
    monkeypatch.setattr(redis_process, "free_port", lambda: (busy_port, next(choices))[0])

    with pytest.raises(PortInUseError, match="Address already in use"):
        RedisProcess(tmp_path)

    assert next(choices) == START_ATTEMPTS


def test_a_wrong_option_is_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no-such-option") as raised:
        RedisProcess(tmp_path, "--no-such-option", "yes")

    assert not isinstance(raised.value, PortInUseError)


def test_ports_of_outgoing_connections_are_not_chosen() -> None:
    assert {free_port() in PORTS for _ in range(10)} == {True}
