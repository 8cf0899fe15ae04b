"""An arena and its case servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from seedance_contract.case import Case, Group, Level
from seedance_contract.client.client_case import ClientCase
from seedance_contract.declared.sources import page
from seedance_mock.arena.mock import MockArena, MockCaseServer

OpenCaseServer = Callable[..., MockCaseServer]


def case_with_script(script: str = "") -> ClientCase:
    """Return a case without checks."""
    case = Case(
        id="POLL-90", group="POLL", level=Level.MUST, requirement="It works.", source=page("here")
    )
    group = Group(name="polling", prefix="POLL", title="Polling")
    return ClientCase(case=case, group=group, script=script, checks=())


@pytest.fixture(scope="module")
def arena() -> Iterator[MockArena]:
    """Give an arena."""
    with MockArena() as arena:
        yield arena


@pytest.fixture
def open_case_server(arena: MockArena) -> Iterator[OpenCaseServer]:
    """Give a function that opens a case server for a script."""
    with ExitStack() as case_servers:

        def open_one(script: str = "", rate: float = 1.0) -> MockCaseServer:
            case_server = arena.open(case_with_script(script), "7f3a", rate)
            return case_servers.enter_context(closing(case_server))

        yield open_one
