"""A store of each kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seedance_mock.stores import Store


@pytest.fixture
def store(make_store: Callable[[int], Store]) -> Store:
    """Give an empty store with room for more tasks than a test stores."""
    return make_store(100)


@pytest.fixture
def small_store(make_evicting_store: Callable[[int], Store]) -> Store:
    """Give an empty store with room for three tasks. Its callers evict what is too much."""
    return make_evicting_store(3)
