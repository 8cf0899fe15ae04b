"""Content of requests for a developer's own machine, and the journal as an archive."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from seedance_mock.service.journal import content_log
from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app
from seedance_mock.web.control.endpoints.server import store_kind
from seedance_mock.web.control.har import har_entry

CREATE = "/v1/videos/generations"
PROMPT = "a paper boat in the rain"
BODY = {"model": "seedance-2.0", "prompt": PROMPT}
ENTRY = JournalEntry(
    number=1,
    request_id="req_1",
    account=None,
    time=0.0,
    received=0.0,
    answered=0.5,
    connection=0,
    turn=0,
    method="GET",
    target="/v1/models",
    place="models",
    authorized=False,
    task_id=None,
    status=200,
    code=None,
    task_status=None,
    fault=None,
    applied=None,
    rules=(),
    warnings=(),
    request=None,
)
KEY = "sk-planted-key-4711"
OTHER_KEY = "sk-another-planted-key"


@pytest.fixture(params=[True])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Give the settings of a server that keeps bodies, unless the test says something else."""
    return Settings(journal_bodies=request.param)


@pytest.fixture
def details(client: TestClient) -> Callable[[str], Any]:
    """Give a function that looks a request up."""
    return lambda request_id: client.get(f"/_mock/requests/{request_id}").json()


def test_a_request_is_found_with_its_content(
    client: TestClient, details: Callable[[str], Any]
) -> None:
    response = client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {KEY}"})

    found = details(response.headers["X-Request-ID"])

    assert found["entry"]["request_id"] == found["request_id"] == response.headers["X-Request-ID"]
    assert found["why"][0] == f"POST {CREATE} came from account key-1. The status was 200."
    request, answer = found["content"]["request"], found["content"]["response"]
    assert PROMPT in request["body"]
    assert ["authorization", "Bearer key#1"] in request["headers"]
    assert answer["body"] == response.text
    assert ["x-request-id", found["request_id"]] in answer["headers"]
    assert (request["truncated"], answer["truncated"]) == (False, False)


def test_no_key_is_kept(client: TestClient, details: Callable[[str], Any]) -> None:
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Cookie": "session=1",
        "X-API-Key": OTHER_KEY,
        "Referer": f"http://127.0.0.1/?key={KEY}",
    }
    body = {**BODY, "user": f"{KEY} {OTHER_KEY}"}

    request_id = client.post(CREATE, json=body, headers=headers).headers["X-Request-ID"]

    content = str(details(request_id)["content"])
    assert KEY not in content
    assert OTHER_KEY not in content
    assert "session=1" not in content
    assert "key#1 (redacted)" in content


def test_a_short_key_hides_itself_and_longer_ones(
    client: TestClient, details: Callable[[str], Any]
) -> None:
    body = {**BODY, "user": "sk-a, sk-abcdefgh-4711"}
    response = client.post(CREATE, json=body, headers={"Authorization": "Bearer sk-a"})

    request = details(response.headers["X-Request-ID"])["content"]["request"]

    assert ["authorization", "Bearer key#1"] in request["headers"]
    assert ["host", "127.0.0.1:8000"] in request["headers"]
    assert '"user":"key#1, (redacted)"' in request["body"]


def test_a_malformed_authorization_is_hidden(
    client: TestClient, details: Callable[[str], Any]
) -> None:
    response = client.get("/v1/models", headers={"Authorization": "Basic cGxhbnRlZA=="})

    request = details(response.headers["X-Request-ID"])["content"]["request"]
    assert ["authorization", "(redacted)"] in request["headers"]


def test_a_file_is_kept_as_its_size(
    user: TestClient, new_task: Callable[..., str], details: Callable[[str], Any]
) -> None:
    task = new_task()
    user.post(f"/_mock/tasks/{task}", json={"status": "completed"})
    response = user.get(user.get(f"/v1/tasks/{task}").json()["video_url"])

    body = details(response.headers["X-Request-ID"])["content"]["response"]["body"]
    assert body == f"({len(response.content)} bytes of video/mp4)"


def test_a_long_body_is_truncated(
    user: TestClient, details: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content_log, "MAX_BODY_BYTES", 10)
    request_id = user.post(CREATE, json=BODY).headers["X-Request-ID"]

    request = details(request_id)["content"]["request"]
    assert (request["body"], request["truncated"]) == ('{"model":"', True)


def test_a_lost_response_has_no_content(client: TestClient, details: Callable[[str], Any]) -> None:
    client.event_hooks["response"].clear()
    with suppress(ConnectionResetError):
        client.post(CREATE, json=BODY, headers={"Authorization": "Bearer sk-mock-create-reset--a"})
    [entry] = client.get("/_mock/journal").json()["entries"]

    content = details(entry["request_id"])["content"]
    assert PROMPT in content["request"]["body"]
    assert content["response"] is None


@pytest.mark.parametrize(
    ("store", "kind"),
    [("memory", "memory"), ("sqlite:mock.db", "sqlite"), ("rediss://:secret@host/1", "redis")],
)
def test_the_store_is_named_without_its_url(store: str, kind: str) -> None:
    assert store_kind(store) == kind


