"""Keys, and the clock, the journal and the report of one account."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from seedance_contract.declared.routes import BASE_URL
from seedance_mock.testing import (
    AccountClock,
    AccountJournal,
    Httpx2MockTransport,
    InProcess,
    Settings,
    new_key,
)
from seedance_mock.testing.fixtures import journal_report, words_error

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


@pytest.fixture
def mock() -> Iterator[InProcess]:
    with InProcess() as mock:
        yield mock


@pytest.fixture
def key(mock: InProcess) -> str:
    return mock.key("clock-frozen create-503")


@pytest.fixture
def account(mock: InProcess, key: str) -> str:
    """Give the name of the account of the key."""
    return mock.control.open(key).name


@pytest.fixture
def client(mock: InProcess, key: str, account: str) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    transport = Httpx2MockTransport(mock)
    with httpx2.Client(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client


def test_a_key_contains_words_and_a_name() -> None:
    key = new_key("busy  queue-9s", "test_it[é-1]")

    assert key.rpartition("-")[0] == "sk-mock-busy.queue-9s--test-it-1"


def test_a_long_name_is_shortened() -> None:
    assert len(new_key(name="x" * 1_000)) < 100


@pytest.mark.parametrize(
    ("words", "message"),
    [("busy queue-9s", None), ("flakey", "'flakey' is not a word of the mock; ")],
)
def test_an_unknown_word_is_an_error(words: str, message: str | None) -> None:
    assert (words_error(words) or "").startswith(message or "")
    assert (words_error(words) is None) == (message is None)


def test_a_clock_advances_the_tasks(mock: InProcess, account: str, client: httpx2.Client) -> None:
    clock = AccountClock(mock.control, account)
    client.post(CREATE, json=BODY)
    poll_url = client.post(CREATE, json=BODY).json()["poll_url"]
    start, statuses = clock(), []

    for seconds in (0, 1, 4):
        clock.advance(seconds)
        statuses.append(client.get(poll_url).json()["status"])

    assert statuses == ["pending", "processing", "completed"]
    assert clock() == start + 5


def test_a_journal_has_one_account_only(
    mock: InProcess, account: str, client: httpx2.Client
) -> None:
    journal = AccountJournal(mock.control, account)
    client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {mock.key()}"})

    journal.assert_no_create()
    client.post(CREATE, json=BODY)
    task = client.post(CREATE, json=BODY).json()
    client.get(task["poll_url"])

    assert [entry.status for entry in journal.create_requests()] == [503, 200]
    assert [*journal.polls_by_task()] == [task["id"]]
    assert len(journal.entries(place="create", status=503)) == 1
    journal.assert_creates(2)
    journal.assert_no_poll_after_end()
    journal.assert_polls_apart(5)


def test_a_report_has_a_line_for_each_request(
    mock: InProcess, account: str, client: httpx2.Client
) -> None:
    journal = mock.app.state.journal
    client.get("/v1/models")
    count_before = journal.count
    client.post(CREATE, json=BODY)
    client.post(CREATE, json={**BODY, "fps": 60})
    client.post(CREATE, json=BODY)
    client.get("/v1/models", headers={"Authorization": "Bearer sk-stranger"})
    client.get("/v1/videos", headers={"Authorization": "none"})

    lines = [
        line.partition(" s  ")[2]
        for line in journal_report(journal, account, count_before).splitlines()
    ]

    assert lines == [
        f"POST {CREATE}  503 all_channels_failed (create-503: not applied)",
        f"POST {CREATE}  400 invalid_request_error (breaks fps.unsupported)",
        f"POST {CREATE}  200 pending",
        "GET /v1/models  200  [another account: key-2]",
        "GET /v1/videos  404 not_found  [no account]",
    ]


def test_a_report_shows_callbacks(mock: InProcess, client: httpx2.Client) -> None:
    key = mock.key("clock-frozen")
    account = mock.control.open(key).name
    content = [{"type": "text", "text": "a paper boat [mock: callback-fail-x1]"}]
    task = client.post(
        "/api/v3/contents/generations/tasks",
        json={"model": "seedance-2.0", "content": content, "callback_url": "http://127.0.0.1:9/"},
        headers={"Authorization": f"Bearer {key}"},
    ).json()
    mock.control.advance(account, 0)

    lines = journal_report(mock.app.state.journal, account, 0).splitlines()

    assert lines[1].partition(" s  ")[2] == (
        f"callback {task['id']}-1, attempt 1  no response queued"
        " (callback-fail-x1 ignores the response)"
    )


def test_a_report_has_no_secret(
    mock: InProcess, key: str, account: str, client: httpx2.Client
) -> None:
    media = "https://example.com/private.png"
    client.post(CREATE, json={**BODY, "prompt": "a private matter", "image_url": media})

    report = journal_report(mock.app.state.journal, account, 0)

    assert key not in report
    assert "private" not in report


def test_a_report_without_requests_says_so(mock: InProcess, account: str) -> None:
    assert journal_report(mock.app.state.journal, account, 0) == "No request reached the mock."


def test_a_long_report_is_shortened(mock: InProcess, account: str, client: httpx2.Client) -> None:
    for _ in range(53):
        client.get("/v1/models")

    lines = journal_report(mock.app.state.journal, account, 0).splitlines()

    assert (len(lines), lines[0]) == (51, "(3 earlier requests)")


def test_a_lost_response_is_reported(mock: InProcess, client: httpx2.Client) -> None:
    key = mock.key("models-reset")
    with pytest.raises(httpx2.ReadError):
        client.get("/v1/models", headers={"Authorization": f"Bearer {key}"})

    report = journal_report(mock.app.state.journal, mock.control.open(key).name, 0)

    assert report == "+0.000 s  GET /v1/models  no response (models-reset: not applied)"


def test_bodies_can_be_asserted() -> None:
    with InProcess(Settings(journal_bodies=True)) as mock:
        key = mock.key()
        post(mock, key)
        journal = AccountJournal(mock.control, mock.control.open(key).name)

        assert journal.create_bodies() == [BODY]
        [archived] = mock.control.export(account=journal.account)["log"]["entries"]
        assert "a paper boat" in archived["request"]["postData"]["text"]


def test_bodies_that_are_not_kept_are_an_error(mock: InProcess, account: str, key: str) -> None:
    post(mock, key)

    with pytest.raises(LookupError, match="journal_bodies=True"):
        AccountJournal(mock.control, account).create_bodies()


def post(mock: InProcess, key: str) -> None:
    """Send a create request with a key."""
    with httpx2.Client(transport=Httpx2MockTransport(mock), base_url=mock.url) as client:
        client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {key}"})
