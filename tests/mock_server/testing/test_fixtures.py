"""What a test holds in its hands."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from seedance_contract.declared.routes import BASE_URL
from seedance_mock.testing.fixtures import (
    AccountClock,
    AccountJournal,
    journal_report,
    new_key,
    words_error,
)
from seedance_mock.testing.httpx2_transport import MockTransport
from seedance_mock.testing.in_process import InProcess

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
    """Give the name of the key's account."""
    return mock.control.open(key).name


@pytest.fixture
def client(mock: InProcess, key: str, account: str) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(transport=MockTransport(mock), base_url=BASE_URL, headers=headers) as client:
        yield client


def test_a_key_carries_words_and_a_name() -> None:
    key = new_key("busy  queue-9s", "test_it[é-1]")

    assert key.rpartition("-")[0] == "sk-mock-busy.queue-9s--test-it-1"


def test_a_long_name_is_cut() -> None:
    assert len(new_key(name="x" * 1_000)) < 100


@pytest.mark.parametrize(
    ("words", "told"),
    [("busy queue-9s", None), ("flakey", "'flakey' is no word of the mock; perhaps 'flaky'")],
)
def test_wrong_words_are_told(words: str, told: str | None) -> None:
    assert (words_error(words) or "").startswith(told or "")
    assert (words_error(words) is None) == (told is None)


def test_a_clock_moves_the_account_on(mock: InProcess, account: str, client: httpx2.Client) -> None:
    clock = AccountClock(mock.control, account)
    client.post(CREATE, json=BODY)
    task = client.post(CREATE, json=BODY).json()["poll_url"]
    began, seen = clock(), []

    for seconds in (0, 1, 4):
        clock.advance(seconds)
        seen.append(client.get(task).json()["status"])

    assert seen == ["pending", "processing", "completed"]
    assert clock() == began + 5


def test_a_journal_is_of_one_account(mock: InProcess, account: str, client: httpx2.Client) -> None:
    journal = AccountJournal(mock.control, account)
    client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {mock.key()}"})

    journal.assert_no_create()
    client.post(CREATE, json=BODY)
    task = client.post(CREATE, json=BODY).json()
    client.get(task["poll_url"])

    assert [entry.status for entry in journal.creates()] == [503, 200]
    assert [*journal.polls()] == [task["id"]]
    assert len(journal.entries(place="create", status=503)) == 1
    journal.assert_creates(2)
    journal.assert_stops_at_the_end()
    journal.assert_polls_apart(5)


def test_a_report_tells_what_came(mock: InProcess, account: str, client: httpx2.Client) -> None:
    journal = mock.app.state.journal
    client.get("/v1/models")
    began = journal.count
    client.post(CREATE, json=BODY)
    client.post(CREATE, json={**BODY, "fps": 60})
    client.post(CREATE, json=BODY)
    client.get("/v1/models", headers={"Authorization": "Bearer sk-stranger"})
    client.get("/v1/videos", headers={"Authorization": "none"})

    lines = [
        line.partition(" s  ")[2] for line in journal_report(journal, account, began).splitlines()
    ]

    assert lines == [
        f"POST {CREATE}  503 all_channels_failed (create-503: not applied)",
        f"POST {CREATE}  400 invalid_request_error (breaks fps.unsupported)",
        f"POST {CREATE}  200 pending",
        "GET /v1/models  200  [not this test's key but key-2]",
        "GET /v1/videos  404 not_found  [no account]",
    ]


def test_a_report_has_no_secret(
    mock: InProcess, key: str, account: str, client: httpx2.Client
) -> None:
    media = "https://example.com/private.png"
    client.post(CREATE, json={**BODY, "prompt": "a private matter", "image_url": media})

    told = journal_report(mock.app.state.journal, account, 0)

    assert key not in told
    assert "private" not in told


def test_a_report_of_nothing_says_so(mock: InProcess, account: str) -> None:
    assert journal_report(mock.app.state.journal, account, 0) == "No request reached the mock."


def test_a_long_report_is_cut(mock: InProcess, account: str, client: httpx2.Client) -> None:
    for _ in range(53):
        client.get("/v1/models")

    lines = journal_report(mock.app.state.journal, account, 0).splitlines()

    assert (len(lines), lines[0]) == (51, "(3 earlier exchanges)")


def test_an_unanswered_request_is_reported(mock: InProcess, client: httpx2.Client) -> None:
    key = mock.key("models-reset")
    with pytest.raises(httpx2.ReadError):
        client.get("/v1/models", headers={"Authorization": f"Bearer {key}"})

    told = journal_report(mock.app.state.journal, mock.control.open(key).name, 0)

    assert told == "+0.000 s  GET /v1/models  no answer (models-reset: not applied)"
