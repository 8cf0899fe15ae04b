"""Clients that fetch their cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event, Thread
from typing import Any

import httpx2
import pytest

from seedance_contract.client.arena import Assignment, DriverResult
from seedance_contract.client.jobs import kit_job
from seedance_mock.arena import pull_driver
from seedance_mock.arena.mock import MockArena, MockCaseServer
from seedance_mock.arena.pull_driver import PullDriver
from seedance_mock.server.run import listen, url_for

from .conftest import case_with_script

OpenCaseServer = Callable[..., MockCaseServer]
ServeDriver = Callable[..., tuple[PullDriver, httpx2.Client]]


class OfferedCase:
    """A case that a driver offers in a thread."""

    def __init__(
        self, driver: PullDriver, case_server: MockCaseServer, timeout: float = 60.0
    ) -> None:
        self.stop, self.results = Event(), list[DriverResult]()
        assignment = Assignment(
            client_case=case_with_script(),
            base_url=case_server.base_url,
            secret=case_server.secret,
            job=kit_job(case_with_script(), "7f3a"),
            timeout=timeout,
        )
        self._thread = Thread(
            target=lambda: self.results.append(driver.drive(assignment, case_server, self.stop))
        )
        self._thread.start()

    def result(self) -> DriverResult:
        """Wait until the case has ended and return its result."""
        self._thread.join(60)
        [result] = self.results
        return result


@pytest.fixture
def serve_driver(arena: MockArena) -> Iterator[ServeDriver]:
    """Give a function that serves a driver and returns a client of it."""
    with ExitStack() as served:

        def serve(idle_seconds: float = 60.0) -> tuple[PullDriver, httpx2.Client]:
            driver, listener = PullDriver(idle_seconds), listen("127.0.0.1", 0)
            served.enter_context(arena.serve_unrecorded_app(driver.app(), listener))
            client = httpx2.Client(base_url=url_for(listener), timeout=60)
            return driver, served.enter_context(client)

        yield serve


def take_case(client: httpx2.Client) -> Any:
    """Take the next case and return it."""
    return client.get("/_kit/next", params={"agent": "phone"}).raise_for_status().json()


@pytest.mark.parametrize(
    ("outcome", "status"), [("completed", 0), ("failed", 1), ("unsupported", 127)]
)
def test_outcome_ends_a_case(
    outcome: str, status: int, serve_driver: ServeDriver, open_case_server: OpenCaseServer
) -> None:
    driver, client = serve_driver()
    case_server = open_case_server()
    offered = OfferedCase(driver, case_server)

    case = take_case(client)
    response = client.post("/_kit/outcome", json={"kit": 1, "outcome": outcome})

    assert (case["case"], case["base_url"]) == ("POLL-90", case_server.base_url)
    assert case["api_key"] == case_server.secret.key
    assert case["job"]["action"] == "generate"
    assert response.status_code == 204
    result = offered.result()
    assert (result.exit, result.killed) == (status, False)
    assert result.outcome == {"kit": 1, "outcome": outcome}


def test_request_for_the_next_case_ends_a_case(
    serve_driver: ServeDriver, open_case_server: OpenCaseServer
) -> None:
    driver, client = serve_driver()
    offered = OfferedCase(driver, open_case_server())
    take_case(client)

    driver.finish()
    assert client.get("/_kit/next").status_code == 204

    assert offered.result() == DriverResult()


def test_idle_client_has_ended(serve_driver: ServeDriver, open_case_server: OpenCaseServer) -> None:
    driver, client = serve_driver(idle_seconds=0.1)
    offered = OfferedCase(driver, open_case_server())
    case = take_case(client)
    for _ in range(2):
        httpx2.get(f"{case['base_url']}/v1/models")

    assert offered.result() == DriverResult()


def test_client_that_never_ends_times_out(
    serve_driver: ServeDriver, open_case_server: OpenCaseServer
) -> None:
    # Long enough for the pauses of a client on a busy machine.
    driver, client = serve_driver(idle_seconds=1.5)
    offered = OfferedCase(driver, open_case_server(), timeout=0.1)
    case = take_case(client)
    with httpx2.Client() as busy_client:
        while not offered.results:
            busy_client.get(f"{case['base_url']}/v1/models")

    assert offered.result().killed


def test_run_can_be_stopped_before_a_client_comes(
    serve_driver: ServeDriver, open_case_server: OpenCaseServer
) -> None:
    driver, _ = serve_driver()
    offered = OfferedCase(driver, open_case_server())

    offered.stop.set()

    assert offered.result() == DriverResult()


def test_page_shows_what_to_enter(
    serve_driver: ServeDriver, open_case_server: OpenCaseServer
) -> None:
    driver, client = serve_driver()
    assert client.get("/").text.startswith("There is no case")
    case_server = open_case_server()
    offered = OfferedCase(driver, case_server)
    page = client.get("/").text
    while "POLL-90" not in page:
        page = client.get("/").text

    assert f"api_key          {case_server.secret.key}\n" in page
    assert "action           generate\n" in page
    assert "state_dir" not in page
    assert client.get("/").text == page
    client.post("/_kit/outcome", json={"outcome": "completed"})
    assert offered.result().exit == 0


def test_outcome_without_a_case_is_rejected(serve_driver: ServeDriver) -> None:
    _, client = serve_driver()

    refusal = client.post("/_kit/outcome", json={"kit": 1})
    assert (refusal.status_code, refusal.text.partition(":")[0]) == (409, "No case is running")
    assert client.post("/_kit/outcome", content=b"{").status_code == 400
    assert client.post("/_kit/outcome", json=[]).status_code == 400


def test_wait_for_the_next_case_is_limited(
    serve_driver: ServeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_driver, "MAX_POLL_SECONDS", 0.1)
    _, client = serve_driver()

    assert client.get("/_kit/next").status_code == 204