def test_a_store_has_no_content(tmp_path: Path) -> None:
    settings = Settings(journal_bodies=True, store=f"sqlite:{tmp_path}/mock.db")
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        response = client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {KEY}"})
        found = client.get(f"/_mock/requests/{response.headers['X-Request-ID']}").json()
        client.portal.call(app.close)  # type: ignore[union-attr] # the client is open

    assert PROMPT in found["content"]["request"]["body"]
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert found["request_id"].encode() in stored
    assert PROMPT.encode() not in stored


@pytest.mark.parametrize("path", ["/_mock/journal?account=key-1", "/_mock/accounts/key-1"])
def test_content_goes_with_its_entries(
    path: str, user: TestClient, details: Callable[[str], Any]
) -> None:
    first = user.post(CREATE, json=BODY).headers["X-Request-ID"]
    other = {"Authorization": f"Bearer {OTHER_KEY}"}
    second = user.post(CREATE, json=BODY, headers=other).headers["X-Request-ID"]

    user.delete(path)

    assert user.app.state.content_log.find(first) is None  # type: ignore[attr-defined] # our app
    assert details(second)["content"] is not None
    user.delete("/_mock/accounts")
    assert user.app.state.content_log.find(second) is None  # type: ignore[attr-defined] # our app


@pytest.mark.parametrize("settings", [False], indirect=True)
def test_without_the_option_no_content_is_kept(
    user: TestClient, details: Callable[[str], Any]
) -> None:
    request_id = user.post(CREATE, json=BODY).headers["X-Request-ID"]

    assert details(request_id)["content"] is None
    user.delete("/_mock/journal")
    assert user.get(f"/_mock/requests/{request_id}").status_code == 404


@pytest.fixture
def archive(client: TestClient) -> Callable[..., dict[str, Any]]:
    """Give a function that exports the journal."""

    def export(**query: str) -> dict[str, Any]:
        response = client.get("/_mock/export", params=query)
        assert response.headers["Content-Disposition"] == 'attachment; filename="seedance.har"'
        log: dict[str, Any] = response.json()["log"]
        return log

    return export


def test_the_journal_is_exported(user: TestClient, archive: Callable[..., dict[str, Any]]) -> None:
    user.post(CREATE, json=BODY)
    user.get("/v1/models?view=compact")

    log = archive()

    assert (log["version"], log["creator"]["name"]) == ("1.2", "seedance-mock")
    create, models = log["entries"]
    assert create["request"]["url"] == f"http://127.0.0.1:8000{CREATE}"
    assert create["request"]["postData"]["mimeType"] == "application/json"
    assert create["response"]["content"]["mimeType"] == "application/json"
    assert models["request"]["queryString"] == [{"name": "view", "value": "compact"}]
    assert create["startedDateTime"].endswith("Z")
    assert create["time"] == create["timings"]["wait"] >= 0
    assert (create["_account"], create["_task_status"]) == ("key-1", "pending")
    assert len(archive(place="create")["entries"]) == 1


@pytest.mark.parametrize("settings", [False], indirect=True)
def test_an_export_without_content_has_no_prompt(
    client: TestClient, archive: Callable[..., dict[str, Any]]
) -> None:
    client.event_hooks["response"].clear()
    with suppress(ConnectionResetError):
        client.post(CREATE, json=BODY, headers={"Authorization": "Bearer sk-mock-create-reset--a"})
    client.get("/v1/models", headers={"Host": KEY})

    lost, models = archive()["entries"]

    assert "postData" not in lost["request"]
    assert (lost["response"]["status"], lost["response"]["statusText"]) == (0, "")
    assert models["request"]["url"] == "http://mock.invalid/v1/models"
    assert PROMPT not in str(lost)


def test_a_long_journal_is_exported_page_by_page(
    user: TestClient, archive: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content_log, "MAX_BODY_BYTES", 10)
    for _ in range(3):
        user.get("/v1/models")
    monkeypatch.setattr("seedance_mock.web.control.endpoints.requests.MAX_PAGE_ENTRIES", 2)

    assert len(archive()["entries"]) == 3


def test_the_server_says_what_it_keeps(client: TestClient) -> None:
    server = client.get("/_mock/server").json()

    assert (server["store"], server["journal_bodies"]) == ("memory", True)
    assert server["started"] <= server["now"]


@pytest.mark.parametrize("keys", [frozenset(), frozenset({"sk-listed"})])
def test_the_server_says_whether_it_accepts_every_key(keys: frozenset[str]) -> None:
    server = TestClient(create_app(Settings(keys=keys))).get("/_mock/server")

    assert server.json()["any_key"] == (not keys)
    assert "sk-listed" not in server.text


def test_a_connection_has_its_number() -> None:
    assert har_entry(replace(ENTRY, connection=7), None)["connection"] == "7"
    assert "connection" not in har_entry(ENTRY, None)


def test_the_oldest_content_is_dropped() -> None:
    log, empty = content_log.ContentLog(7_000), content_log.Message((), "")
    for request_id in ("a", "b", "b", "c"):
        log.add(request_id, content_log.Content("key-1", empty, None))

    assert [log.find(name) is not None for name in "abc"] == [False, True, True]
