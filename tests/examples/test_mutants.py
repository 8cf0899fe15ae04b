"""Every bad habit can be chosen, alone or with others."""

from __future__ import annotations

import json
import subprocess
import sys

from .conftest import EXAMPLES, Run

MUTANTS = [sys.executable, str(EXAMPLES / "mutants/mutants.py")]


def test_every_habit_is_there_once_and_says_what_it_does() -> None:
    text = subprocess.run([*MUTANTS, "--list"], capture_output=True, check=True).stdout
    rows = json.loads(text)

    names = [row["switch"] for row in rows]
    assert len(set(names)) == len(names) >= 40
    assert all(row["does"] and row["red"] and row["switch"].startswith("--") for row in rows)


def test_without_a_habit_it_is_the_reference_client(run: Run) -> None:
    assert run(MUTANTS, "ok").outcome == "completed"


def test_habits_combine(run: Run) -> None:
    ended = run([*MUTANTS, "--retry-400", "--only-videos"], "create-400x2")

    assert ended.outcome == "failed"
    assert len(ended.sent("create")) == 3
