"""Clients that fetch their cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import httpx2
import pytest

from seedance_contract.client.arena import Assignment, Run
from seedance_contract.client.jobs import job
from seedance_mock.arena import pull_driver
from seedance_mock.arena.mock import MockArena, MockStage
from seedance_mock.arena.pull_driver import Pulled
from seedance_mock.server.run import listen, url_for

from .conftest import scene

OpenStage = Callable[..., MockStage]


class Case:
    """A case on offer, driven by a thread of its own."""

    def __init__(self, driver: Pulled, stage: MockStage, patience: float = 60.0) -> None:
        self.stop, self.runs = Event(), list[Run]()
        assignment = Assignment(
            scene=scene(),
            base_url=stage.base_url,
            secret=stage.secret,
            job=job(scene(), "7f3a"),
            patience=patience,
        )
        self._thread = Thread(
            target=lambda: self.runs.append(driver.drive(assignment, stage, self.stop))
        )
        self._thread.start()

    def ended(self) -> Run:
        """Return what became of it."""
        self._thread.join(60)
        [run] = self.runs
        return run


@pytest.fixture
def kit(arena: MockArena) -> Iterator[Callable[..., tuple[Pulled, httpx2.Client]]]:
    """Give a function that serves a driver and returns a client of it."""
    from contextlib import ExitStack

    with ExitStack() as served:

        def make(quiet: float = 60.0) -> tuple[Pulled, httpx2.Client]:
            driver, listener = Pulled(quiet), listen("127.0.0.1", 0)
            served.enter_context(arena.serving(driver.app(), listener))
            client = httpx2.Client(base_url=url_for(listener), timeout=60)
            return driver, served.enter_context(client)

        yield make


def taken(client: httpx2.Client) -> Any:
    """Return the next case."""
    return client.get("/_kit/next", params={"agent": "phone"}).raise_for_status().json()


@pytest.mark.parametrize(
    ("outcome", "status"), [("completed", 0), ("failed", 1), ("unsupported", 127)]
)
def test_a_case_ends_with_its_outcome(
    outcome: str, status: int, kit: Any, open_stage: OpenStage
) -> None:
    driver, client = kit()
    stage = open_stage()
    case = Case(driver, stage)

    told = taken(client)
    posted = client.post("/_kit/outcome", json={"kit": 1, "outcome": outcome})

    assert (told["case"], told["base_url"]) == ("POLL-90", stage.base_url)
    assert told["api_key"] == stage.secret.key
    assert told["job"]["action"] == "generate"
    assert posted.status_code == 204
    run = case.ended()
    assert (run.exit, run.killed, run.outcome) == (status, False, {"kit": 1, "outcome": outcome})


def test_asking_for_the_next_case_ends_one(kit: Any, open_stage: OpenStage) -> None:
    driver, client = kit()
    case = Case(driver, open_stage())
    taken(client)

    driver.finish()
    assert client.get("/_kit/next").status_code == 204

    assert case.ended() == Run()


def test_a_silent_client_has_ended(kit: Any, open_stage: OpenStage) -> None:
    driver, client = kit(quiet=0.1)
    stage = open_stage()
    case = Case(driver, stage)
    told = taken(client)
    for _ in range(2):
        httpx2.get(f"{told['base_url']}/v1/models")

    assert case.ended() == Run()


def test_a_client_without_end_is_left(kit: Any, open_stage: OpenStage) -> None:
    driver, client = kit(quiet=0.2)
    stage = open_stage()
    case = Case(driver, stage, patience=0.2)
    told = taken(client)
    while not case.runs:
        httpx2.get(f"{told['base_url']}/v1/models")

    assert case.ended().killed


def test_a_run_is_stopped_before_anybody_came(kit: Any, open_stage: OpenStage) -> None:
    driver, _ = kit()
    case = Case(driver, open_stage())

    case.stop.set()

    assert case.ended() == Run()


def test_a_person_reads_what_to_enter(kit: Any, open_stage: OpenStage) -> None:
    driver, client = kit()
    assert client.get("/").text.startswith("There is no case")
    stage = open_stage()
    case = Case(driver, stage)
    page = client.get("/").text
    while "POLL-90" not in page:
        page = client.get("/").text

    assert f"API key   {stage.secret.key}\n" in page
    assert client.get("/").text == page
    client.post("/_kit/outcome", json={"outcome": "completed"})
    assert case.ended().exit == 0


def test_an_outcome_of_no_case_is_refused(kit: Any) -> None:
    _, client = kit()

    assert client.post("/_kit/outcome", json={"kit": 1}).status_code == 409
    assert client.post("/_kit/outcome", content=b"{").status_code == 400
    assert client.post("/_kit/outcome", json=[]).status_code == 400


def test_a_client_waits_for_a_case_no_longer_than_so(
    kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_driver, "LONGEST", 0.1)
    _, client = kit()

    assert client.get("/_kit/next").status_code == 204
