"""Runs of the state machine: which promises it finds broken, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from seedance_contract.server.machine import Breach, Tasks
from seedance_contract.server.subject import Subject

STEPS = 15
"""Steps of a run."""

RUNS = 3
"""Runs for each example that other checks are tried with."""

ROUNDS = 6
"""The most promises that one run finds broken."""


@dataclass(slots=True)
class Findings:
    """What runs of the machine have found broken, and whether the last one found nothing."""

    broken: dict[str, Breach] = field(default_factory=dict)
    exhausted: bool = False


def breach_of(subject: Subject, promise: str) -> Breach | None:
    """Return how a promise is broken, None where it holds.

    The machine runs until it has found this promise broken, or finds nothing any more: each run
    leaves out what is known to be broken. What it finds is remembered for the other promises.
    """
    findings: Findings = subject.memory.setdefault("machine", Findings())
    while not findings.exhausted and promise not in findings.broken:
        breach = _run(subject, frozenset(findings.broken))
        if breach is not None:
            findings.broken[breach.promise] = breach
        findings.exhausted = breach is None or len(findings.broken) >= ROUNDS
    return findings.broken.get(promise)


def _run(subject: Subject, muted: frozenset[str]) -> Breach | None:
    """Return the first promise that the machine finds broken, in its smallest form."""

    @seed(subject.seed)
    class Run(Tasks):
        pass

    Run.subject, Run.muted = subject, muted
    chosen = settings(
        subject.chosen,
        max_examples=RUNS * subject.examples,
        stateful_step_count=STEPS,
        verbosity=Verbosity.quiet,
    )
    try:
        run_state_machine_as_test(Run, settings=chosen)
    except Breach as breach:
        return breach
    except Flaky:
        return Run.last
    return None
