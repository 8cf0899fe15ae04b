from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from seedance_mock.settings import Settings

Create = Callable[..., str]

KEY = "sk-planted-key"
PROMPT = "a planted prompt of several words"
MEDIA = "https://cdn.example.com/planted.mp4?token=planted"

text = pytest.mark.parametrize("settings", [Settings(log_format="text")], ids=["text"])
as_json = pytest.mark.parametrize("settings", [Settings(log_format="json")], ids=["json"])
either = pytest.mark.parametrize(
    "settings", [Settings(log_format="text"), Settings(log_format="json")], ids=["text", "json"]
)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Give a function that returns the lines of the access log so far."""
    caplog.set_level(logging.INFO, logger="seedance_mock.access")
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == "seedance_mock.access"
    ]


@text
def test_text_line_tells_the_exchange(client: TestClient, log: Callable[[], list[str]]) -> None:
    answer = client.get("/v1/models?view=compact")

    [line] = log()
    request_id = answer.headers["X-Request-ID"]
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00"
    assert re.fullmatch(rf"{time} GET /v1/models 200 \d+\.\d ms {request_id}", line)


@text
def test_text_line_names_the_task(
    user: TestClient, new_task: Create, log: Callable[[], list[str]]
) -> None:
    task = new_task()

    user.delete(f"/v1/tasks/{task}")

    created, cancelled = log()
    assert created.endswith(f" {task} key-1")
    assert re.search(rf" DELETE /v1/tasks/{task} 200 .* {task} key-1$", cancelled)


@as_json
def test_json_line_tells_the_exchange(user: TestClient, log: Callable[[], list[str]]) -> None:
    task = "ldtask_" + "0" * 32

    answer = user.get(f"/v1/tasks/{task}")

    [line] = log()
    entry = json.loads(line)
    named = {"time", "method", "path", "status", "ms", "request_id", "task_id"}
    assert entry.keys() == named | {"account", "fault"}
    assert entry["method"] == "GET"
    assert entry["path"] == f"/v1/tasks/{task}"
    assert entry["status"] == 404
    assert entry["request_id"] == answer.headers["X-Request-ID"]
    assert entry["task_id"] == task


@as_json
def test_json_line_has_no_task_where_none_is(
    client: TestClient, log: Callable[[], list[str]]
) -> None:
    client.get("/healthz")

    [line] = log()
    assert json.loads(line)["task_id"] is None


def test_log_is_silent_by_default(client: TestClient, log: Callable[[], list[str]]) -> None:
    client.get("/healthz")

    assert log() == []


@either
@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": PROMPT},
        {"prompt": PROMPT, "duration": 99},
        {"prompt": PROMPT, "video_url": MEDIA},
        {"prompt": PROMPT, "start_image": MEDIA},
        {"prompt": PROMPT, MEDIA: 1},
        {"prompt": "x", KEY: PROMPT},
        {"model": KEY, "operation": MEDIA, "resolution": PROMPT},
    ],
    ids=[
        "accepted",
        "refused",
        "media",
        "misplaced-media",
        "media-as-name",
        "key-as-name",
        "as-values",
    ],
)
def test_log_never_repeats_a_body(
    fields: dict[str, object], client: TestClient, log: Callable[[], list[str]]
) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}

    client.post("/v1/videos/generations", json={"model": "seedance-2.0", **fields}, headers=headers)

    [line] = log()
    assert "planted" not in line


@either
@pytest.mark.parametrize(
    "path",
    [
        "/v1/tasks/sk-planted-key",
        "/sk-planted-key",
        "/v1/tasks/%73k-planted-key",
        "/v1/tasks/mt-planted-token",
        "/v1/tasks/Bearer%20sk-planted-key",
        "/v1/tasks/a%20planted%20prompt",
        "/v1/videos/generations/a+planted+prompt",
        "/v1/tasks/" + "planted" * 8,
        "/v1/tasks/planted%00",
        "/v1/tasks/planted%0A2026%20GET",
        "/v1/tasks/plant%C3%A9d-planted",
        "/v1/models?key=sk-planted-key",
        "/v1/models?prompt=a+planted+prompt&url=https://planted.example.com/",
        "/nowhere?sk-planted-key",
        "/" + "a/" * 12 + "planted",
    ],
)
def test_log_never_repeats_an_odd_path(
    path: str, client: TestClient, log: Callable[[], list[str]]
) -> None:
    client.get(path, headers={"Authorization": f"Bearer {KEY}"})

    [line] = log()
    assert "planted" not in line


@either
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": KEY},
        {"Authorization": "Bearer mt-planted"},
        {"Host": "planted.example.com"},
        {"User-Agent": PROMPT, "Referer": MEDIA, "X-API-Key": KEY},
        {"X-Request-ID": KEY},
        {"Origin": "https://planted.example.com"},
    ],
    ids=["bare-key", "token", "host", "others", "request-id", "origin"],
)
def test_log_never_repeats_a_header(
    headers: dict[str, str], client: TestClient, log: Callable[[], list[str]]
) -> None:
    client.get("/v1/pricing", headers=headers)

    [line] = log()
    assert "planted" not in line


@either
def test_every_exchange_is_one_line(client: TestClient, log: Callable[[], list[str]]) -> None:
    for path in ("/healthz", "/a%0Ab", "/a%0D%0Ab", "/a%E2%80%A8b"):
        client.get(path)

    assert [len(line.splitlines()) for line in log()] == [1, 1, 1, 1]
