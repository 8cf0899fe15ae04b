"""Every bad habit can be chosen, and every core case has one that breaks it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from .conftest import EXAMPLES, Run

MUTANTS = [sys.executable, str(EXAMPLES / "mutants/mutants.py")]
CORE = {
    "AUTH": [1, 2, 3, 4, 5],
    "REQ": [1, 2, 3, 5, 6, 7, 9],
    "DUP": [1, 2, 3, 4, 5, 6, 7, 8, 9, 11],
    "POLL": [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 20, 21],
    "RES": [1, 2, 3, 4, 5, 6],
    "CAN": [1, 2, 3, 4, 7],
    "ERR": [1, 2, 4, 5, 6, 7, 8, 13],
    "BILL": [1, 3],
    "DISC": [1, 3],
    "SEC": [1, 2, 3, 4, 6, 7],
    "WIRE": [1, 2, 3, 4, 7],
    "DL": [1, 2],
}


@pytest.fixture(scope="module")
def table() -> list[dict[str, Any]]:
    """Give the table that the program prints."""
    text = subprocess.run([*MUTANTS, "--list"], capture_output=True, check=True).stdout
    rows: list[dict[str, Any]] = json.loads(text)
    return rows


def test_every_core_case_has_a_habit_that_breaks_it(table: list[dict[str, Any]]) -> None:
    killed = {case for row in table for case in row["kills"]}

    core = {f"{group}-{number:02}" for group, numbers in CORE.items() for number in numbers}
    assert len(core) == 76
    assert core - killed == set()


def test_every_habit_is_there_once_and_says_what_it_does(table: list[dict[str, Any]]) -> None:
    names = [row["switch"] for row in table]

    assert len(set(names)) == len(names) >= 40
    assert all(row["does"] and row["kills"] and row["switch"].startswith("--") for row in table)


def test_without_a_habit_it_is_the_reference_client(run: Run) -> None:
    assert run(MUTANTS, "ok").outcome == "completed"


def test_habits_combine(run: Run) -> None:
    ended = run([*MUTANTS, "--retry-400", "--only-videos"], "create-400x2")

    assert ended.outcome == "failed"
    assert len(ended.sent("create")) == 3


@pytest.mark.parametrize(
    ("switch", "words", "creates", "outcome"),
    [
        ("--retry-create-on-reset", "lostreply", 2, "completed"),
        ("--retry-create-on-close", "create-close+", 2, "completed"),
        ("--retry-create-on-cut", "create-cut", 2, "completed"),
        ("--retry-create-on-504", "create-504+", 2, "completed"),
        ("--retry-503-at-once", "create-503x2.retry-1s", 3, "completed"),
        ("--retry-413", "create-413", 2, "completed"),
        ("--hedge-create", "ok", 2, "completed"),
        ("--cheaper-model", "broke", 2, "error"),
        ("--regenerate-on-failure", "policy", 2, "failed"),
        ("--regenerate-on-poll-error", "poll-503.retry-none", 2, "error"),
        ("--cancelled-is-success", "end-cancelled", 1, "completed"),
        ("--failed-is-success", "policy", 1, "completed"),
        ("--completed-without-url-is-success", "out-none", 1, "completed"),
        ("--stop-on-poll-error", "poll-reset", 1, "failed"),
        ("--only-video-url", "out-video", 1, "failed"),
        ("--only-id", "id-task", 1, "error"),
        ("--need-poll-url", "at-none", 1, "error"),
        ("--cut-poll-is-end", "poll-cut", 1, "failed"),
    ],
)
def test_a_habit_shows(switch: str, words: str, creates: int, outcome: str, run: Run) -> None:
    ended = run([*MUTANTS, switch], words)

    assert (ended.outcome, len(ended.sent("create"))) == (outcome, creates), ended.text


def test_assets_see_the_key_that_leaks(run: Run) -> None:
    ended = run([*MUTANTS, "--leak-key-to-assets"], "ok", action="download")

    assert [entry.authorized for entry in ended.sent("asset")] == [True]
