"""Runs scenes against a client: side by side, then alone where a failure rests on time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from seedance_contract.case import Result, Verdict, worst
from seedance_contract.client.arena import Arena, Assignment, Driver
from seedance_contract.client.jobs import job
from seedance_contract.client.record import Record, from_json
from seedance_contract.client.scene import Scene, grade, suspects
from seedance_contract.client.warp import rate_of

Progress = Callable[[Result], None]
"""Is told of each result as soon as it is final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How scenes are run.

    Args:
        jobs: how many cases run side by side; most of them sleep.
        repeat: how often each is run; the worst result counts.
        rate: how many seconds pass for the client in each real one.
        patience: the most real seconds for a case, None for as many as its scene says.
        reproduce: the command line that runs one case again, from its id.
    """

    jobs: int = 32
    repeat: int = 1
    rate: float = 1.0
    patience: float | None = None
    reproduce: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Kit:
    """What a run needs: an arena, a driver, a plan, and a way to be stopped."""

    arena: Arena
    driver: Driver
    plan: Plan
    stop: Event


def perform(kit: Kit, scene: Scene) -> Record:
    """Lead the client through a scene, and return what was seen."""
    nonce = secrets.token_hex(4)
    rate = rate_of(scene.script, kit.plan.rate)
    with closing(kit.arena.open(scene, nonce, rate)) as stage:
        assignment = Assignment(
            scene=scene,
            base_url=stage.base_url + scene.base,
            secret=stage.secret,
            job=job(scene, nonce),
            patience=min(scene.patience, kit.plan.patience or scene.patience),
            rate=rate,
        )
        run = kit.driver.drive(assignment, stage, kit.stop)
        return Record(
            case=scene.case.id,
            job=assignment.job,
            exchanges=stage.exchanges(),
            exit=run.exit,
            killed=run.killed,
            seconds=stage.seconds(),
            rate=rate,
            outcome=run.outcome,
            output=run.output,
            leaks=run.leaks,
            facts={**stage.facts(), **run.facts},
        )


def judged(kit: Kit, scene: Scene) -> Result:
    """Run a scene and grade it."""
    reproduce = kit.plan.reproduce(scene.case.id)
    return replace(grade(scene, perform(kit, scene)), reproduce=reproduce)


def run(
    kit: Kit, scenes: Sequence[Scene], progress: Progress = lambda result: None
) -> list[Result]:
    """Return a result for each scene, in their order.

    Scenes run side by side, those with the longest patience first; then, one at a time, those
    that must be alone and those whose failure rests on time. What had not begun when `kit.stop`
    was set has no result.
    """
    results: dict[str, Result] = {}
    doubtful: list[Scene] = []

    def final(scene: Scene, result: Result) -> None:
        results[scene.case.id] = result
        progress(result)

    for scene, result in _together(kit, [scene for scene in scenes if not scene.lonely]):
        if suspects(scene, result):
            results[scene.case.id] = result
            doubtful.append(scene)
        else:
            final(scene, result)
    for scene in scenes:
        if kit.stop.is_set():
            break
        if scene.lonely:
            final(scene, _alone(kit, scene))
        elif scene in doubtful:
            final(scene, confirmed(scene, results[scene.case.id], judged(kit, scene)))
    return [results[scene.case.id] for scene in scenes if scene.case.id in results]


def _together(kit: Kit, scenes: Sequence[Scene]) -> Iterator[tuple[Scene, Result]]:
    """Yield the result of each scene as soon as it has run as often as it should."""
    first = sorted(scenes, key=lambda scene: -scene.patience)
    with ThreadPoolExecutor(kit.plan.jobs, "case") as pool:
        waiting: dict[Future[Result], Scene] = {
            pool.submit(_repeated, kit, scene): scene for scene in first
        }
        try:
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield waiting.pop(future), future.result()
                if kit.stop.is_set():
                    break
        except BaseException:
            kit.stop.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _repeated(kit: Kit, scene: Scene) -> Result:
    return worse(judged(kit, scene) for _ in _times(kit))


def _times(kit: Kit) -> Iterator[int]:
    """Yield at least once, and again until stopped."""
    for time in range(kit.plan.repeat):
        if time == 0 or not kit.stop.is_set():
            yield time


def _alone(kit: Kit, scene: Scene) -> Result:
    result = _repeated(kit, scene)
    again = suspects(scene, result) and not kit.stop.is_set()
    return confirmed(scene, result, judged(kit, scene)) if again else result


def worse(results: Iterable[Result]) -> Result:
    """Return the first of the worst results."""
    results = list(results)
    bad = worst(result.verdict for result in results)
    return next(result for result in results if result.verdict is bad)


SERIOUS = (Verdict.FAIL, Verdict.NON_STRICT)


def confirmed(scene: Scene, first: Result, again: Result) -> Result:
    """Return what to make of a failure that rests on time, and of the same case run alone.

    The second run counts, unless the first failed besides in what does not rest on time and
    the second did not.
    """
    doubted = suspects(scene, first)
    others = [one for one in first.findings if one.check not in doubted]
    if again.verdict not in SERIOUS and worst(one.verdict for one in others) in SERIOUS:
        return first
    return again


class Unreadable(ValueError):
    """It is no report of the client suite that this kit could grade."""


def regraded(told: Mapping[str, Any], scenes: Iterable[Scene]) -> list[Result]:
    """Return the results of a report that was read from JSON. Raises Unreadable."""
    if told.get("suite") != "client" or told.get("schema") != 1:
        raise Unreadable("it is no report of clients in a form known here")
    known = {scene.case.id: scene for scene in scenes}
    return [_regraded(row, known) for row in told["results"]]


def _regraded(row: Mapping[str, Any], known: Mapping[str, Scene]) -> Result:
    scene = known.get(row["id"])
    if scene is None:
        raise Unreadable(f"no case is called {row['id']} here")
    try:
        record = from_json(row["evidence"])
    except (KeyError, TypeError, ValueError):
        raise Unreadable(f"the evidence of {row['id']} is no record of this kit") from None
    return replace(grade(scene, record), reproduce=row["reproduce"])
