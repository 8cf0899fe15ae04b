"""Explore a sample of clients with bad habits, and the reference client, and count what is found.

    python exploration.py                    25 habits and ten seeds, about 70 minutes on two cores
    python exploration.py --seconds 20       less time for each
    python exploration.py --retry-400        these habits

The sample depends on the seed only. Exit status 1: fewer than 80 % of the habits were found, the
median of their smallest situations has more than three words, or the reference client fails.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median
from threading import Event

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from habits.catalogue import HABITS, HABITS_BY_SWITCH
from mutant_drivers import REFERENCE, mutant_drivers
from seedance_contract.client.arena import Driver
from seedance_contract.client.explore.exploration import Exploration, ExploreOptions, explore
from seedance_contract.client.runner import RunContext, RunOptions
from seedance_mock.arena.mock import MockArena

SAMPLE_SIZE = 25
SAMPLE_SEED = 14
REFERENCE_SEEDS = range(10)

MIN_SHARE = 0.8
MAX_MEDIAN = 3

# Their traffic is that of the reference client in every job that an exploration knows.
WITHOUT_TRAFFIC = (
    "--key-in-stdout",
    "--key-in-stderr",
    "--key-in-state",
    "--prompt-in-log",
    "--baked-in-models",
    "--known-models-only",
    "--crash-without-summary",
    "--prices-as-floats",
    "--mix-up-tasks",
    "--forget-ids",
    "--swallow-reason",
    "--first-video-only",
)
"""Habits that change only what the client prints or stores, or only other jobs."""


def sample() -> list[str]:
    """Return the switches of the sample."""
    candidates = [
        habit.switch
        for habit in HABITS
        if habit.dialect == "v1" and habit.switch not in WITHOUT_TRAFFIC
    ]
    return Random(SAMPLE_SEED).sample(candidates, SAMPLE_SIZE)


def explored(driver: Driver, options: ExploreOptions) -> Exploration:
    """Explore a client, with 32 situations at a time."""
    with MockArena() as arena:
        return explore(RunContext(arena, driver, RunOptions(), Event()), options)


def describe(exploration: Exploration) -> str:
    """Return the failures of an exploration in one line."""
    failures = [
        f"{failure.finding.check} <- {failure.situation.label}" for failure in exploration.failures
    ]
    return f"{len(exploration.observations)} situations: {'; '.join(failures) or 'nothing'}"


def explore_habits(switches: Sequence[str], seconds: float) -> bool:
    """Explore clients with these habits. Return whether enough of them were found."""
    drivers = mutant_drivers(switches)
    sizes = []
    for seed, switch in enumerate(switches):
        exploration = explored(drivers[switch], ExploreOptions(seed=seed, seconds=seconds))
        print(f"{switch}: {describe(exploration)}", flush=True)
        if exploration.failures:
            sizes.append(min(failure.situation.size for failure in exploration.failures))
    share, words = len(sizes) / len(switches), median(sizes or [0])
    print(f"found {share:.0%} of {len(switches)} habits; median of the smallest: {words:g} words")
    return share >= MIN_SHARE and words <= MAX_MEDIAN


def explore_reference(seeds: Sequence[int], seconds: float) -> bool:
    """Explore the reference client with several seeds. Return whether nothing failed."""
    driver = mutant_drivers([REFERENCE])[REFERENCE]
    alarms = 0
    for seed in seeds:
        exploration = explored(driver, ExploreOptions(seed=seed, seconds=seconds))
        print(f"the reference client, seed {seed}: {describe(exploration)}", flush=True)
        alarms += len(exploration.failures)
    return not alarms


def main(arguments: Sequence[str]) -> int:
    """Explore the sample, or the given habits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="for each client")
    parser.add_argument("--seeds", type=int, default=len(REFERENCE_SEEDS), help="of the reference")
    options, switches = parser.parse_known_args(arguments)
    if unknown := [switch for switch in switches if switch not in HABITS_BY_SWITCH]:
        parser.error(f"there is no habit {unknown[0]}")
    is_sharp = explore_habits(switches or sample(), options.seconds)
    is_quiet = explore_reference(REFERENCE_SEEDS[: options.seeds], options.seconds)
    return 0 if is_sharp and is_quiet else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
