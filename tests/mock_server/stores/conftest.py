"""A store of each kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seedance_mock.stores import Store


@pytest.fixture
def store(make_store: Callable[[int], Store]) -> Store:
    """Give an empty store with room for three tasks."""
    return make_store(3)
