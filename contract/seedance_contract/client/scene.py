"""A case for a client: the situation, in words, and the checks on what it did there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from seedance_contract.case import Case, Finding, Level, Mismatch, Result, Verdict, failed
from seedance_contract.client.record import Record, as_json
from seedance_contract.declared.sources import Source

TOLERANCE = 0.02
"""The share of a wait by which a timer may fire early, and at least `TOLERANCE_SECONDS`."""

TOLERANCE_SECONDS = 0.05


class Need(StrEnum):
    """What a case has to know of a client besides its traffic."""

    EXIT = "exit status"
    OUTCOME = "outcome line"
    ACTION = "action"


class Unexercised(Exception):
    """The client never came to the point that a check is about. The message says why."""


Judge = Callable[[Record], None]
"""Looks at a record; raises `Mismatch` where the check fails, `Unexercised` where it is idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A named sentence that can be judged from a record.

    `timed`: a failure rests on a measured time, so it is confirmed by running the case again
    alone.
    """

    id: str
    level: Level
    says: str
    judge: Judge
    timed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A case, the situation that it puts a client into, and its checks.

    Args:
        case: id, group, level, requirement, source.
        script: the situation in the words of the mock; the key of the case carries them.
        checks: what is judged, in order.
        needs: what must be known besides the traffic; a client that does not tell is
            UNSUPPORTED where an action is needed, and UNEXERCISED otherwise.
        core: whether it belongs to the core profile.
        safe: whether it belongs to the SAFE profile: money and secrets.
        job: members of `KIT_JOB` that differ from an ordinary small generate job.
        base: what follows the base URL that the client is given, such as "/" or "/v1".
        patience: real seconds after which the client is stopped.
        lonely: never run beside other cases.
        silent: whether a client may rightly refuse without sending anything.
        restart_after: the place whose first answer is followed by a kill -9 of the client, as
            soon as it sends another request or has had two seconds to remember; it is then
            started again with the same state directory and the action "resume".
    """

    case: Case
    script: str
    checks: tuple[Check, ...]
    needs: frozenset[Need] = frozenset()
    core: bool = False
    safe: bool = False
    job: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""
    patience: float = 60.0
    lonely: bool = False
    silent: bool = False
    restart_after: str | None = None


def grade(scene: Scene, record: Record) -> Result:
    """Return what became of a case: a pure function of what was recorded."""
    unusable = _unusable(scene, record)
    findings = (
        tuple(_finding(scene, check, record) for check in scene.checks)
        if unusable is None
        else (unusable,)
    )
    return Result(
        case=scene.case, findings=findings, seconds=record.seconds, evidence=as_json(record)
    )


UNSUPPORTED_STATUS = 127
"""The exit status with which a client says that it cannot do what it is asked to."""


def _unusable(scene: Scene, record: Record) -> Finding | None:
    """Return the only finding of a run that cannot be judged, None where it can."""
    if record.exit == UNSUPPORTED_STATUS:
        return _lone(scene, Verdict.UNSUPPORTED, "the client exited with 127")
    mute = not record.exchanges and not record.killed and record.exit != 0
    if mute and not scene.silent:
        return _lone(scene, Verdict.BROKEN, "the client ended before its first request")
    return None


def _lone(scene: Scene, verdict: Verdict, actual: str) -> Finding:
    return Finding(check="run", level=scene.case.weight, verdict=verdict, actual=actual)


def _finding(scene: Scene, check: Check, record: Record) -> Finding:
    level = _weaker(check.level, scene.case.weight)
    try:
        check.judge(record)
    except Mismatch as mismatch:
        return failed(check.id, level, mismatch.expected, mismatch.actual)
    except Unexercised as reason:
        verdict = Verdict.INFO if level is Level.INFO else Verdict.UNEXERCISED
        return Finding(
            check=check.id, level=level, verdict=verdict, expected=check.says, actual=str(reason)
        )
    except Exception as error:
        # A check that stumbles over what a client did must not cost the results of all others.
        told = f"the check itself failed: {type(error).__name__}"
        return Finding(check=check.id, level=level, verdict=Verdict.BROKEN, actual=told)
    return Finding(check=check.id, level=level, verdict=Verdict.PASS)


_LEVELS = list(Level)


def _weaker(one: Level, other: Level) -> Level:
    return max(one, other, key=_LEVELS.index)


def wait(seconds: float) -> float:
    """Return the shortest measured gap that counts as having waited so long."""
    return seconds - max(TOLERANCE_SECONDS, TOLERANCE * seconds)


def suspects(scene: Scene, result: Result) -> Iterable[str]:
    """Return the checks whose failure rests on time, so that the case is run again alone."""
    timed = {check.id for check in scene.checks if check.timed}
    bad = (Verdict.FAIL, Verdict.NON_STRICT)
    return [one.check for one in result.findings if one.verdict in bad and one.check in timed]


EXIT = frozenset({Need.EXIT})
OUTCOME = frozenset({Need.OUTCOME})
ACTION = frozenset({Need.ACTION})


def must(name: str, says: str, judge: Judge, *, timed: bool = False) -> Check:
    """Return a check whose failure fails the case."""
    return Check(id=name, level=Level.MUST, says=says, judge=judge, timed=timed)


def should(name: str, says: str, judge: Judge, *, timed: bool = False) -> Check:
    """Return a check whose failure is not strict."""
    return Check(id=name, level=Level.SHOULD, says=says, judge=judge, timed=timed)


def info(name: str, says: str, judge: Judge) -> Check:
    """Return a check whose failure is only recorded."""
    return Check(id=name, level=Level.INFO, says=says, judge=judge)


Write = Callable[..., Scene]


def group(name: str) -> Write:
    """Return a function that writes down cases of a group."""

    def scene(
        case: str,
        level: Level,
        requirement: str,
        source: Source,
        script: str,
        *checks: Check,
        job: Mapping[str, Any] | None = None,
        **choices: Any,
    ) -> Scene:
        asked = Case(id=case, group=name, level=level, requirement=requirement, source=source)
        return Scene(case=asked, script=script, checks=checks, job=job or {}, **choices)

    return scene


def generate(**request: object) -> dict[str, Any]:
    """Return the members of a job that asks for these fields of the create request."""
    return {"action": "generate", "request": request}
