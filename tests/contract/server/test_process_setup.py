"""What runs change in the process while they overlap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from seedance_contract.server.process_setup import OverlappingContext


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
