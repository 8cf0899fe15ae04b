"""The checks find every server with a planted defect, and none in the mock itself."""

from __future__ import annotations

import pytest

from seedance_contract.case import Verdict
from seedance_contract.server.checks import openapi, tasks
from seedance_contract.server.suite import CHECKS
from seedance_mock.testing.live import live_server
from server_mutants import LONG_SEARCHES, MUTANTS, Mutant, checks_to_run, run_on


def parameter(mutant: Mutant) -> object:
    marks = pytest.mark.slow("mutants") if mutant.id in LONG_SEARCHES else ()
    return pytest.param(mutant, id=mutant.id, marks=marks)


@pytest.mark.parametrize("mutant", [parameter(mutant) for mutant in MUTANTS])
def test_mutant_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.patch(monkeypatch)
    with live_server(mutant.settings) as server:
        checks = checks_to_run(mutant.checks)
        results = run_on(server, checks, LONG_SEARCHES.get(mutant.id, 8))

    missed = {
        id: results[id].verdict for id in mutant.checks if results[id].verdict is not Verdict.FAIL
    }
    assert missed == {}


def test_the_mock_passes_every_check() -> None:
    # The checks of the OpenAPI document, which take long, have tests of their own.
    checks = [check for check in CHECKS if not openapi.GROUP.contains(check.case.id)]
    with live_server() as server:
        results = run_on(server, checks)

    assert {id for id, result in results.items() if result.verdict is not Verdict.PASS} == set()


def test_mutants_have_unique_ids() -> None:
    assert len({mutant.id for mutant in MUTANTS}) == len(MUTANTS)


def test_every_task_check_has_a_mutant() -> None:
    caught = {id for mutant in MUTANTS for id in mutant.checks}
    checks = {check.case.id for check in tasks.CHECKS}

    # The balance of the mock is computed from reservations and charges, so the sum cannot be wrong.
    assert checks - caught == {"tasks.money"}
