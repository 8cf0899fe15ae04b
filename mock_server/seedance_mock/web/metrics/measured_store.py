"""A store whose calls are measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any, cast

from seedance_mock.domain.clock import monotonic
from seedance_mock.stores import Store

ObserveCall = Callable[[str, float], None]
"""Called with the name of a method and its duration in seconds."""


class _MeasuredStore:
    def __init__(self, store: Store, observe: ObserveCall) -> None:
        self._store = store
        self._observe = observe

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        if iscoroutinefunction(attribute):
            attribute = _measured(name, attribute, self._observe)
            # Found at once from now on: `__getattr__` is called for missing attributes only.
            setattr(self, name, attribute)
        return attribute


def _measured(
    name: str, method: Callable[..., Awaitable[Any]], observe: ObserveCall
) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: Any, **options: Any) -> Any:
        started = monotonic()
        try:
            return await method(*arguments, **options)
        finally:
            observe(name, monotonic() - started)

    return call


def measured_store(store: Store, observe: ObserveCall) -> Store:
    """Return a store that calls `observe` after each call of a method, also of one that raises."""
    return cast(Store, _MeasuredStore(store, observe))
