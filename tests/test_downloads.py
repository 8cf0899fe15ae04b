"""Many downloads at once: a small version of `benchmarks/downloads.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice

import pytest

from downloads import allowed_memory, first_bytes, memory_of_slow_readers
from servers import Server, mock_command, running_server

pytestmark = [
    pytest.mark.slow("media"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server whose tasks complete at once."""
    with running_server(mock_command("instant")) as server:
        yield server


def test_slow_readers_take_little_memory(server: Server) -> None:
    assert memory_of_slow_readers(server, 500) < allowed_memory(500)


def test_every_download_is_a_line_of_the_table(server: Server) -> None:
    _, *lines = islice(first_bytes(server), 4)

    assert [line.split()[:4] for line in lines] == [
        ["480p", "16:9", "4", "19"],
        ["480p", "16:9", "5", "22"],
        ["480p", "16:9", "15", "63"],
    ]
