"""The mock in tests that freeze the time with freezegun or pytest-freezer."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import uvicorn
from freezegun import freeze_time
from starlette.types import ASGIApp

from seedance_mock.domain.clock import monotonic, wall_time
from seedance_mock.server.run import uvicorn_config
from seedance_mock.testing import live, live_server

pytestmark = pytest.mark.usefixtures("unmeasured")

Run = Callable[..., pytest.RunResult]

# `any-drip` sends a body in small parts with a pause after each, so the mock sets timers.
DELAYED = """
    import asyncio, datetime, time
    import httpx, pytest
    from freezegun import freeze_time
    from urllib.request import Request, urlopen

    def bearer(key):
        return {"Authorization": f"Bearer {key}"}

    URL = "https://api.tokenlab.sh/v1/models"
    CREATE = "https://api.tokenlab.sh/v1/videos/generations"
    BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

    @pytest.fixture(autouse=True)
    def short_pauses(monkeypatch):
        from seedance_mock.web.faults import altered_responses

        monkeypatch.setattr(altered_responses, "DRIP_SECONDS", 0.00001)
        monkeypatch.setattr(altered_responses, "MAX_DRIPS", 3)

    every_mode = pytest.mark.parametrize(
        "options",
        [
            {},
            {"tick": True},
            {"auto_tick_seconds": 15},
            {"real_asyncio": True},
            {"ignore": ["asyncio"]},
            {"tz_offset": 5},
        ],
        ids=str,
    )

    @every_mode
    @pytest.mark.seedance("models-drip")
    def test_in_process(options, seedance_router, seedance_key):
        with freeze_time("2024-02-29", **options):
            assert httpx.get(URL, headers=bearer(seedance_key)).is_success

    @every_mode
    @pytest.mark.seedance("models-drip")
    def test_live(options, seedance_url, seedance_key):
        with freeze_time("2024-02-29", **options):
            request = Request(seedance_url + "/v1/models", headers=bearer(seedance_key))
            with urlopen(request) as response:
                assert response.read()

    def test_a_new_mock():
        from seedance_mock.testing import MockRouter, live_server

        with freeze_time("2024-02-29"):
            with live_server() as server, httpx.Client(base_url=server.url) as client:
                key = server.key("models-drip")
                assert client.get("/v1/models", headers=bearer(key)).is_success
            with MockRouter() as router:
                key = router.mock.key("models-drip")
                assert httpx.get(URL, headers=bearer(key)).is_success

    @pytest.mark.seedance("clock-real", "models-drip")
    def test_freezer(freezer, seedance_router, seedance_key):
        freezer.move_to("2031-01-01")
        response = httpx.get(URL, headers=bearer(seedance_key))
        assert response.headers["Date"] == "Wed, 01 Jan 2031 00:00:00 GMT"

    @pytest.mark.seedance("clock-real", "queue-90s", "run-60s")
    @pytest.mark.parametrize("ignore", [[], ["asyncio"], ["threading"]], ids=str)
    def test_real_clocks_follow_the_frozen_time(ignore, seedance_url, seedance_key):
        def status():
            url = seedance_url + task["poll_url"]
            return httpx.get(url, headers=bearer(seedance_key)).json()["status"]

        with freeze_time("2024-02-29", ignore=ignore) as frozen:
            task = httpx.post(
                CREATE.replace("https://api.tokenlab.sh", seedance_url),
                json=BODY,
                headers=bearer(seedance_key),
            ).json()
            assert task["created"] == time.time() == 1709164800
            statuses = [status()]
            for seconds in (89, 1, 59, 1):
                frozen.tick(seconds)
                statuses.append(status())
        assert statuses == ["pending", "pending", "processing", "processing", "completed"]

    def test_an_ignored_mock_has_the_real_time(seedance_control, seedance_key):
        with freeze_time("2024-02-29", ignore=["seedance_mock"]):
            account = seedance_control.open("sk-mock-clock-real--ignored")
        assert abs(account.now - time.time()) < 60

    def test_a_manual_clock_is_unaffected(seedance_router, seedance_key, seedance_clock):
        with freeze_time("2024-02-29"):
            task = httpx.post(CREATE, json=BODY, headers=bearer(seedance_key)).json()
            seedance_clock.advance(600)
            url = "https://api.tokenlab.sh" + task["poll_url"]
            poll = httpx.get(url, headers=bearer(seedance_key))
            assert poll.json()["status"] == "completed"

    def test_the_journal_has_real_intervals(seedance_router, seedance_key, seedance_journal):
        with freeze_time("2024-02-29", auto_tick_seconds=15):
            for _ in range(2):
                httpx.get(URL, headers=bearer(seedance_key))
        first, second = seedance_journal.entries()
        assert 0 < first.answered - first.received < 10
        assert 0 < second.received - first.answered < 10
"""


def test_delays_end_in_frozen_time(run: Run) -> None:
    run(DELAYED, "-p", "pytest_freezer").assert_outcomes(passed=20)


def test_the_mock_can_be_imported_in_frozen_time(run: Run) -> None:
    run(
        """
        import sys, time, httpx

        def test_it(freezer, monkeypatch):
            assert "seedance_mock.domain.clock" not in sys.modules
            from seedance_mock.testing import MockRouter
            from seedance_mock.web.faults import altered_responses

            monkeypatch.setattr(altered_responses, "DRIP_SECONDS", 0.00001)
            freezer.move_to("2031-01-01")
            with MockRouter() as router:
                headers = {"Authorization": f"Bearer {router.mock.key('models-drip')}"}
                response = httpx.get("https://api.tokenlab.sh/v1/models", headers=headers)
            assert response.headers["Date"] == "Wed, 01 Jan 2031 00:00:00 GMT"
        """,
        *("-p", "pytest_freezer"),
    ).assert_outcomes(passed=1)


def test_the_monotonic_clock_goes_on() -> None:
    before = time.monotonic()
    with freeze_time("2024-02-29"):
        frozen = monotonic()

    assert before <= frozen <= time.monotonic()


@pytest.mark.parametrize("ignored", [["tests"], [__name__], ["threading"]])
def test_the_wall_clock_depends_on_no_caller(ignored: list[str]) -> None:
    with freeze_time("2024-02-29", ignore=ignored):
        assert wall_time() == 1_709_164_800


def short_keep_alive(app: ASGIApp) -> uvicorn.Config:
    config = uvicorn_config(app)
    config.timeout_keep_alive = 0.01  # type: ignore[assignment] # uvicorn takes whole seconds
    return config


@pytest.mark.parametrize("path", ["/v1/models", "/healthz"], ids=["fast path", "fallback"])
def test_an_idle_connection_is_closed(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "uvicorn_config", short_keep_alive)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with freeze_time("2024-02-29"), live_server() as server:
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as client:
            client.sendall(request.encode())
            response = bytearray()
            while data := client.recv(65_536):
                response += data

    assert response.startswith(b"HTTP/1.1 200")
