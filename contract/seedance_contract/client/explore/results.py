"""The result of an exploration as a report: a result for each invariant, and all situations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from seedance_contract.case import Finding, Result, Verdict
from seedance_contract.client.explore.exploration import Exploration, Failure
from seedance_contract.client.explore.observation import EXERCISED_VERDICTS
from seedance_contract.client.explore.situations import Situation, situation_to_json
from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_contract.client.invariants.invariant import Invariant
from seedance_contract.client.record import record_to_json

Reproduce = Callable[[Situation], str]
"""Returns the script that runs the client in a situation again."""


def invariant_results(exploration: Exploration, reproduce: Reproduce) -> list[Result]:
    """Return a result for each invariant, in their order."""
    exercised, reasons = exercised_counts(exploration), _reasons(exploration)
    failures = _first_failures(exploration)
    return [
        _failed_result(invariant, failures[name], reproduce)
        if name in failures
        else _other_result(invariant, exercised[name], reasons.get(name, ""))
        for name, invariant in INVARIANTS.items()
    ]


def _first_failures(exploration: Exploration) -> dict[str, Failure]:
    """Return the failure of each invariant with the smallest situation."""
    # Of several entries with one key a dictionary keeps the last, so the smallest must come last.
    by_size = sorted(exploration.failures, key=lambda failure: -failure.situation.size)
    return {failure.finding.check: failure for failure in by_size}


def _failed_result(invariant: Invariant, failure: Failure, reproduce: Reproduce) -> Result:
    record = failure.observation.record
    # `observe` drops the records of runs without a failure only.
    assert record is not None, "the observation of a failure has a record"
    return Result(
        case=invariant.case,
        findings=(failure.finding,),
        seconds=record.seconds,
        reproduce=reproduce(failure.situation),
        evidence=record_to_json(record),
    )


def _other_result(invariant: Invariant, exercised: int, reason: str) -> Result:
    check = invariant.check
    finding = (
        Finding(check=check.id, level=check.level, verdict=Verdict.PASS)
        if exercised
        else Finding(
            check=check.id,
            level=check.level,
            verdict=Verdict.UNEXERCISED,
            expected=check.requirement,
            actual=reason or "the client sent no request",
        )
    )
    return Result(case=invariant.case, findings=(finding,))


def exercised_counts(exploration: Exploration) -> Counter[str]:
    """Return the number of situations in which each invariant was exercised, by its id."""
    return Counter(
        name
        for observation in exploration.observations
        for name, finding in observation.findings.items()
        if finding.verdict in EXERCISED_VERDICTS
    )


def failed_counts(exploration: Exploration) -> Counter[str]:
    """Return the number of situations in which each invariant failed, by its id."""
    return Counter(
        finding.check
        for observation in exploration.observations
        for finding in observation.failures
    )


def _reasons(exploration: Exploration) -> dict[str, str]:
    """Return the most frequent reason why an invariant was not exercised, by its id."""
    counts: dict[str, Counter[str]] = {}
    for observation in exploration.observations:
        for name, finding in observation.findings.items():
            counts.setdefault(name, Counter())[finding.actual] += 1
    return {name: counter.most_common(1)[0][0] for name, counter in counts.items()}


def summary_lines(exploration: Exploration) -> Iterator[str]:
    """Yield what was explored, what was not, and how to meet each failure by hand."""
    # An invariant that no situation exercised says nothing about the client. A summary without this
    # line would look like a pass of all of them.
    exercised = exercised_counts(exploration)
    missing = [name for name in INVARIANTS if not exercised[name]]
    yield (
        f"{len(exploration.observations)} situations with seed {exploration.seed}: "
        f"{len(reached_states(exploration))} states reached, "
        f"{len(INVARIANTS) - len(missing)} of {len(INVARIANTS)} invariants exercised"
    )
    yield f"never exercised: {', '.join(missing) or 'none'}"
    for failure in exploration.failures:
        confirmed = "" if failure.confirmed else " (not in the second run)"
        yield f"{failure.finding.check}: {failure.situation.label}{confirmed}"
        yield f"  key: {failure.situation.key()}"
        if failure.situation.prompt_words:
            yield f"  in the prompt: [mock: {' '.join(failure.situation.prompt_words)}]"


def reached_states(exploration: Exploration) -> list[str]:
    """Return what the client met in all situations together."""
    states = (state for observation in exploration.observations for state in observation.states)
    return sorted(set(states))


def exploration_json(exploration: Exploration) -> dict[str, Any]:
    """Return the exploration as the member `explore` of the details of a report."""
    exercised, failed = exercised_counts(exploration), failed_counts(exploration)
    return {
        "seed": exploration.seed,
        "situations": [
            {
                **situation_to_json(observation.situation),
                "key": observation.situation.key(),
                "seconds": round(observation.seconds, 2),
                "failed": [finding.check for finding in observation.failures],
            }
            for observation in exploration.observations
        ],
        "states": reached_states(exploration),
        "invariants": [
            {"id": name, "exercised": exercised[name], "failed": failed[name]}
            for name in INVARIANTS
        ],
        "failures": [_failure_json(failure) for failure in exploration.failures],
    }


def _failure_json(failure: Failure) -> dict[str, Any]:
    return {
        "invariant": failure.finding.check,
        "cause": failure.finding.cause,
        "situation": situation_to_json(failure.situation),
        "key": failure.situation.key(),
        "curl": failure.situation.curl(),
        "found_in": situation_to_json(failure.found),
        "confirmed": failure.confirmed,
        "verdict": failure.finding.verdict,
    }
