"""The sequence of situations of a seed, and the smallest situation that still fails.

Each situation has a Hypothesis run of its own. The seed and the place in the sequence decide what
it draws, so the sequence does not depend on the client, and a longer run begins like a shorter one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from random import Random
from threading import Lock

from hypothesis import HealthCheck, Phase, configuration, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from seedance_contract.client.explore.situations import (
    DEFAULT_INTERVAL,
    QUICK_INTERVAL,
    Situation,
)
from seedance_contract.client.explore.strategies import situations

# Most faults need one word, and a situation with few words is cheap to shrink.
WORDS_AT = (1, 1, 2, 1, 2, 1, 3, 1, 2, 4)
"""The most words at each place after the first one, which has none; then again from the start."""

SLOW_PLACES = (3, 6)
"""The places in `WORDS_AT` at which the documented polling interval may be drawn."""

RESTART_PLACES = (5, 8)
"""The places in `WORDS_AT` at which the client may be restarted."""

REQUEST_PLACES = (1, 7)
"""The places in `WORDS_AT` at which the job may have a request of its own."""

MAX_DRAWS = 50
"""Draws at one place after which the sequence continues with a situation that it already has."""

DRAW = settings(
    database=None,
    deadline=None,
    max_examples=MAX_DRAWS,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
SHRINK = settings(DRAW, phases=[Phase.generate, Phase.shrink])

Condition = Callable[[Situation], bool]
"""Whether a situation is what a search looks for. Raises `SearchEnded` to end the search."""


class SearchEnded(BaseException):
    """The search of a condition ends at once, without a result.

    Not an `Exception`, because Hypothesis would take it for a failure and shrink that.
    """


@dataclass(frozen=True, slots=True)
class Placed:
    """A situation and its place in the sequence of a seed."""

    place: int
    situation: Situation


def strategy_at(place: int) -> SearchStrategy[Situation]:
    """Return the strategy of the situation at a place of the sequence."""
    return _strategy(None if place == 0 else (place - 1) % len(WORDS_AT))


@cache
def _strategy(index: int | None) -> SearchStrategy[Situation]:
    if index is None:
        return situations(0)
    intervals = (QUICK_INTERVAL, DEFAULT_INTERVAL) if index in SLOW_PLACES else (QUICK_INTERVAL,)
    restarts = (False, True) if index in RESTART_PLACES else (False,)
    own_requests = (False, True) if index in REQUEST_PLACES else (False,)
    return situations(WORDS_AT[index], intervals, restarts, own_requests)


# Hypothesis parses the source of functions, which CPython 3.11 cannot do in two threads at once
# (python/cpython#106905). So one thread at a time is in Hypothesis; clients run outside of it.
_IN_HYPOTHESIS = Lock()


def _search(seed: int, place: int, condition: Condition, how: settings) -> Situation | None:
    """Return the first situation of a place that meets a condition, shrunk if `how` says so."""

    def condition_outside(situation: Situation) -> bool:
        _IN_HYPOTHESIS.release()
        try:
            return condition(situation)
        finally:
            _IN_HYPOTHESIS.acquire()

    # A text, because the hash of a tuple is no stable seed.
    random = Random(f"{seed}/{place}")
    with _IN_HYPOTHESIS:
        try:
            return find(strategy_at(place), condition_outside, settings=how, random=random)
        except (NoSuchExample, SearchEnded):
            return None


@contextmanager
def temporary_storage() -> Iterator[None]:
    """Let Hypothesis keep its tables in a temporary folder instead of the working directory."""
    before = configuration.storage_directory(intent_to_write=False).home_directory
    # After Ctrl-C a search that has not ended yet may go on to write there.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)


def draw(seed: int, place: int, condition: Condition) -> Situation | None:
    """Return the first situation that meets a condition, of those that a place draws."""
    return _search(seed, place, condition, DRAW)


def situation_sequence(seed: int) -> Iterator[Placed]:
    """Yield different situations without end, the plain one first."""
    known: set[Situation] = set()
    place = 0
    while True:
        situation = draw(seed, place, lambda drawn: drawn not in known)
        # Without a new situation at this place the next one has another strategy.
        if situation is not None:
            known.add(situation)
            yield Placed(place, situation)
        place += 1


def shrink(seed: int, place: int, fails: Condition) -> Situation | None:
    """Return the smallest situation that fails, from the one at a place of the sequence.

    None if no situation that the place draws fails, or if `fails` raises `SearchEnded`.
    """
    return _search(seed, place, fails, SHRINK)
