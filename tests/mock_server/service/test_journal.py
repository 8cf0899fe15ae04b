"""The journal: what it records of each request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.service.journal.memory_journal import MemoryJournal
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

from .journal_source import FakeSource

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat", "operation": "text-to-video"}

KEY = "sk-planted-key-4711"
PROMPT = "planted prompt, nobody may read it"
URL = "https://planted.example.com/secret.png"
INLINE = "data:image/png;base64,cGxhbnRlZA=="

Read = Callable[..., list[dict[str, Any]]]


def test_a_create_is_recorded(user: TestClient, journal: Read, clock: ManualClock) -> None:
    response = user.post(CREATE, json={**BODY, "seconds": 5})

    [entry] = journal()
    assert entry["request_id"] == response.headers["X-Request-ID"]
    assert (entry["account"], entry["place"], entry["status"]) == ("key-1", "create", 200)
    assert (entry["task_id"], entry["task_status"]) == (response.json()["id"], "pending")
    assert (entry["method"], entry["target"], entry["time"]) == ("POST", CREATE, clock())
    assert entry["received"] <= entry["answered"]
    assert entry["authorized"] is True
    assert entry["request"] == {
        "model": "seedance-2.0",
        "prompt": "(12 characters)",
        "operation": "text-to-video",
        "seconds": 5,
    }
    assert entry["warnings"] == ["seconds is an alias of duration"]


def test_a_refusal_is_recorded_with_its_rules(user: TestClient, journal: Read) -> None:
    user.post(CREATE, json={**BODY, "duration": 99, "resolution": "8k"})

    [entry] = journal()
    assert (entry["status"], entry["code"]) == (400, "invalid_request_error")
    assert entry["rules"] == ["duration.range", "resolution.value"]


def test_a_fault_is_recorded_with_its_word(client: TestClient, journal: Read) -> None:
    key = {"Authorization": "Bearer sk-mock-create-504+.poll-503--a"}
    client.post(CREATE, json=BODY, headers=key)

    [entry] = journal()
    assert (entry["fault"], entry["applied"], entry["status"]) == ("create-504+", True, 504)
    assert entry["task_id"].startswith("ldtask_")


def test_a_public_request_has_no_account(client: TestClient, journal: Read) -> None:
    client.get("/v1/models", params={"view": "compact", "tag": URL})

    [entry] = journal()
    assert (entry["account"], entry["authorized"]) == (None, False)
    assert entry["target"] == "/v1/models?view=compact&tag=*"


def test_a_download_records_whether_it_had_a_key(
    user: TestClient, new_task: Callable[..., str], journal: Read, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(5)
    user.get(user.get(f"/v1/tasks/{task}").json()["video_url"])

    [entry] = journal(place="asset")
    assert (entry["authorized"], entry["account"], entry["task_id"]) == (True, "key-1", task)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"account": "key-1"}, [1, 2]),
        ({"account": "key-9"}, []),
        ({"place": "models"}, [2, 3]),
        ({"status": "200"}, [1, 2, 3]),
        ({"status": "404"}, []),
        ({"account": "key-1", "place": "models"}, [2]),
    ],
)
def test_the_journal_can_be_filtered(
    query: dict[str, str], numbers: list[int], user: TestClient, journal: Read
) -> None:
    user.post(CREATE, json=BODY)
    user.get("/v1/models")
    del user.headers["Authorization"]
    user.get("/v1/models")

    assert [entry["number"] for entry in journal(**query)] == numbers


def test_the_last_entries_can_be_read(user: TestClient, client: TestClient) -> None:
    for path in ("/v1/models", "/v1/pricing", "/v1/models", "/v1/models", "/v1/pricing"):
        user.get(path)

    page = client.get("/_mock/journal", params={"last": "2", "place": "models"}).json()

    assert [entry["number"] for entry in page["entries"]] == [3, 4]
    assert (page["next"], page["latest"]) == (None, 5)


def test_the_journal_can_be_read_for_a_task(
    user: TestClient, new_task: Callable[..., str], journal: Read
) -> None:
    task = new_task()
    new_task()
    user.get(f"/v1/tasks/{task}")

    assert [entry["place"] for entry in journal(task_id=task)] == ["create", "poll"]


def test_the_journal_can_be_cleared(user: TestClient, journal: Read) -> None:
    user.get("/v1/models")
    user.get("/v1/models", headers={"Authorization": "Bearer sk-other"})

    user.delete("/_mock/journal", params={"account": "key-2"})
    accounts = [entry["account"] for entry in journal()]
    user.delete("/_mock/journal")

    assert (accounts, journal()) == (["key-1"], [])


def test_the_journal_is_bounded(clock: ManualClock) -> None:
    with TestClient(create_app(Settings(journal=2), clock=clock)) as client:
        for _ in range(3):
            client.get("/v1/models")

        entries = client.get("/_mock/journal").json()["entries"]

    assert [entry["number"] for entry in entries] == [2, 3]


@pytest.mark.parametrize(
    ("words", "body", "sentences"),
    [
        ("ok", BODY, ["No fault was injected.", "was pending at"]),
        ("create-503", BODY, ["The fault create-503 was injected: the request was not applied."]),
        ("create-504+", BODY, ["The fault create-504+ was injected: the request was applied."]),
        (
            "ok",
            {**BODY, "duration": 99},
            ["breaks the rule duration.range: duration must be", "invalid_r"],
        ),
        ("ok", {**BODY, "ratio": "1:1"}, ["Note: ratio is an alias of aspect_ratio."]),
    ],
)
def test_a_response_is_explained(
    words: str, body: dict[str, object], sentences: list[str], client: TestClient
) -> None:
    key = {"Authorization": f"Bearer sk-mock-{words}--a"}
    request_id = client.post(CREATE, json=body, headers=key).headers["X-Request-ID"]

    why = " ".join(client.get(f"/_mock/why/{request_id}").json()["why"])

    assert all(sentence in why for sentence in sentences), why


def test_an_entry_wakes_who_waits_for_it() -> None:
    async def last_number() -> int:
        journal = MemoryJournal(10, 1_000)
        waiting = [asyncio.ensure_future(journal.wait_for_entry(0)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        journal.add(FakeSource())
        await asyncio.gather(*waiting[1:])
        # It is there already.
        await journal.wait_for_entry(0)
        return await journal.last_number()

    assert asyncio.run(last_number()) == 1


def test_mixed_media_cause_a_warning(user: TestClient, journal: Read) -> None:
    body = {**BODY, "operation": "reference-to-video", "reference_images": [URL, INLINE]}

    user.post(CREATE, json=body)

    assert journal()[0]["warnings"] == ["inline and remote media are mixed"]


def test_an_unknown_header_causes_a_warning(user: TestClient, journal: Read) -> None:
    headers = {"Idempotency-Key": "7", "X-Very-Long" + "-x" * 40: "1", "Sec-Fetch-Mode": "cors"}

    user.post(CREATE, json=BODY, headers=headers)

    assert journal()[0]["warnings"] == [
        "the header idempotency-key is not documented",
        "the header (unnamed) is not documented",
    ]


def test_a_large_request_is_summarized(user: TestClient, journal: Read) -> None:
    user.post(CREATE, json={**BODY, "prompt": "x" * 5_000, "ratio": "1:1"})

    assert journal()[0]["request"]["prompt"] == "(5000 characters)"
    assert journal()[0]["warnings"] == []


def test_an_inferred_operation_causes_a_warning(clock: ManualClock) -> None:
    body = {"model": "seedance-2.0", "prompt": PROMPT, "style": "anime"}
    with TestClient(create_app(Settings(tolerant=True), clock=clock)) as client:
        client.post(CREATE, json=body, headers={"Authorization": "Bearer sk-a"})
        [entry] = client.get("/_mock/journal").json()["entries"]

    assert entry["warnings"] == [
        "style is not documented and was ignored",
        "the operation was inferred; sending it explicitly is recommended",
    ]


@pytest.mark.parametrize("words", ["poll-cut", "poll-503+", "poll-html+"])
def test_a_lost_response_has_no_task_status(
    words: str, client: TestClient, journal: Read, clock: ManualClock
) -> None:
    client.event_hooks["response"].clear()  # a proxy's page is not a response of the API
    key = {"Authorization": f"Bearer sk-mock-{words}--a"}
    task = client.post(CREATE, json=BODY, headers=key).json()["poll_url"]
    clock.advance(9)
    with suppress(ConnectionError):
        client.get(task, headers=key)
    client.get(task, headers=key)

    assert [entry["task_status"] for entry in journal(place="poll")] == [None, "completed"]


@pytest.mark.parametrize("words", ["revoked", "expired"])
def test_a_refused_key_is_recorded_with_its_account(
    words: str, client: TestClient, journal: Read
) -> None:
    client.get("/v1/models", headers={"Authorization": f"Bearer sk-mock-{words}--a"})

    assert [entry["status"] for entry in journal(account="key-1")] == [401]


def test_a_limited_request_has_the_accounts_time(client: TestClient, journal: Read) -> None:
    key = {"Authorization": "Bearer sk-mock-limit-1.clock-frozen--a"}
    dates = [client.get("/v1/models", headers=key).headers["Date"] for _ in range(2)]

    first, second = journal()
    assert dates[0] == dates[1]
    assert first["time"] == second["time"]
