"""`GET /metrics`: its format, its values, and who may read it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from seedance_mock import __version__
from seedance_mock.server import loop_lag
from seedance_mock.settings import Settings
from seedance_mock.testing import LiveServer, live_server
from seedance_mock.web.app import create_app

BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}

Samples = dict[tuple[str, str], float]


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(Settings(metrics=True, store="memory")))


def create(client: TestClient, words: str = "ok") -> None:
    headers = {"Authorization": f"Bearer sk-mock-{words}--a"}
    client.post("/v1/videos/generations", json=BODY, headers=headers)


def samples(text: str) -> Samples:
    """Return each value by its name and the values of its labels, in the order of their names."""
    return {
        (sample.name.removeprefix("seedance_mock_"), " ".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_tasks_and_latency_are_shown(client: TestClient) -> None:
    create(client)
    create(client, "create-503x2")

    shown = samples(client.get("/metrics").text)

    assert shown["requests_total", "create none 200"] == 1
    assert shown["requests_total", "create all-channels-failed 503"] == 1
    assert shown["request_duration_seconds_count", "create"] == 2
    assert shown["request_duration_seconds_bucket", "create +Inf"] == 2
    assert shown["tasks", "pending"] == 1
    assert shown["event_loop_lag_seconds_count", ""] == 0
    assert shown["info", __version__] == 1


def test_the_buckets_are_cumulative(client: TestClient) -> None:
    for _ in range(3):
        create(client)

    shown = samples(client.get("/metrics").text)
    buckets = [
        value for (name, _), value in shown.items() if name == "request_duration_seconds_bucket"
    ]

    assert buckets == sorted(buckets)


def test_openmetrics_is_sent_to_whoever_prefers_it(client: TestClient) -> None:
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

    response = client.get("/metrics", headers={"Accept": accept})

    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    parse = openmetrics.text_string_to_metric_families
    families = parse(response.text)  # type: ignore[no-untyped-call] # not ours
    assert "seedance_mock_requests" in {family.name for family in families}


def test_scrapes_are_not_in_the_journal(client: TestClient) -> None:
    client.get("/metrics")

    assert client.get("/_mock/journal").json()["entries"] == []


def test_other_machines_need_the_token() -> None:
    app = create_app(Settings(metrics=True, control_token="t0ken"))
    client = TestClient(app, client=("10.0.0.7", 1234))

    refused = client.get("/metrics")
    allowed = client.get("/metrics", headers={"Authorization": "Bearer t0ken"})

    assert (refused.status_code, allowed.status_code) == (401, 200)


def test_without_the_option_there_is_no_such_path() -> None:
    assert TestClient(create_app()).get("/metrics").status_code == 404


def test_calls_of_a_store_are_measured(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("store") / "mock.db"
    client = TestClient(app := create_app(Settings(metrics=True, store=f"sqlite:{file}")))
    create(client)

    shown = samples(client.get("/metrics").text)
    asyncio.run(app.close())

    assert shown["store_call_duration_seconds_count", "commit"] == 1


def test_callbacks_are_measured(client: TestClient) -> None:
    key = "sk-mock-clock-frozen--callbacks"
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    body = {
        "model": "doubao-seedance-2-0-260128",
        "content": [{"type": "text", "text": "A paper boat"}],
        "callback_url": f"http://127.0.0.1:{port}/hook",
    }
    headers = {"Authorization": f"Bearer {key}"}
    client.post("/api/v3/contents/generations/tasks", json=body, headers=headers)
    account = client.post("/_mock/accounts", json={"key": key}).json()["name"]
    client.post(f"/_mock/accounts/{account}/clock", json={"advance_s": 1})

    shown = samples(client.get("/metrics").text)

    assert shown["callback_duration_seconds_count", "none"] >= 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    """Give a server on a port, whose event loop is measured all the time."""
    monkeypatch.setattr(loop_lag, "INTERVAL", 0.0001)
    with live_server(Settings(metrics=True)) as server:
        yield server


def read(url: str, key: str = "") -> str:
    request = Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    with urlopen(request, timeout=30) as response:
        text: str = response.read().decode()
    return text


def test_the_fast_path_and_the_event_loop_are_measured(server: LiveServer) -> None:
    read(f"{server.url}/v1/models", server.key())

    shown = samples(read(f"{server.url}/metrics"))

    assert shown["requests_total", "models none 200"] == 1
    assert shown["event_loop_lag_seconds_count", ""] > 0
