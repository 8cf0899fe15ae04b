"""The checks find every server with a planted defect, and none in the mock itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mutant_runs import require_caught, results_on, run_on
from seedance_contract.case import Verdict
from seedance_contract.server.checks import openapi, tasks
from seedance_contract.server.suite import CHECKS, select_checks
from seedance_mock.settings import Settings
from seedance_mock.testing.live import live_server
from server_defects import Mutant
from server_mutants import CAUSES, MUTANTS


def needs_search(mutant: Mutant) -> bool:
    """Return whether only a search of the state machine finds the defect, which takes seconds."""
    return any(tasks.GROUP.contains(check) for check in mutant.checks)


NAMED = {*CAUSES, "the balance is checked too early"}
SAMPLE = [mutant for mutant in MUTANTS if mutant.id in NAMED and not needs_search(mutant)]
"""The slow tier has all mutants: `reproduction/test_against_mutants.py`."""


@pytest.mark.parametrize("mutant", SAMPLE, ids=lambda mutant: mutant.id)
def test_mutant_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.patch(monkeypatch)
    with live_server(mutant.settings) as server:
        results = results_on(server, mutant)

    require_caught(mutant, results)


def test_the_mock_passes_every_check() -> None:
    # The checks of the OpenAPI document, which take long, have tests of their own. The slow tier
    # has runs with more examples, as `check-server` makes them.
    checks = [check for check in CHECKS if not openapi.GROUP.contains(check.case.id)]
    with live_server() as server:
        results = run_on(server, checks, max_examples=4)

    assert {id for id, result in results.items() if result.verdict is not Verdict.PASS} == set()


def test_limits_of_the_mock_fail_no_check() -> None:
    groups = ("refusals.*", "catalogue.*", "requests.*", "lists.*", "deletions.*", "idempotency.*")
    limits = Settings(lifecycle="manual", balance=Decimal(0), rate_limit=3, retention=1.0)
    with live_server(limits) as server:
        results = run_on(server, select_checks(groups), max_examples=4)

    failed = {id for id, result in results.items() if result.verdict is not Verdict.PASS}
    # Selected alone, this one has seen too few requests.
    assert failed == {"requests.covered"}


def test_every_defect_can_be_planted() -> None:
    # Most defects are planted in the slow tier only, too late to notice a function's new name.
    for mutant in MUTANTS:
        with pytest.MonkeyPatch.context() as patch:
            mutant.patch(patch)


def test_mutants_have_unique_ids() -> None:
    assert len({mutant.id for mutant in MUTANTS}) == len(MUTANTS)
    assert {mutant.id for mutant in MUTANTS} >= CAUSES.keys()


def test_every_task_check_has_a_mutant() -> None:
    caught = {id for mutant in MUTANTS for id in mutant.checks}
    checks = {check.case.id for check in tasks.CHECKS}

    # The balance of the mock is computed from reservations and charges, so the sum cannot be wrong.
    assert checks - caught == {"tasks.money"}
