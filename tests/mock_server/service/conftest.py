"""The tests of the service run on every store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.stores import Store
from seedance_mock.web.app import MockApp, create_app


@pytest.fixture
def app(settings: Settings, clock: ManualClock, make_store: Callable[[int], Store]) -> MockApp:
    """Give the application of a new server, once for each kind of store."""
    return create_app(settings, clock=clock, store=make_store(settings.max_tasks))


@pytest.fixture
def journal(client: TestClient) -> Callable[..., list[dict[str, Any]]]:
    """Give a function that reads the journal."""

    def read(**query: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = client.get("/_mock/journal", params=query).json()["entries"]
        return entries

    return read
