"""The checks find every server with a planted defect, and none in the mock itself."""

from __future__ import annotations

import pytest

from seedance_contract.case import Verdict
from seedance_contract.server.checks import openapi, tasks
from seedance_contract.server.suite import CHECKS
from seedance_mock.testing.live import live_server
from server_mutants import LONG_SEARCHES, MUTANTS, Mutant, checks_to_run, run_on

CAUSES = {
    "a cancelled task is charged": {"charged-wrongly"},
    "a refusal reserves money": {"reservation-not-released"},
    "a running task can be cancelled": {"cancellation-wrong", "cancellation-race"},
    "a wrong code for violations": {"wrong-error"},
    "completed without a video": {"task-incomplete", "video-differs"},
    "data URLs have no parameters": {"valid-request-refused"},
    "errors without a type": {"error-envelope-lost"},
    "fast accepts 1080p": {"invalid-request-accepted", "catalogue-disagrees"},
    "invalid UTF-8 is replaced": {"malformed-body-accepted"},
    "no key is needed": {"key-not-required"},
    "no X-Request-ID": {"header-lost"},
    "tasks are shown to other keys": {"workspaces-not-separated"},
    "the balance is not checked": {"balance-check-wrong"},
    "the detail promises 4k": {"catalogue-wrong", "catalogue-disagrees"},
    "the key is echoed": {"key-disclosed"},
    "the prompt is echoed": {"prompt-disclosed"},
    "the status goes back": {"status-goes-back"},
    "the video is downgraded": {"video-differs"},
}
"""The causes that the report must name for a sample of the defects."""


def parameter(mutant: Mutant) -> object:
    # The fast tier has those whose causes are compared: a sample over all groups of checks.
    is_fast = mutant.id in CAUSES and mutant.id not in LONG_SEARCHES
    marks = () if is_fast else pytest.mark.slow("mutants")
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
    if mutant.id in CAUSES:
        findings = [results[id].findings[0] for id in mutant.checks]
        assert {finding.cause for finding in findings} == CAUSES[mutant.id]


def test_the_mock_passes_every_check() -> None:
    # The checks of the OpenAPI document, which take long, have tests of their own.
    checks = [check for check in CHECKS if not openapi.GROUP.contains(check.case.id)]
    with live_server() as server:
        results = run_on(server, checks)

    assert {id for id, result in results.items() if result.verdict is not Verdict.PASS} == set()


def test_mutants_have_unique_ids() -> None:
    assert len({mutant.id for mutant in MUTANTS}) == len(MUTANTS)
    assert {mutant.id for mutant in MUTANTS} >= CAUSES.keys()


def test_every_task_check_has_a_mutant() -> None:
    caught = {id for mutant in MUTANTS for id in mutant.checks}
    checks = {check.case.id for check in tasks.CHECKS}

    # The balance of the mock is computed from reservations and charges, so the sum cannot be wrong.
    assert checks - caught == {"tasks.money"}
