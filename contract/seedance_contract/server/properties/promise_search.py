"""Searches for broken promises about tasks. The checks of all promises share the search."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from hypothesis import Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from seedance_contract.server.check_context import CheckContext, SharedRun
from seedance_contract.server.properties.state_machine import TaskMachine
from seedance_contract.server.properties.task_actions import MachineRun, PromiseMismatch

STEPS_PER_SEQUENCE = 15

# Measured on the mutants of tests/contract/server with 8 examples and ten seeds: with 3 sequences
# three seeds missed a task that changes after its end, with 5 none did.
SEQUENCES_PER_EXAMPLE = 5
"""The number of sequences of steps for each example that other properties are checked with."""

PART_COUNT = 5
"""The number of parts of the search. One sequence after the other, it takes longer than the rest of
a run, because each request waits for the response to the one before."""

MAX_BROKEN_PROMISES = 6
"""The number of broken promises after which the search ends. Each costs another run."""


@dataclass(slots=True)
class PromiseSearch:
    """What the parts of a search have found so far. Safe to use from several threads.

    Args:
        mismatches: how each broken promise is broken.
        counts: how often each promise was at stake.
        is_cut_short: whether the search has ended before it had tried every sequence.
    """

    mismatches: dict[str, PromiseMismatch] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    is_cut_short: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self, mismatch: PromiseMismatch | None, counts: Counter[str], muted: frozenset[str]
    ) -> bool:
        """Add what a run has found. Return whether another run can find more."""
        with self._lock:
            self.counts += counts
            if mismatch is None:
                return False
            self.mismatches.setdefault(mismatch.promise, mismatch)
            # A response without an end breaks a promise even if it is muted, in every run.
            is_pointless = mismatch.promise in muted
            self.is_cut_short |= is_pointless or len(self.mismatches) >= MAX_BROKEN_PROMISES
            return not self.is_cut_short

    @property
    def broken_promises(self) -> frozenset[str]:
        """The promises that are known to be broken."""
        with self._lock:
            return frozenset(self.mismatches)


def _search(context: CheckContext, search: PromiseSearch, part: int) -> None:
    """Carry out a part of the search."""
    # A run ends with the first broken promise. So the next run mutes all that are known to be
    # broken, also by other parts, until one finds nothing.
    while not search.is_cut_short:
        muted, counts = search.broken_promises, Counter[str]()
        mismatch = _first_mismatch(context, muted, counts, part)
        if not search.add(mismatch, counts, muted):
            return


def _first_mismatch(
    context: CheckContext, muted: frozenset[str], run_counts: Counter[str], part: int
) -> PromiseMismatch | None:
    """Return the first broken promise of a run, with the shortest sequence that breaks it."""
    run = MachineRun(context, muted, run_counts)

    # A function and no subclass for each run: Hypothesis never forgets a class of state machines,
    # nor what its attributes refer to, such as the connections and the log of the run.
    @seed(PART_COUNT * context.seed + part)
    def machine() -> TaskMachine:
        return TaskMachine(run)

    run_settings = settings(
        context.hypothesis_settings,
        max_examples=-(-SEQUENCES_PER_EXAMPLE * context.max_examples // PART_COUNT),
        stateful_step_count=STEPS_PER_SEQUENCE,
        verbosity=Verbosity.quiet,
    )
    try:
        # Hypothesis documents functions, too, but its annotation has classes only.
        run_state_machine_as_test(cast(type[TaskMachine], machine), settings=run_settings)
    except PromiseMismatch as mismatch:
        return mismatch
    except Exception as error:
        if run.stop_reason is not None:
            raise run.stop_reason from None
        if not isinstance(error, Flaky):
            raise
        # The server did not repeat its fault in the same sequence, for example because time
        # passes on its own. What it did remains a fault.
        return run.last_mismatch
    return None


PROMISE_SEARCH = SharedRun(
    id="promise search",
    start=lambda context: PromiseSearch(),
    part_count=PART_COUNT,
    run_part=_search,
)
