"""Searches for broken promises about tasks. The checks of all promises share its runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from seedance_contract.server.check_context import CheckContext
from seedance_contract.server.state_machine import PromiseMismatch, TaskMachine

STEPS_PER_SEQUENCE = 15

# Measured on the mutants of tests/contract/server with 8 examples and ten seeds: with 3 sequences
# three seeds missed a task that changes after its end, with 5 none did.
SEQUENCES_PER_EXAMPLE = 5
"""The number of sequences of steps for each example that other properties are checked with."""

MAX_BROKEN_PROMISES = 6
"""The number of broken promises after which the search ends. Each costs another run."""

_CACHE_KEY = "state machine"


@dataclass(slots=True)
class PromiseSearch:
    """What the runs so far have found.

    `is_complete` says that another run would find nothing, or is not worth its time.
    """

    mismatches: dict[str, PromiseMismatch] = field(default_factory=dict)
    is_complete: bool = False


def promise_mismatch(context: CheckContext, promise: str) -> PromiseMismatch | None:
    """Return how a promise is broken, None if no run finds it broken."""
    search: PromiseSearch = context.cache.setdefault(_CACHE_KEY, PromiseSearch())
    # A run ends with the first broken promise. So the next run mutes all that are known to be
    # broken, until one finds nothing. The checks of all promises share these runs.
    while not search.is_complete and promise not in search.mismatches:
        mismatch = _first_mismatch(context, frozenset(search.mismatches))
        if mismatch is not None:
            search.mismatches[mismatch.promise] = mismatch
        is_limit_reached = len(search.mismatches) >= MAX_BROKEN_PROMISES
        search.is_complete = mismatch is None or is_limit_reached
    return search.mismatches.get(promise)


def _first_mismatch(context: CheckContext, muted: frozenset[str]) -> PromiseMismatch | None:
    """Return the first broken promise of a run, with the shortest sequence that breaks it."""

    # Hypothesis keeps the seed on the class, so every run needs its own.
    @seed(context.seed)
    class SeededMachine(TaskMachine):
        pass

    SeededMachine.context, SeededMachine.muted = context, muted
    run_settings = settings(
        context.hypothesis_settings,
        max_examples=SEQUENCES_PER_EXAMPLE * context.max_examples,
        stateful_step_count=STEPS_PER_SEQUENCE,
        verbosity=Verbosity.quiet,
    )
    try:
        run_state_machine_as_test(SeededMachine, settings=run_settings)
    except PromiseMismatch as mismatch:
        return mismatch
    except Flaky:
        # The server did not repeat its fault in the same sequence, for example because time
        # passes on its own. What it did remains a fault.
        return SeededMachine.last_mismatch
    return None
