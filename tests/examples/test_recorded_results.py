"""The recorded results of the example clients and of the mutants are true and complete."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence

import pytest

import clients
import mutants
import results
import table
import verify_results
from seedance_contract.case import Finding, Level, Result, Verdict, failed_finding
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.client_case import ClientCase
from seedance_contract.derived.tables import update_tables

from .reference_clients import EXAMPLES, needs_node


@pytest.mark.parametrize(
    "choice",
    [
        pytest.param("sample", marks=needs_node),
        pytest.param("clients", marks=pytest.mark.slow("reference-clients")),
        pytest.param("mutants", marks=pytest.mark.slow("mutants")),
    ],
)
def test_recorded_results_are_true(choice: str) -> None:
    """One process for each choice, so that all its clients sleep at the same time."""
    # A forked client that is measured is three times as slow, and the examples need no coverage.
    unmeasured = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}
    command = [sys.executable, str(EXAMPLES / "verify_results.py"), choice]

    process = subprocess.run(
        command, env=unmeasured, stdout=subprocess.PIPE, text=True, timeout=480
    )

    assert json.loads(process.stdout)["differences"] == []
    assert process.returncode == 0


@pytest.mark.parametrize("name", clients.CLIENTS)
def test_installed_client_has_results(name: str) -> None:
    missing = clients.CLIENTS[name].missing()
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")

    assert name in results.read_results()


@pytest.mark.parametrize("name", clients.REFERENCE)
def test_reference_client_passes_all_cases(name: str) -> None:
    row = results.read_results()[name]

    assert row["red"] == {}
    assert (row["SAFE"], row["CORRECT"], row["POLITE"]) == (True, True, True)
    assert row["open"] == 0


def test_naive_loop_fails_when_something_fails() -> None:
    red = results.read_results()[results.NAIVE_LOOP]["red"]

    assert {"POLL-01", "POLL-05-task", "POLL-15", "ERR-04", "SEC-06", "WIRE-07"} <= red.keys()


def test_every_check_fails_with_a_mutant() -> None:
    checks = {
        (case_id, check.id)
        for case_id, client_case in CASES.items()
        for check in client_case.checks
        if Level.INFO not in (check.level, client_case.case.effective_level)
        and check.level is not Level.MAY
    }
    failed = {
        (case_id, check)
        for row in mutants.read_table().values()
        for case_id, failed_checks in row.items()
        for check in failed_checks
    }

    assert checks - failed == set()
    assert failed - checks == set()


def test_every_mutant_fails_a_check() -> None:
    assert [switch for switch, row in mutants.read_table().items() if not row] == []


def test_slow_tier_has_each_mutant_and_each_check() -> None:
    def facts(pairs: verify_results.Failures) -> set[object]:
        checks = {(case, check) for (_, case), failed in pairs.items() for check in failed}
        return checks | {name for name, _ in pairs}

    chosen, recorded = verify_results.covering_pairs(), verify_results.mutant_pairs()

    assert facts(chosen) == facts(recorded)
    assert chosen.items() <= recorded.items()
    assert len(chosen) < len(recorded) / 2


def test_mutant_table_is_current() -> None:
    recorded = mutants.read_table()

    assert mutants.TABLE.read_text() == table.table_toml(table.merged(recorded, {})), (
        "run: python examples/mutants/table.py --rewrite"
    )


def test_results_file_is_current() -> None:
    assert results.RESULTS.read_text() == results.results_toml(results.read_results()), (
        "run: python examples/results.py --rewrite"
    )


def test_documentation_shows_the_results() -> None:
    page = results.CLIENTS_PAGE.read_text()

    assert update_tables(page, {"clients": results.clients_table}) == page, (
        "run: python examples/results.py --rewrite"
    )


@pytest.fixture
def naive_results() -> Sequence[Result]:
    """Give the results of a client that gives up after a failed poll."""

    def result(client_case: ClientCase) -> Result:
        finding = Finding(check="c", level=Level.MUST, verdict=Verdict.PASS)
        if client_case.id in ("POLL-15", "POLL-16"):
            finding = failed_finding("c", Level.MUST, "1", "2", client_case.cause)
        return Result(case=client_case.case, findings=(finding,))

    return [result(client_case) for client_case in CASES.values()]


def test_naive_report_shows_the_results() -> None:
    report = results.NAIVE_REPORT.read_text()

    # A case that fails for two causes is in both rows.
    shown = set(re.findall(r"`([A-Z]+-[\w-]+)`", report))
    red = results.read_results()[results.NAIVE_LOOP]["red"]
    assert shown == red.keys(), "run: python examples/results.py 'the naive loop'"


def test_naive_table_has_a_row_for_each_cause(naive_results: Sequence[Result]) -> None:
    lines = results.naive_table(naive_results).splitlines()

    assert [line.split(" | ")[:3] for line in lines[2:]] == [
        [
            "| A failed poll is taken for a failed video",
            "FAIL",
            "`POLL-15` `POLL-16`",
        ]
    ]
