"""What an exploration remembers, and the file of regressions."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_contract.client.explore.memory import (
    open_database,
    parse_regressions,
    regressions_text,
    remember,
    remembered_situations,
)
from seedance_contract.client.explore.situations import Situation, SituationError

LOST = Situation(words=("create-reset+",))
FAILED_POLL = Situation(words=("poll-503",), restart=True)


def test_database_remembers_failures_until_they_pass(tmp_path: Path) -> None:
    remember(open_database(tmp_path), passed=[], failed=[LOST, FAILED_POLL])
    remember(open_database(tmp_path), passed=[LOST], failed=[FAILED_POLL])

    assert remembered_situations(open_database(tmp_path)) == (FAILED_POLL,)


def test_situation_that_passed_and_failed_is_remembered(tmp_path: Path) -> None:
    remember(open_database(tmp_path), passed=[LOST], failed=[LOST])

    assert remembered_situations(open_database(tmp_path)) == (LOST,)


def test_regression_file_has_each_situation_once_in_a_stable_order() -> None:
    text = regressions_text([FAILED_POLL, LOST, LOST])

    assert text == regressions_text([LOST, FAILED_POLL])
    assert parse_regressions(text) == (LOST, FAILED_POLL)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no", "the file is not JSON"),
        ("[]", "no list `situations`"),
        ('{"schema": 2, "situations": []}', "schema 2, not 1"),
        ('{"schema": 1, "situations": [{}, {"x": 1}]}', "situation 2: a situation has no member"),
    ],
)
def test_other_file_is_no_regression_file(text: str, message: str) -> None:
    with pytest.raises(SituationError, match=message):
        parse_regressions(text)
