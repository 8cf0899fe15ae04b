"""Shrinking: from a situation in which an invariant fails to the smallest one that still fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Event

from seedance_contract.client.explore.observation import Observer
from seedance_contract.client.explore.sequence import Placed, SearchEnded, shrink
from seedance_contract.client.explore.situations import QUICK_INTERVAL, Situation

MAX_RUNS = 80
"""Runs of the client after which a failure counts as small enough."""


@dataclass(frozen=True, slots=True)
class FailureKey:
    """What two situations have in common that show the same failure."""

    invariant: str
    cause: str


class Shrinker:
    """Shrinks failures with Hypothesis. Another thread sets `stop` when the time is over."""

    def __init__(self, observer: Observer, seed: int, stop: Event) -> None:
        self._observer = observer
        self._seed = seed
        self._stop = stop

    def smallest(self, key: FailureKey, found: Placed) -> Situation:
        """Return the smallest situation that shows the failure that was found in another one."""
        near = self._smallest_neighbour(key, found.situation)
        runs_left = MAX_RUNS
        failing: list[Situation] = []

        def fails(situation: Situation) -> bool:
            nonlocal runs_left
            # If it only got the answer "no", Hypothesis would go on to try for many seconds.
            if self._stop.is_set():
                raise SearchEnded
            # Before the situation that was found comes up again, Hypothesis draws the ones before
            # it. They are known, or are not part of this run.
            observation = self._observer.known(situation)
            if observation is None and failing:
                if not runs_left:
                    raise SearchEnded
                runs_left -= 1
                observation = self._observer.observe(situation, self._stop)
            has_failed = observation is not None and observation.failure(*_parts(key)) is not None
            if has_failed:
                failing.append(situation)
            return has_failed

        shrink(self._seed, found.place, fails)
        # Of equally small ones the last: Hypothesis found it to be simpler than those before.
        return min([*reversed(failing), near], key=_complexity)

    def _smallest_neighbour(self, key: FailureKey, situation: Situation) -> Situation:
        """Return a situation without the parts that the failure does not need.

        Hypothesis tries one situation after the other. These are the ones that it will probably
        try, and here they run side by side.
        """
        while not self._stop.is_set():
            failing = [
                observation.situation
                for observation in self._observer.observe_all(
                    simpler_situations(situation), self._stop.is_set
                )
                if observation.failure(*_parts(key)) is not None
            ]
            if not failing:
                break
            situation = min(failing, key=_complexity)
        return situation


def _parts(key: FailureKey) -> tuple[str, str]:
    return key.invariant, key.cause


def _complexity(situation: Situation) -> tuple[object, ...]:
    """Return the order of situations: what a reader has to take in, the most important first."""
    return (
        situation.size,
        situation.restart,
        situation.action != "generate",
        situation.request != "{}",
        len(situation.prompt_words),
        situation.poll_interval,
    )


def simpler_situations(situation: Situation) -> Iterator[Situation]:
    """Yield the situations that lack one part of another one, the simplest first."""
    variants = [
        Situation(action=situation.action, restart=situation.restart),
        *(replace(situation, words=(word,), prompt_words=()) for word in situation.words),
        *(
            replace(situation, words=situation.words[:index] + situation.words[index + 1 :])
            for index in range(len(situation.words))
        ),
        replace(situation, prompt_words=()),
        # A key alone is easier to use than a key and a prompt.
        replace(situation, words=situation.words + situation.prompt_words, prompt_words=()),
        replace(situation, request="{}"),
        replace(situation, poll_interval=QUICK_INTERVAL),
        replace(situation, action="generate"),
        replace(situation, restart=False),
    ]
    yield from (variant for variant in dict.fromkeys(variants) if variant != situation)
