"""The journal: what it records of each request, and that it contains no secret."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.service import journal as journal_module
from seedance_mock.service.journal import JournalEntry, MemoryJournal
from seedance_mock.settings import LOG_FORMATS, Settings
from seedance_mock.stores.journal_log import JournalFilter
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat", "operation": "text-to-video"}

KEY = "sk-planted-key-4711"
PROMPT = "planted prompt, nobody may read it"
URL = "https://planted.example.com/secret.png"
INLINE = "data:image/png;base64,cGxhbnRlZA=="


ENTRY = JournalEntry(
    number=7,
    request_id="req_7",
    account=None,
    time=0.0,
    received=0.0,
    answered=None,
    connection=1,
    turn=1,
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


class FakeSource:
    """A source of entries that differ in their number only."""

    number = 0
    request_id = ENTRY.request_id
    account = ENTRY.account
    task_id = ENTRY.task_id
    place: str | None = "models"
    status = ENTRY.status

    def memory_size(self) -> int:
        return 100

    def journal_entry(self) -> JournalEntry:
        return replace(ENTRY, number=self.number)


@pytest.fixture
def journal(client: TestClient) -> Callable[..., list[dict[str, Any]]]:
    """Give a function that reads the journal."""

    def read(**query: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = client.get("/_mock/journal", params=query).json()["entries"]
        return entries

    return read


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
        ("ok", {**BODY, "duration": 99}, ["breaks the rule duration.range", "invalid_request_e"]),
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


def test_a_listener_receives_new_entries() -> None:
    async def received_number() -> int:
        journal = MemoryJournal(10, 1_000)
        listener = journal.listen()
        next_entry = asyncio.ensure_future(anext(listener))
        await asyncio.sleep(0)
        journal.add(FakeSource())
        entry = await next_entry
        await listener.aclose()
        journal.add(FakeSource())
        return entry.number

    assert asyncio.run(received_number()) == 1


def test_a_slow_listener_does_not_block_requests() -> None:
    async def entry_count() -> int:
        journal = MemoryJournal(10, 1_000)
        listener = journal.listen()
        next_entry = asyncio.ensure_future(anext(listener))
        await asyncio.sleep(0)
        for _ in range(2_000):
            journal.add(FakeSource())
        await next_entry
        await listener.aclose()
        return len(journal.entries())

    assert asyncio.run(entry_count()) == 10


def send_secrets(client: TestClient) -> None:
    """Send the secrets in every place where a client might put them."""
    key = {"Authorization": f"Bearer {KEY}"}
    media = {"prompt": PROMPT, "user": PROMPT, "safety_identifier": PROMPT}
    bodies: list[object] = [
        {**BODY, **media, "operation": "image-to-video", "image_url": URL},
        {**BODY, **media, "operation": "reference-to-video", "reference_images": [URL, INLINE]},
        {**BODY, **media, "model": KEY, "resolution": URL, "duration": PROMPT, "operation": KEY},
        {**BODY, PROMPT: 1, URL: 2, KEY: 3, "draft": {"key": KEY}, "fps": None},
        [PROMPT, URL, KEY],
    ]
    for body in bodies:
        client.post(CREATE, json=body, headers=key)
    client.post(CREATE, content=PROMPT, headers=key)
    client.post(CREATE, json=BODY, headers={"Authorization": f"Basic {KEY}"})
    for path in (f"/v1/tasks/{KEY}", f"/v1/models/{KEY}?tag={URL}", f"/{PROMPT}", f"/v1?{KEY}=1"):
        client.get(path, headers=key)
        client.delete(path, headers=key)
    client.post("/_mock/accounts", json={"key": KEY, "words": PROMPT, URL: KEY})
    client.post("/_mock/accounts", json={"key": KEY, "words": "ok"})


@pytest.mark.parametrize("log_format", LOG_FORMATS)
def test_no_secret_is_shown_anywhere(
    log_format: str, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="seedance_mock")
    with TestClient(create_app(Settings(log_format=log_format), clock=clock)) as client:
        send_secrets(client)
        journal = client.get("/_mock/journal").json()["entries"]
        why = [client.get(f"/_mock/why/{entry['request_id']}").text for entry in journal]
        output = json.dumps([journal, why, client.get("/_mock/accounts").text])
        output += client.get("/_mock/tasks").text + caplog.text

    assert len(journal) == 15
    assert (len(caplog.records) > 15) == (log_format != "none")
    for secret in (KEY, "planted", "secret.png", "nobody may"):
        assert secret not in output


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


def test_media_are_shown_by_their_kind(user: TestClient, journal: Read) -> None:
    media: dict[str, object] = {
        "image": INLINE,
        "video_url": URL,
        "image_urls": [URL],
        "seed": None,
        "draft": {},
    }

    user.post(CREATE, json={**BODY, **media})

    assert {name: journal()[0]["request"][name] for name in media} == {
        "image": "(data URL, 34 characters)",
        "video_url": "(URL, 38 characters)",
        "image_urls": "(1 entries)",
        "seed": None,
        "draft": "(not shown)",
    }


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


@pytest.mark.parametrize(
    "target",
    [
        "/v1/models?prompt=a%20planted%20prompt",
        "/v1/models?url=https%3A%2F%2Fplanted.example.com%2Fa.mp4",
        "/v1/models?key=%73k-planted-key",
        "/v1/tasks/Bearer.sk-planted-key",
    ],
)
def test_a_disguised_secret_is_not_shown(target: str, client: TestClient) -> None:
    client.get(target)

    assert "planted" not in client.get("/_mock/journal").text


def test_a_huge_number_is_shown(client: TestClient) -> None:
    client.post(
        "/v1/videos/generations",
        json={**BODY, "seed": 10**30},
        headers={"Authorization": f"Bearer {KEY}"},
    )

    [entry] = client.get("/_mock/journal").json()["entries"]

    assert entry["request"]["seed"] == 10**30


def test_the_journal_can_be_read_while_it_grows() -> None:
    journal = MemoryJournal(10, 1_000)

    class Growing(FakeSource):
        def journal_entry(self) -> JournalEntry:
            journal.add(Growing())
            return super().journal_entry()

    journal.add(Growing())

    assert [entry.number for entry in journal.entries()] == [1]
    assert journal.count == 2


def filled_journal(
    count: int, *, max_entries: int = 1_000, max_bytes: int = 1_000_000
) -> MemoryJournal:
    journal = MemoryJournal(max_entries, max_bytes)
    for _ in range(count):
        journal.add(FakeSource())
    return journal


def numbers(entries: list[JournalEntry]) -> list[int]:
    return [entry.number for entry in entries]


def test_the_journal_is_bounded_in_bytes() -> None:
    journal = filled_journal(20, max_bytes=350)

    assert numbers(journal.entries()) == [18, 19, 20]
    assert journal.memory_size == 300


def test_an_entry_beyond_the_bound_is_not_kept() -> None:
    journal = filled_journal(2, max_bytes=99)

    assert journal.entries() == []
    assert (journal.count, journal.memory_size) == (2, 0)


def test_a_cleared_journal_has_room_again() -> None:
    journal = filled_journal(3, max_bytes=300)

    asyncio.run(journal.clear())

    assert journal.memory_size == 0
    journal.add(FakeSource())
    assert numbers(journal.entries()) == [4]


@pytest.mark.parametrize(
    ("after", "limit", "expected", "following"),
    [
        (0, 2, [3, 4], 4),
        (4, 2, [5, 6], 6),
        (6, 2, [7], None),
        (5, 2, [6, 7], None),
        (7, 2, [], None),
        (99, 2, [], None),
        (0, 9, [3, 4, 5, 6, 7], None),
    ],
)
def test_the_journal_has_pages(
    after: int, limit: int, expected: list[int], following: int | None
) -> None:
    journal = filled_journal(7, max_entries=5)

    page = asyncio.run(journal.page(after=after, limit=limit))

    assert (numbers(page.entries), page.next) == (expected, following)


def test_an_empty_journal_has_one_page() -> None:
    assert asyncio.run(filled_journal(0).page()) == ([], None)


def test_a_page_looks_at_a_bounded_number_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MAX_PAGE_REQUESTS", 3)
    journal = filled_journal(7)

    assert asyncio.run(journal.page(wanted=JournalFilter(place="poll"))) == ([], 3)
    assert asyncio.run(journal.page(6, wanted=JournalFilter(place="poll"))) == ([], None)
    assert numbers(journal.entries(JournalFilter(place="models"))) == [1, 2, 3, 4, 5, 6, 7]


def test_a_filter_makes_entries_of_matches_only() -> None:
    class Unread(FakeSource):
        place: str | None = "poll"

        def journal_entry(self) -> JournalEntry:
            raise AssertionError("no filter matches this request")

    journal = filled_journal(1)
    journal.add(Unread())

    assert numbers(journal.entries(JournalFilter(place="models"))) == [1]
    assert asyncio.run(journal.find("req_none")) is None


def test_a_page_is_read_over_http(user: TestClient, client: TestClient) -> None:
    for _ in range(3):
        user.get("/v1/models")

    first = client.get("/_mock/journal", params={"limit": 2}).json()
    second = client.get("/_mock/journal", params={"limit": 2, "after": first["next"]}).json()

    assert [entry["number"] for entry in first["entries"]] == [1, 2]
    assert ([entry["number"] for entry in second["entries"]], second["next"]) == ([3], None)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
        ("limit", "x"),
        ("limit", ""),
        ("limit", "9" * 5_000),
        ("after", "-1"),
        ("after", "\u0663"),
        ("after", "1.0"),
    ],
)
def test_a_wrong_page_is_400(parameter: str, value: str, client: TestClient) -> None:
    response = client.get("/_mock/journal", params={parameter: value})

    assert response.status_code == 400
    assert response.json()["error"]["param"] == parameter
