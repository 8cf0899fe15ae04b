"""A clock that makes time pass faster for a reference client."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

ClientT = TypeVar("ClientT")


def scaled(client_class: Callable[..., ClientT], rate: float) -> Callable[..., ClientT]:
    """Return a constructor of clients for which `rate` seconds pass in each real second."""

    def sleep(seconds: float) -> None:
        time.sleep(seconds / rate)

    def clock() -> float:
        return time.monotonic() * rate

    return partial(client_class, sleep=sleep, clock=clock)
