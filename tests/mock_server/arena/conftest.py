"""An arena, and stages of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from seedance_contract.case import Case, Level
from seedance_contract.client.scene import Scene
from seedance_contract.declared.sources import page
from seedance_mock.arena.mock import MockArena, MockStage

OpenStage = Callable[..., MockStage]


def scene(script: str = "", **members: Any) -> Scene:
    """Return a scene with a script and no checks."""
    case = Case(
        id="POLL-90", group="POLL", level=Level.MUST, requirement="It works.", source=page("here")
    )
    return Scene(case=case, script=script, checks=(), **members)


@pytest.fixture(scope="module")
def arena() -> Iterator[MockArena]:
    """Give an arena."""
    with MockArena() as arena:
        yield arena


@pytest.fixture
def open_stage(arena: MockArena) -> Iterator[OpenStage]:
    """Give a function that opens a stage for a script."""
    with ExitStack() as stages:

        def fresh(script: str = "", rate: float = 1.0) -> MockStage:
            return stages.enter_context(closing(arena.open(scene(script), "7f3a", rate)))

        yield fresh
