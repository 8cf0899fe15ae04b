"""How the checks are run that must find a server with a defect."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from seedance_contract.case import Result, Verdict
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool, ServerCheck
from seedance_contract.server.checks import answers
from seedance_contract.server.http.target import Target
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import checks_by_id, select_checks
from seedance_mock.commands.check_server.control_adapter import find_control_adapter
from seedance_mock.testing.live import LiveServer
from server_defects import Mutant
from server_mutants import CAUSES, LONG_SEARCHES

CHECKS_WITH_EVERY_RESPONSE = (
    "refusals.*-key",
    "refusals.rate-limit",
    "requests.discreet",
    "requests.any-fault",
    "tasks.ends",
    "catalogue.prices-*",
)
"""Checks that make a server respond in every way. The group `answers` needs such responses."""


def run_on(
    server: LiveServer,
    checks: list[ServerCheck],
    max_examples: int = 8,
    keys: KeyPool | None = None,
) -> dict[str, Result]:
    """Carry out checks on a server. Return their results by id."""
    monitor = ResponseMonitor()
    with closing(Transport()) as transport:
        context = CheckContext(
            target=Target(server.url, Budget(None), monitor, transport),
            keys=keys or KeyPool(None, None, run_id="mutant"),
            monitor=monitor,
            control=find_control_adapter(server.url, None, transport),
            max_examples=max_examples,
            shrink=False,
            task_timeout=1.0,
        )
        return {result.case.id: result for result in run_checks(context, checks)}


def results_on(server: LiveServer, mutant: Mutant) -> dict[str, Result]:
    """Carry out the checks that must find a mutant on its server. Return their results by id."""
    max_examples = LONG_SEARCHES.get(mutant.id, 8)
    results = run_on(server, checks_to_run(mutant.checks), max_examples)
    return {id: results[id] for id in mutant.checks}


def require_caught(mutant: Mutant, results: Mapping[str, Result]) -> None:
    """Fail the test unless each check has failed, for the causes that are known for the mutant."""
    missed = {id: result.verdict for id, result in results.items() if not has_failed(result)}
    assert missed == {}
    if mutant.id in CAUSES:
        findings = [result.findings[0] for result in results.values()]
        assert {finding.cause for finding in findings} == CAUSES[mutant.id]


def has_failed(result: Result) -> bool:
    return result.verdict is Verdict.FAIL


def checks_to_run(ids: tuple[str, ...]) -> list[ServerCheck]:
    """Return the checks of these ids, after those whose responses they need."""
    checks = [checks_by_id()[id] for id in ids]
    if not any(is_about_responses(check) for check in checks):
        return checks
    return [*select_checks(CHECKS_WITH_EVERY_RESPONSE), *sorted(checks, key=is_about_responses)]


def is_about_responses(check: ServerCheck) -> bool:
    return answers.GROUP.contains(check.case.id)
