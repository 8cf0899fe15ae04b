"""Grades what was recorded anew, without running anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from seedance_contract.case import Result
from seedance_contract.client.record import from_json
from seedance_contract.client.scene import Scene, grade


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
