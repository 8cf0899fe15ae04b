"""A server for the code blocks of the documentation. Its tasks take no time."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from seedance_mock.settings import Settings
from seedance_mock.testing import LiveServer, live_server

ACCESS_LOGGER = logging.getLogger("seedance_mock.access")


@pytest.fixture
def server() -> Iterator[LiveServer]:
    """A new server, on which the next account is `key-1`."""
    with live_server(Settings(lifecycle="instant", log_format="json")) as server:
        yield server


class Requests(logging.Handler):
    """Collects the lines of the access log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(record.getMessage()))

    def with_status(self, *statuses: int) -> list[str]:
        """Return the requests that got one of these statuses."""
        return [
            f"{line['status']} {line['method']} {line['path']}"
            for line in self.lines
            if line["status"] in statuses
        ]


@pytest.fixture
def requests() -> Iterator[Requests]:
    """The requests that the server has received."""
    handler, level = Requests(), ACCESS_LOGGER.level
    ACCESS_LOGGER.addHandler(handler)
    ACCESS_LOGGER.setLevel(logging.INFO)
    yield handler
    ACCESS_LOGGER.removeHandler(handler)
    ACCESS_LOGGER.setLevel(level)
