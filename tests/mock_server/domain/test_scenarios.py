"""Words in the text of a create request."""

from __future__ import annotations

import pytest

from backtracking import backtracking_quantifiers
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import WORDS_IN_TEXT, WORDS_START, words_in_body
from seedance_mock.scripting.words import MAX_WORDS


def words(text: str) -> str:
    return words_in_body({"prompt": text})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a boat", ""),
        ("[a] boat", ""),
        ("[mock: end-failed] boat [mock:queue-9s]", "end-failed queue-9s"),
        ("[mock: end-failed\nerr-object]", "end-failed\nerr-object"),
    ],
)
def test_words_of_a_text(text: str, expected: str) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[mock:",
        "[MOCK: end-failed]",
        "[ mock : end-failed]",
        "[mock:]",
        f"[mock: {'a' * 500}]",
        "[mock: end-failed [mock: queue-9s]",
        "[mock: end-failed] [mock: queue-9s",
    ],
)
def test_malformed_words_are_refused(text: str) -> None:
    with pytest.raises(ApiError, match=r"^prompt: write words as \[mock: end-failed\]"):
        words(text)


def test_a_text_has_words_a_bounded_number_of_times() -> None:
    assert words("[mock: ok]" * MAX_WORDS) == " ".join(["ok"] * MAX_WORDS)

    with pytest.raises(ApiError, match=r"^prompt: a text has \[mock: …\] at most 32 times$"):
        words("[mock: ok]" * (MAX_WORDS + 1))


def test_the_patterns_of_words_never_go_back() -> None:
    patterns = (WORDS_IN_TEXT, WORDS_START)

    assert [backtracking_quantifiers(pattern.pattern) for pattern in patterns] == [[], []]
