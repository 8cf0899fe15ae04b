from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.web.log_format import LogLine

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
    request_id = answer.headers["X-Request-ID"][-8:]
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00"
    assert re.fullmatch(rf"{time} GET /v1/models 200 \d+\.\d ms req_\.\.{request_id}", line)


def facts(line: str) -> str:
    """Return a line of the log without its time, its duration and what follows."""
    return re.sub(r" \d+\.\d ms .*", "", line).partition(" ")[2]


@text
def test_text_line_has_price_and_status_of_a_task(
    user: TestClient, new_task: Create, clock: ManualClock, log: Callable[[], list[str]]
) -> None:
    task = new_task(duration=4, resolution="480p")
    short = task[:15] + ".."
    user.get(f"/v1/tasks/{task}")
    clock.advance(5)
    user.get(f"/v1/tasks/{task}")
    task_2 = new_task()
    user.delete(f"/v1/tasks/{task_2}")

    created, first_poll, last_poll, _, cancelled = log()
    assert re.fullmatch(
        rf"POST /v1/videos/generations 200 {re.escape(short)} pending \$0\.\d+", facts(created)
    )
    assert facts(first_poll) == f"GET /v1/tasks/{short} 200 pending"
    assert facts(last_poll) == f"GET /v1/tasks/{short} 200 completed"
    assert facts(cancelled) == f"DELETE /v1/tasks/{task_2[:15]}.. 200 failed"
    assert " ms key-1 req_.." in created


@text
def test_text_line_has_the_broken_rules(user: TestClient, log: Callable[[], list[str]]) -> None:
    body = {"model": "seedance-2.0", "prompt": "x", "duration": 99, "resolution": 1, "seed": "x"}

    user.post("/v1/videos/generations", json={**body, "aspect_ratio": 7})
    user.get("/v1/tasks/ldtask_" + "0" * 32)

    refused, missing = map(facts, log())
    named = r"[a-z_-]+\.[a-z_-]+"
    assert re.fullmatch(
        rf"POST /v1/videos/generations 400 invalid_request_error {named},{named},{named},\+1",
        refused,
    )
    assert missing == "GET /v1/tasks/ldtask_00000000.. 404 async_task_not_found"


@pytest.mark.parametrize(
    "settings",
    [
        Settings(
            log_format="text",
            keys=frozenset({"sk-good", "sk-mock-revoked"}),
            expired_keys=frozenset({"sk-old"}),
        )
    ],
    ids=["keys"],
)
@pytest.mark.parametrize(
    ("values", "code", "reason"),
    [
        ([], "invalid_api_key", "no Authorization header"),
        (["Bearer sk-good", "Bearer sk-good"], "invalid_api_key", "2 Authorization headers"),
        (["Bearer sk-planted"], "invalid_api_key", "not a key of --key"),
        (["Bearer sk-old"], "expired_api_key", "a key of --expired-key"),
        (["Bearer sk-mock-revoked"], "invalid_api_key", "the words of the key"),
        (["Bearer mt-planted"], "invalid_api_key", "a management token"),
        (["Bearer planted"], "invalid_api_key", "malformed key"),
        (["Basic planted"], "invalid_api_key", "not the scheme Bearer"),
    ],
)
def test_text_line_has_the_reason_of_a_401(
    values: list[str], code: str, reason: str, client: TestClient, log: Callable[[], list[str]]
) -> None:
    client.get("/v1/tasks/ldtask_1", headers=[("Authorization", value) for value in values])

    [line] = log()
    assert facts(line) == f"GET /v1/tasks/ldtask_1 401 {code} ({reason})"


@text
def test_text_line_has_no_reason_for_another_error(
    client: TestClient, log: Callable[[], list[str]]
) -> None:
    client.get("/v1/pricing", headers={"Authorization": "Bearer sk-mock-nonsense"})

    [line] = log()
    assert facts(line) == "GET /v1/pricing 400 invalid_request_error"


@text
def test_text_line_names_the_injected_fault(
    client: TestClient, log: Callable[[], list[str]]
) -> None:
    for words in ("models-reset", "models-429"):
        client.get("/v1/models", headers={"Authorization": f"Bearer sk-mock-{words}"})

    lost, limited = map(facts, log())
    assert lost == "GET /v1/models no-response injected:models-reset"
    assert limited == "GET /v1/models 429 rate_limit_exceeded injected:models-429"


@pytest.mark.parametrize("settings", [Settings(log_format="text", log_color=True)], ids=["color"])
def test_colors_follow_the_status(client: TestClient, log: Callable[[], list[str]]) -> None:
    for key in ("sk-plain", "sk-mock-models-429", "sk-mock-models-503", "sk-mock-models-reset"):
        client.get("/v1/models", headers={"Authorization": f"Bearer {key}"})

    colored = [re.findall(r"\x1b\[(\d+)m(\d{3}|no-response)\x1b\[0m", line) for line in log()]
    assert colored == [[("32", "200")], [("33", "429")], [("31", "503")], [("31", "no-response")]]


@as_json
def test_json_line_tells_the_exchange(user: TestClient, log: Callable[[], list[str]]) -> None:
    task = "ldtask_" + "0" * 32

    answer = user.get(f"/v1/tasks/{task}")

    [line] = log()
    entry = json.loads(line)
    assert entry.keys() == set(LogLine._fields)
    assert entry["method"] == "GET"
    assert entry["path"] == f"/v1/tasks/{task}"
    assert entry["status"] == 404
    assert entry["code"] == "async_task_not_found"
    assert entry["request_id"] == answer.headers["X-Request-ID"]
    assert entry["task_id"] == task


@as_json
def test_json_line_has_the_price(new_task: Create, log: Callable[[], list[str]]) -> None:
    new_task()

    [line] = log()
    assert Decimal(json.loads(line)["price_usd"]) > 0


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
        "/v1/tasks/sk-planted/key-planted",
        "/v1/https://cdn.example.com/planted.mp4",
        "/v1/data:video/mp4;base64,planted",
        "/v1/%2573k-planted",
        "/v1/models%3Fkey=planted",
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
    "path",
    [
        "/v1/task/ldtask_0",
        "/v1/video/generations",
        "/v1/tasks/{id}",
        "/v1/tasks/%0Aldtask_0",
        "/v1/task-status",
        "/v1/mod%C3%A9ls",
        "/%5Cv1/models",
    ],
)
def test_log_shows_a_mistyped_path_as_it_came(
    path: str, client: TestClient, log: Callable[[], list[str]]
) -> None:
    client.get(path)

    [line] = log()
    shown = json.loads(line)["path"] if line.startswith("{") else line.split()[2]
    assert shown == path


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
