"""The short forms in which cases are written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seedance_contract.case import Case, Level
from seedance_contract.client.scene import Check, Judge, Need, Scene
from seedance_contract.declared.sources import Source

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
