from __future__ import annotations

import gc
import json
import logging
import re
import tracemalloc
from collections.abc import Callable
from decimal import Decimal

import pytest
from starlette.testclient import TestClient
from starlette.types import Scope

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.web.app import MockApp
from seedance_mock.web.logs.log_format import LogLine

Create = Callable[..., str]

CREATE = "/v1/videos/generations"
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


def scope(path: str, query: bytes = b"", header_count: int = 0) -> Scope:
    names = [f"x-{path[-9:]}-{number}".encode() for number in range(header_count)]
    return {
        "type": "http",
        "method": "POST" if path == CREATE else "GET",
        "scheme": "http",
        "path": path,
        "query_string": query,
        "headers": [(b"authorization", b"Bearer sk-test"), *((name, b"") for name in names)],
        "server": ("127.0.0.1", 8000),
    }


def body_of(fields: int, size: int, number: int) -> bytes:
    names = [f"field_{number}_{field}" for field in range(fields)]
    return json.dumps({"model": "x", **dict.fromkeys(names, "y" * size)}).encode()


# Each number makes a request of which nothing is shared with another one.
HOSTILE: dict[str, Callable[[int], tuple[Scope, bytes]]] = {
    "path": lambda number: (scope(f"/v1/tasks/{'a' * 50_000}{number}"), b""),
    "unicode": lambda number: (scope(f"/v1/tasks/{'🚤' * 240}{number}"), b""),
    "query": lambda number: (scope("/v1/tasks/a", b"tag=" + b"a" * 50_000 + b"%d" % number), b""),
    "headers": lambda number: (scope(f"/v1/tasks/{number:09}", header_count=2_000), b""),
    "fields": lambda number: (scope(CREATE), body_of(300, 10, number)),
    "arrays": lambda number: (scope(CREATE), b'{"%d":[' % number + b"[]," * 1_000 + b"1]}"),
    "long-body": lambda number: (scope(CREATE), body_of(1, 3_000, number)),
}


@pytest.mark.parametrize("request_of", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("settings", [Settings(tolerant=True)], ids=["tolerant"])
def test_the_size_of_an_entry_is_not_underestimated(
    request_of: Callable[[int], tuple[Scope, bytes]], app: MockApp
) -> None:
    journal, fast_path = app.state.journal, app.fast_path

    def send(first: int, count: int) -> None:
        for number in range(first, first + count):
            request, body = request_of(number)
            assert fast_path is not None
            assert fast_path.respond(request, body) is not None

    send(0, 2)
    estimated = -journal.memory_size
    gc.collect()
    tracemalloc.start()
    try:
        send(2, 20)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    estimated += journal.memory_size

    assert taken <= 1.2 * estimated + 5_000
    # What is kept of a request is bounded, whatever its size.
    assert estimated <= 20 * 20_000


def test_a_long_target_is_shown_as_a_short_one(user: TestClient, client: TestClient) -> None:
    user.get(f"/v1/models/{'a' * 600}?view=compact")

    [entry] = client.get("/_mock/journal").json()["entries"]
    assert entry["target"] == "/v1/models/*?view=compact"


def test_warnings_name_a_bounded_number_of_headers(user: TestClient, client: TestClient) -> None:
    user.post(CREATE, json={}, headers={f"X-Header-{number}": "" for number in range(20)})

    [entry] = client.get("/_mock/journal").json()["entries"]
    warnings = entry["warnings"]
    assert warnings[:2] == [f"the header x-header-{number} is not documented" for number in (0, 1)]
    assert warnings[16:] == ["4 more headers are not documented"]


@pytest.mark.parametrize("settings", [Settings(tolerant=True)], ids=["tolerant"])
def test_warnings_name_a_bounded_number_of_fields(
    user: TestClient, new_task: Create, client: TestClient
) -> None:
    new_task(operation="text-to-video", **{f"field_{number}": 1 for number in range(20)})

    [entry] = client.get("/_mock/journal").json()["entries"]
    assert entry["warnings"][0] == "field_0 is not documented and was ignored"
    assert entry["warnings"][16:] == ["4 more fields are not documented and were ignored"]
