"""Every bad habit can be chosen on the command line, alone or with others."""

from __future__ import annotations

import json
import sys

import mutants
from habits.catalogue import HABITS

from .conftest import Run
from .reference_clients import EXAMPLES, ProgramClient

MUTANTS = (sys.executable, str(EXAMPLES / "mutants/mutants.py"))


def test_list_has_every_habit_and_its_failures() -> None:
    output = ProgramClient((*MUTANTS, "--list")).run({})

    rows = json.loads(output.stdout)
    assert [row["switch"] for row in rows] == [habit.switch for habit in HABITS]
    assert {row["switch"]: row["red"] for row in rows} == mutants.read_table()
    assert [row["switch"] for row in rows if not row["does"]] == []


def test_switches_are_unique_and_start_with_dashes() -> None:
    switches = [habit.switch for habit in HABITS]

    assert sorted(set(switches)) == sorted(switches)
    assert [switch for switch in switches if not switch.startswith("--")] == []


def test_without_a_switch_it_is_the_reference_client(run: Run) -> None:
    assert run(ProgramClient(MUTANTS), "ok").outcome == "completed"


def test_habits_can_be_combined(run: Run) -> None:
    mutant = ProgramClient((*MUTANTS, "--retry-400", "--only-videos"))

    client_run = run(mutant, "create-400x2")

    assert client_run.outcome == "failed"
    assert len(client_run.requests("create")) == 3
