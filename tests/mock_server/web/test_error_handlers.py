from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from seedance_contract.declared.errors import ALL_CHANNELS_FAILED
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import Task
from seedance_mock.settings import Settings
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web.app import create_app

KEY = {"Authorization": "Bearer sk-test"}
TASK = "ldtask_" + "0" * 32


class BrokenStore(MemoryStore):
    """A store that cannot be read."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure

    async def task(self, task_id: str) -> Task | None:
        raise self.failure


def broken_server(failure: Exception) -> Iterator[TestClient]:
    app = create_app(Settings(log_format="text"), store=BrokenStore(failure))
    with TestClient(app, headers=KEY, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def defective() -> Iterator[TestClient]:
    """Give a client of a server with a defect inside."""
    yield from broken_server(RuntimeError("the planted cause"))


@pytest.fixture
def overloaded() -> Iterator[TestClient]:
    """Give a client of a server that refuses for a while."""
    yield from broken_server(ApiError(ALL_CHANNELS_FAILED))


def test_defect_is_a_500_in_the_envelope(defective: TestClient) -> None:
    answer = defective.get(f"/v1/tasks/{TASK}")

    assert answer.status_code == 500
    assert answer.json() == {
        "error": {
            "message": "An internal error",
            "type": "server_error",
            "code": "server_error",
            "retryable": True,
            "request_id": answer.headers["X-Request-ID"],
        }
    }


def test_defect_names_its_task(defective: TestClient) -> None:
    answer = defective.get(f"/v1/tasks/{TASK}")

    assert answer.headers["X-Task-ID"] == TASK


def test_defect_is_logged_as_500(defective: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="seedance_mock.access")

    defective.get(f"/v1/tasks/{TASK}")

    assert " 500 " in caplog.text
    assert "planted" not in caplog.text


def test_page_may_read_a_defect(defective: TestClient) -> None:
    headers = defective.get(
        f"/v1/tasks/{TASK}", headers={"Origin": "http://localhost:3000"}
    ).headers

    assert headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "X-Request-ID" in headers["Access-Control-Expose-Headers"]
    assert headers["Vary"] == "Origin"


def test_other_page_may_not_read_a_defect(defective: TestClient) -> None:
    headers = defective.get(f"/v1/tasks/{TASK}", headers={"Origin": "https://example.com"}).headers

    assert "Access-Control-Allow-Origin" not in headers


def test_server_goes_on_after_a_defect(defective: TestClient) -> None:
    defective.get(f"/v1/tasks/{TASK}")

    assert defective.get("/v1/models").status_code == 200


def test_wait_is_in_header_and_body(overloaded: TestClient) -> None:
    answer = overloaded.get(f"/v1/tasks/{TASK}")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "all_channels_failed")
    assert (answer.headers["Retry-After"], error["retry_after"]) == ("30", 30)
    assert error["retryable"] is True


@pytest.mark.parametrize("page", [(), ((b"origin", b"http://localhost"),)], ids=["short", "long"])
def test_client_that_hangs_up_is_no_defect(
    page: tuple[tuple[bytes, bytes], ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="seedance_mock.access")
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"model":', "more_body": True},
        {"type": "http.disconnect"},
    ]
    arriving = iter(messages)
    sent: list[Message] = []

    async def receive() -> Message:
        return next(arriving)

    async def send(message: Message) -> None:
        sent.append(message)

    app = create_app(Settings(log_format="json"))
    asyncio.run(app(create_scope(*page), receive, send))

    assert sent[0]["status"] == 400
    assert [json.loads(record.getMessage())["status"] for record in caplog.records] == [400]


def create_scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/videos/generations",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer sk-test"), *headers],
        "server": ("127.0.0.1", 8000),
    }
