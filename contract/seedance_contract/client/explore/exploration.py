"""Exploration: run the client in many situations, shrink what fails, and confirm it alone.

The situations come from the memory of earlier runs first, then from the sequence of the seed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from threading import Event

from seedance_contract.case import Finding
from seedance_contract.client.explore.observation import STOP_INTERVAL, Observation, Observer
from seedance_contract.client.explore.sequence import (
    Placed,
    situation_sequence,
    temporary_storage,
)
from seedance_contract.client.explore.shrinking import FailureKey, Shrinker
from seedance_contract.client.explore.situations import Situation
from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_contract.client.runner import SILENT_CASES, RunContext

SEARCH_SHARE = 0.6
"""The share of the time after which a failure is shrunk instead of looking for others."""

SHRINK_SECONDS = 30.0
"""Seconds to shrink failures if the number of situations limits the run, and not the time."""

SHRINKERS = 6
"""Failures that are shrunk at the same time. More would only wait for the processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreOptions:
    """How far an exploration goes.

    Args:
        seed: selects the sequence of situations.
        examples: the number of situations of the sequence; None for no limit.
        seconds: the real seconds of the whole run; None for no limit.
        first: situations to run before the sequence. They are not shrunk.
    """

    seed: int = 0
    examples: int | None = None
    seconds: float | None = None
    first: tuple[Situation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure of an invariant, with the smallest situation that shows it.

    Args:
        finding: what failed.
        observation: the run that shows it.
        found: the situation in which it was found.
        confirmed: whether it failed again without other clients beside it.
    """

    finding: Finding
    observation: Observation
    found: Situation
    confirmed: bool

    @property
    def situation(self) -> Situation:
        """The smallest situation."""
        return self.observation.situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """The result of an exploration. The observations are in the order of the situations."""

    seed: int
    observations: tuple[Observation, ...]
    failures: tuple[Failure, ...]
    interrupted: bool


@dataclass(slots=True)
class _Clock:
    """The time of a run. Times are those of `time.monotonic`."""

    options: ExploreOptions
    interrupted: Event
    started: float = field(default_factory=time.monotonic)

    def is_over(self, share: float = 1.0) -> bool:
        """Return whether a share of the time is over, or the run is interrupted."""
        limit = self.options.seconds
        is_late = limit is not None and time.monotonic() > self.started + share * limit
        return is_late or self.interrupted.is_set()

    def seconds_to_shrink(self) -> float:
        """Return the time that is left for shrinking."""
        if self.options.seconds is None:
            return SHRINK_SECONDS
        return max(0.0, self.started + self.options.seconds - time.monotonic())


class _Search:
    """The steps of an exploration."""

    def __init__(self, context: RunContext, options: ExploreOptions) -> None:
        self._options = options
        self._context = context
        self._clock = _Clock(options, context.stop)
        self._placed: list[Placed] = []
        self._failed: set[str] = set()
        self._repeated: dict[Situation, Observation | None] = {}
        self._count = 0
        self.observer = Observer(context, len(options.first) + (options.examples or 0))

    def run(self) -> Exploration:
        """Do all steps, and return the result."""
        self._observe_first()
        for observation in self.observer.observe_all(self._sequence(), self._must_end_search):
            self._note(observation)
        self._observe_again(self._failed_first())
        first = list(self._first_failures())
        known = {FailureKey(item.finding.check, item.finding.cause) for item in first}
        failures = [*first, *self._shrunk_failures(known)]
        return Exploration(
            seed=self._options.seed,
            observations=tuple(self._observations()),
            failures=tuple(sorted(failures, key=_report_order)),
            interrupted=self._context.stop.is_set(),
        )

    def _observe_first(self) -> None:
        for observation in self.observer.observe_all(
            self._options.first, self._context.stop.is_set
        ):
            self._note(observation)

    def _note(self, observation: Observation) -> None:
        """Count an observation, and report the first failure of each invariant."""
        self._count += 1
        for finding in observation.failures:
            if finding.check not in self._failed:
                self._failed.add(finding.check)
                self._context.progress.note(f"{finding.check} fails: {observation.situation.label}")

    def _sequence(self) -> Iterator[Situation]:
        for placed in islice(situation_sequence(self._options.seed), self._options.examples):
            self._placed.append(placed)
            yield placed.situation

    def _must_end_search(self) -> bool:
        # A client that never connects would be started in vain until the time is over.
        is_silent = self._count >= SILENT_CASES and not self._context.connections.connected
        return is_silent or self._clock.is_over(SEARCH_SHARE if self._failed else 1.0)

    def _observations(self) -> Iterator[Observation]:
        situations = (*self._options.first, *(placed.situation for placed in self._placed))
        for situation in dict.fromkeys(situations):
            if (observation := self.observer.known(situation)) is not None:
                yield observation

    def _failed_first(self) -> Iterator[Situation]:
        for situation in self._options.first:
            observation = self.observer.known(situation)
            if observation is not None and observation.failures:
                yield situation

    def _first_failures(self) -> Iterator[Failure]:
        """Yield the failures in the situations that ran first."""
        for situation in self._failed_first():
            observation = self.observer.known(situation)
            assert observation is not None, "a situation that failed is known"
            for finding in observation.failures:
                key = FailureKey(finding.check, finding.cause)
                failure = self._confirmed(key, situation, situation)
                if failure is not None:
                    yield failure

    def _found(self, known: Collection[FailureKey]) -> dict[FailureKey, Placed]:
        """Return where in the sequence each failure was found first that is not known."""
        found: dict[FailureKey, Placed] = {}
        for placed in self._placed:
            observation = self.observer.known(placed.situation)
            for finding in observation.failures if observation is not None else ():
                if (key := FailureKey(finding.check, finding.cause)) not in known:
                    found.setdefault(key, placed)
        return found

    def _shrunk_failures(self, known: Collection[FailureKey]) -> Iterator[Failure]:
        found = self._found(known)
        if found:
            self._context.progress.note(f"{len(found)} failures are shrunk and confirmed")
        smallest = self._smallest(found)
        self._observe_again(smallest.values())
        for key, situation in smallest.items():
            failure = self._confirmed(key, situation, found[key].situation)
            if failure is not None:
                yield failure

    def _smallest(self, found: Mapping[FailureKey, Placed]) -> dict[FailureKey, Situation]:
        """Return the smallest situation of each failure, as far as the time allows."""
        stop, time_over = Event(), time.monotonic() + self._clock.seconds_to_shrink()
        shrinker = Shrinker(self.observer, self._options.seed, stop)
        with ThreadPoolExecutor(SHRINKERS, "shrink") as pool:
            futures = {key: pool.submit(shrinker.smallest, key, found[key]) for key in found}
            while wait(futures.values(), STOP_INTERVAL).not_done:
                # Whether a shrinker is still at work here depends on the speed of the machine.
                is_over = self._context.stop.is_set() or time.monotonic() > time_over
                if is_over:  # pragma: no branch
                    stop.set()
        return {key: future.result() for key, future in futures.items()}

    def _observe_again(self, situations: Iterable[Situation]) -> None:
        """Run situations again, beside few others: one for each processor, as in the catalogue."""
        unique = list(dict.fromkeys(situations))
        with ThreadPoolExecutor(os.cpu_count(), "confirm") as pool:
            for situation, observation in zip(unique, pool.map(self._again, unique), strict=True):
                self._repeated[situation] = observation

    def _again(self, situation: Situation) -> Observation | None:
        if situation in self._repeated or self._context.stop.is_set():
            return self._repeated.get(situation)
        first = self.observer.known(situation)
        # A client that had to be stopped had more than enough time, as in the catalogue.
        if first is not None and first.record is not None and first.record.killed:
            return first
        observation = self.observer.observe_again(situation)
        # A stop kills the client, which says nothing about it.
        return None if self._context.stop.is_set() else observation

    def _confirmed(self, key: FailureKey, situation: Situation, found: Situation) -> Failure | None:
        """Run the smallest situation again without others. Return None if it proves nothing."""
        # On a busy machine a request of the killed process may arrive after the restart.
        is_timed = INVARIANTS[key.invariant].check.timed or situation.restart
        # A busy machine explains a late request, but not a second create: a client that fails only
        # sometimes has still failed. So only a timed failure needs the situation that it had first.
        for candidate in dict.fromkeys((situation, found) if is_timed else (situation,)):
            self._observe_again([candidate])
            again = self._repeated[candidate]
            finding = None if again is None else again.failure(key.invariant, key.cause)
            if again is not None and finding is not None:
                return Failure(finding=finding, observation=again, found=found, confirmed=True)
        first = self.observer.known(situation)
        finding = None if first is None else first.failure(key.invariant, key.cause)
        if is_timed or first is None or finding is None:
            return None
        return Failure(finding=finding, observation=first, found=found, confirmed=False)


def _report_order(failure: Failure) -> int:
    return list(INVARIANTS).index(failure.finding.check)


def explore(context: RunContext, options: ExploreOptions) -> Exploration:
    """Explore a client. `context.progress` shows the situations; `context.stop` ends the run."""
    with temporary_storage():
        return _Search(context, options).run()
