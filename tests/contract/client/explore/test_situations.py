"""What a situation is for a client, for a person with curl, and as JSON."""

from __future__ import annotations

import shlex

import pytest

from seedance_contract.client.explore.situations import (
    DEFAULT_INTERVAL,
    Situation,
    SituationError,
    situation_from_json,
    situation_to_json,
)
from seedance_contract.client.jobs import api_key, kit_job

LOST = Situation(words=("create-reset+",))

FULL = Situation(
    words=("create-429", "retry-2s"),
    prompt_words=("end-failed",),
    action="download",
    request='{"duration": 7}',
    poll_interval=DEFAULT_INTERVAL,
    restart=True,
)


def test_situation_is_a_case_with_its_words() -> None:
    client_case = LOST.client_case()

    assert api_key(client_case, "7f").startswith(
        "sk-mock-clock-polls.after-2polls.retry-1s.create-reset+--"
    )
    assert client_case.restart_after is None
    assert client_case.job["poll_interval_s"] == 0.02


def test_situation_decides_the_job() -> None:
    job = kit_job(FULL.client_case(), "7f")

    assert job["action"] == "download"
    assert job["request"]["duration"] == 7
    assert job["request"]["prompt"].endswith("[mock: end-failed] kit:EXPLORE:7f")
    assert FULL.client_case().restart_after == "create"


def test_cancel_is_sent_after_the_create() -> None:
    assert Situation(action="cancel").client_case().job["cancel_after"] == "created"


@pytest.mark.parametrize(
    ("words", "is_endless"),
    [
        ("create-503x0", True),
        ("create-429x0 retry-86400s", True),
        ("end-never", True),
        ("create-hang+", True),
        ("create-503x2", False),
        ("poll-lapsex0", False),
        ("any-closingx0", False),
    ],
)
def test_endless_situation_has_a_short_deadline(words: str, is_endless: bool) -> None:
    client_case = Situation(words=tuple(words.split())).client_case()

    assert (client_case.job["deadline_s"] == 10) is is_endless
    assert client_case.timeout == (20 if is_endless else 60)


def test_restarted_client_polls_slowly_enough_to_be_killed() -> None:
    assert Situation(restart=True).client_case().job["poll_interval_s"] == 1.0


def test_curl_command_has_the_key_and_the_request() -> None:
    words = shlex.split(FULL.curl())

    assert words[2] == "http://127.0.0.1:8000/v1/videos/generations"
    assert "Authorization: Bearer " + FULL.key() in words
    assert "[mock: end-failed]" in words[-1]


@pytest.mark.parametrize(
    ("situation", "label"),
    [
        (Situation(), "no words"),
        (LOST, "create-reset+"),
        (
            FULL,
            "create-429 retry-2s; in the prompt: end-failed; download; restart; another request; "
            "polls every 5 s",
        ),
    ],
)
def test_label_says_what_is_unusual(situation: Situation, label: str) -> None:
    assert situation.label == label


def test_size_counts_the_words_of_key_and_prompt() -> None:
    assert (Situation().size, FULL.size) == (0, 3)


@pytest.mark.parametrize("situation", [Situation(), LOST, FULL])
def test_situation_survives_json(situation: Situation) -> None:
    assert situation_from_json(situation_to_json(situation)) == situation


def test_json_leaves_out_what_is_usual() -> None:
    assert situation_to_json(LOST) == {"words": "create-reset+"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "a situation is a JSON object"),
        ({"word": "ok"}, "a situation has no member 'word': words, prompt_words"),
        ({"words": 1}, "the value of 'words' has another type"),
    ],
)
def test_other_json_is_no_situation(value: object, message: str) -> None:
    with pytest.raises(SituationError, match=message):
        situation_from_json(value)
