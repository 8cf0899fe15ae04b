"""What runs change in the process while they overlap."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_contract.server.process_setup import CONCURRENT_CHECKS, OverlappingContext


def test_first_run_enters_and_last_leaves() -> None:
    steps: list[str] = []

    @contextmanager
    def recorded() -> Iterator[None]:
        steps.append("enter")
        yield
        steps.append("leave")

    context = OverlappingContext(recorded)
    first, second = context.shared(), context.shared()

    first.__enter__()
    second.__enter__()
    assert steps == ["enter"]
    first.__exit__(None, None, None)
    assert steps == ["enter"]
    second.__exit__(None, None, None)
    assert steps == ["enter", "leave"]

    with context.shared():
        assert steps == ["enter", "leave", "enter"]
    assert steps == ["enter", "leave"] * 2


def test_other_threads_may_use_random_during_generation() -> None:
    def use_random(number: int) -> int:
        thread = Thread(target=random.random)
        thread.start()
        thread.join()
        return number

    numbers = []

    @settings(max_examples=5, database=None)
    @given(st.integers().map(use_random))
    def collect(number: int) -> None:
        numbers.append(number)

    with CONCURRENT_CHECKS.shared():
        collect()

    assert numbers
