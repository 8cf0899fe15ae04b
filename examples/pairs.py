"""Runs many pairs of a client and a case side by side: clients mostly sleep, so it costs little.

`seedance-mock check-client` runs one client; this is for scripts and tests that compare many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from seedance_contract.case import Result
from seedance_contract.client.arena import Driver
from seedance_contract.client.catalogue import SCENES
from seedance_contract.client.runner import SERIOUS, Kit, Plan, confirmed, judged
from seedance_contract.client.scene import suspects
from seedance_mock.arena.mock import MockArena

JOBS = 250
"""Pairs side by side. Drivers bound how many clients start at once."""

QUIET_JOBS = 12
"""Pairs side by side where a failure that rests on time is run again."""

Name = TypeVar("Name", bound=str)
Pair = tuple[Name, str]
"""The name of a client, and the id of a case."""


def ran(
    drivers: Mapping[Name, Driver],
    pairs: Sequence[Pair[Name]],
    jobs: int = JOBS,
    seen: Callable[[Name, Result], None] = lambda name, result: None,
    confirm: bool = True,
) -> dict[Pair[Name], Result]:
    """Return what became of each pair; those first that may take longest.

    `seen` is told of each result once it is final, in the thread that it came from. `confirm`:
    whether a failure that rests on time is run again with less beside it.
    """
    ordered = sorted(pairs, key=lambda pair: -SCENES[pair[1]].patience)

    def first(pair: Pair[Name]) -> Result:
        return judged(Kit(arena, drivers[pair[0]], Plan(), Event()), SCENES[pair[1]])

    def settled(pair: Pair[Name]) -> Result:
        scene, result = SCENES[pair[1]], first(pair)
        if confirm and suspects(scene, result):
            result = quiet.submit(lambda: confirmed(scene, result, first(pair))).result()
        seen(pair[0], result)
        return result

    with (
        MockArena() as arena,
        ThreadPoolExecutor(QUIET_JOBS) as quiet,
        ThreadPoolExecutor(jobs) as pool,
    ):
        return dict(zip(ordered, pool.map(settled, ordered), strict=True))


def red(result: Result) -> list[str]:
    """Return the checks that failed: FAIL or NON-STRICT."""
    return [one.check for one in result.findings if one.verdict in SERIOUS]
