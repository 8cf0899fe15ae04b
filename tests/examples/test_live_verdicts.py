"""The verdicts on live traffic: bad habits are found, and careful clients have no findings."""

from __future__ import annotations

import sys

import pytest

from seedance_contract.client.jobs import DEFAULT_V3_REQUEST
from seedance_mock.testing import CheckVerdict, Control

from .conftest import ClientRun, Run
from .reference_clients import EXAMPLES, ProgramClient

pytestmark = pytest.mark.slow("reference-clients")

MUTANTS = (sys.executable, str(EXAMPLES / "mutants/mutants.py"))
INTERVAL = 1.1
REQUEST = {"model": "seedance-2.0", "prompt": "a paper boat", "duration": 5}
V3_JOB = {"dialect": "v3", "request": DEFAULT_V3_REQUEST, "poll_interval_s": INTERVAL}


def verdicts(server: str, run: ClientRun) -> dict[str, CheckVerdict]:
    """Return the verdicts on the requests of a run, by check."""
    account = run.entries[0].account
    assert account is not None
    return {verdict.id: verdict for verdict in Control(server).checks(account)}


HABITS = [
    ("--retry-create-on-504", "create-504", "no-blind-create"),
    ("--retry-create-on-reset", "create-reset", "no-blind-create"),
    ("--retry-400", "create-400x2", "refusal-final"),
    ("--ignore-retry-after", "create-429.retry-3s", "waits-out-retry-after"),
    ("--shorter-retry-after", "create-429.retry-mixed", "waits-out-longest"),
    ("--retry-503-at-once", "create-503.retry-none", "backs-off"),
    ("--poll-every-100ms", "run-1s", "not-hammering"),
    ("--keep-polling", "ok", "stops-polling"),
    ("--poll-through-refusals", "poll-404x9", "rejected-lookup-final"),
    ("--decode-poll-url", "at-query", "polls-exact-url"),
    ("--leak-key-on-redirect", "poll-redirect", "key-stays"),
    ("--key-in-query", "ok", "key-in-its-place"),
    ("--duration-as-text", "ok", "valid-request"),
    ("--undocumented-field", "ok", "documented-fields"),
]


@pytest.mark.parametrize(("habit", "words", "check"), HABITS, ids=[row[0][2:] for row in HABITS])
def test_a_bad_habit_is_found(habit: str, words: str, check: str, run: Run, server: str) -> None:
    mutant = ProgramClient((*MUTANTS, habit))

    client_run = run(mutant, words, poll_interval_s=INTERVAL, deadline_s=6, request=REQUEST)

    found = verdicts(server, client_run)[check]
    assert found.verdict in ("FAIL", "NON-STRICT"), found
    assert {*found.requests} <= {entry.request_id for entry in client_run.entries}


V3_HABITS = [
    ("--v3-retry-without-key", "create-reset+", "no-blind-create"),
    ("--v3-retry-without-key", "create-500+", "no-blind-create"),
    ("--v3-two-ends", "end-cancelled", "stops-polling"),
]


@pytest.mark.parametrize(("habit", "words", "check"), V3_HABITS)
def test_a_bad_habit_under_v3_is_found(
    habit: str, words: str, check: str, run: Run, server: str
) -> None:
    client_run = run(ProgramClient((*MUTANTS, habit)), words, deadline_s=6, **V3_JOB)

    assert verdicts(server, client_run)[check].verdict == "FAIL"


SITUATIONS = (
    "ok",
    "create-429.retry-1s",
    "create-503.poll-503.retry-1s",
    "create-504+",
    "create-reset+",
    "create-400",
    "create-redirect",
    "poll-redirect",
    "poll-cut",
    "poll-404x9",
    "at-query",
    "end-failed",
)


@pytest.mark.parametrize("words", SITUATIONS)
def test_a_careful_client_has_no_findings(words: str, run: Run, server: str) -> None:
    client = ProgramClient(MUTANTS)

    client_run = run(client, words, poll_interval_s=INTERVAL, request=REQUEST)

    failed = [each for each in verdicts(server, client_run).values() if each.verdict == "FAIL"]
    assert failed == []


V3_SITUATIONS = (
    "ok",
    "create-reset+",
    "create-503.retry-1s",
    "create-close+.idempotency-hold-2s",
    "poll-503.retry-1s",
    "create-400",
    "end-expired",
)


@pytest.mark.parametrize("words", V3_SITUATIONS)
def test_a_careful_client_of_v3_has_no_findings(words: str, run: Run, server: str) -> None:
    client_run = run(ProgramClient(MUTANTS), words, **V3_JOB)

    failed = [each for each in verdicts(server, client_run).values() if each.verdict == "FAIL"]
    assert failed == []
