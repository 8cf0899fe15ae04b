"""What is written down of the example clients and of the mutants is true, and leaves no gap."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import clients
import mutants
import results
from seedance_contract.case import Level
from seedance_contract.client.catalogue import SCENES
from seedance_contract.derived.tables import current

from .conftest import EXAMPLES


def test_what_is_written_down_holds() -> None:
    """One test, so that all its pairs of client and case sleep at the same time."""
    unmeasured = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}
    command = [sys.executable, str(EXAMPLES / "held.py")]

    done = subprocess.run(command, env=unmeasured, stdout=subprocess.PIPE, text=True, timeout=480)

    assert json.loads(done.stdout)["differences"] == []
    assert done.returncode == 0


@pytest.mark.parametrize("name", clients.CLIENTS)
def test_every_client_can_run_here(name: str) -> None:
    missing = clients.CLIENTS[name].missing()
    if missing:
        pytest.skip(f"is not tried here: needs {', '.join(missing)}")

    assert name in results.read()


@pytest.mark.parametrize("name", clients.REFERENCE)
def test_the_reference_clients_fail_in_nothing(name: str) -> None:
    row = results.read()[name]

    assert row["red"] == {}
    assert (row["SAFE"], row["CORRECT"], row["POLITE"]) == (True, True, True)
    assert row["open"] == 0


def test_the_naive_loop_fails_where_something_happens() -> None:
    red = results.read()["the naive loop"]["red"]

    assert {"POLL-01", "POLL-05-task", "POLL-15", "ERR-04", "SEC-06", "WIRE-07"} <= red.keys()


def test_every_check_is_turned_red_by_a_mutant() -> None:
    checks = {
        (case, check.id)
        for case, scene in SCENES.items()
        for check in scene.checks
        if Level.INFO not in (check.level, scene.case.weight) and check.level is not Level.MAY
    }
    red = {
        (case, check)
        for row in mutants.table().values()
        for case, found in row.items()
        for check in found
    }

    assert checks - red == set()
    assert red - checks == set()


def test_every_mutant_turns_something_red() -> None:
    table = mutants.table()

    assert list(table) == list(mutants.BY_NAME)
    assert [name for name, row in table.items() if not row] == []


def test_the_readme_shows_the_results() -> None:
    readme = EXAMPLES.parent / "README.md"

    assert current(readme.read_text(), {"clients": results.summary}) == readme.read_text()
