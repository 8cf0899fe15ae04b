"""Which servers are local, so that requests to them cost nothing, and how long a run may take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hostile_server import hostile_server
from seedance_contract.server.http.transport import Transport
from seedance_mock.commands.check_server.setup import (
    healthy_seconds,
    is_local,
    latency,
    make_context,
    release_accounts,
    suitable_concurrency,
)
from seedance_mock.testing import LiveServer

OPTIONS: dict[str, Any] = {
    "key": None,
    "other_key": None,
    "quick": True,
    "seed": 0,
    "spend": None,
    "task_timeout": 1.0,
    "control_token": None,
    "concurrency": None,
    "time_limit": None,
}


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:8000", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:8000/base", True),
        ("https://api.tokenlab.sh", False),
        ("http://192.168.0.1", False),
        ("http://localhost.example.com", False),
        ("nonsense", False),
    ],
)
def test_only_this_machine_is_local(url: str, local: bool) -> None:
    assert is_local(url) == local


def test_a_slow_link_and_slow_tasks_take_longer() -> None:
    fast = healthy_seconds(0.0, concurrency=10, quick=False, task_timeout=0)
    slow = healthy_seconds(0.04, concurrency=10, quick=False, task_timeout=60)

    assert fast == 120
    assert slow == pytest.approx(120 + 66.4 + 60)
    assert healthy_seconds(0.0, concurrency=10, quick=True, task_timeout=0) < fast


def test_latency_is_measured(seedance_server: LiveServer) -> None:
    assert 0 < latency(seedance_server.url, Transport()) < 1


def test_latency_of_a_missing_server_is_measured_too() -> None:
    assert latency("http://127.0.0.1:1", Transport()) < 1


def test_clocks_of_given_keys_go_on_after_an_interruption(seedance_server: LiveServer) -> None:
    context = make_context(seedance_server.url, **{**OPTIONS, "key": "sk-given"})
    assert context.control is not None
    context.control.open_account("sk-given")
    context.target.stop()

    release_accounts(context, None)

    assert seedance_server.control.open("sk-given").mode == "real"


@pytest.mark.parametrize(("seconds", "expected"), [(0.001, 3), (0.02, 9), (0.04, 16), (1.0, 16)])
def test_more_checks_run_at_a_time_if_responses_take_longer(seconds: float, expected: int) -> None:
    assert suitable_concurrency(seconds) == expected


def cut_body(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
    raise OSError


def test_a_server_whose_responses_are_cut_is_checked() -> None:
    with hostile_server(cut_body) as url:
        context = make_context(url, **OPTIONS)

    assert context.target.url == url
    assert context.control is None
    [exchange] = context.target.log.exchanges
    assert exchange.response is None
