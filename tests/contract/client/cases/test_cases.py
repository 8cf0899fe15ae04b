"""Every check of every case: a run that keeps it, a run that breaks it, a run it is idle in.

The stories stand beside this file, a table for each group; `shared.toml` has those of checks that
several cases share. See conftest.py for their language.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Verdict
from seedance_contract.client import catalogue
from seedance_contract.client.catalogue import SCENES
from seedance_contract.client.record import Record, from_json
from seedance_contract.client.scene import grade

HERE = Path(__file__).parent

Found = Callable[[str, str], dict[str, Finding]]

STORIES: Mapping[str, Any] = {
    case: told
    for path in HERE.glob("*.toml")
    if path.name != "shared.toml"
    for case, told in tomllib.loads(path.read_text()).items()
}
SHARED: Mapping[str, str] = tomllib.loads((HERE / "shared.toml").read_text())

CHECKS = [(case, check.id) for case, scene in SCENES.items() for check in scene.checks]

BROKEN = {
    Level.MUST: Verdict.FAIL,
    Level.SHOULD: Verdict.NON_STRICT,
    Level.MAY: Verdict.INFO,
    Level.INFO: Verdict.INFO,
}

NOTHING = "other / exit 1"
"""A client that never comes to any point."""

RIGHT_IN_SILENCE = {("REQ-06", "unaltered"), ("REQ-06", "ends-as-failure")}
"""To refuse before anything is sent is what these ask for."""

WRONG_IN_SILENCE = {("DISC-01", "asks")}
"""Not to ask is what this finds."""


def stories(kind: str, case: str, check: str) -> list[str]:
    """Return the stories of a kind that are told of a check."""
    told = STORIES[case].get(kind, {}).get(check, [])
    return [told] if isinstance(told, str) else list(told)


BAD = [
    (case, check, story)
    for case, check in CHECKS
    for story in stories("bad", case, check) or [SHARED[check]]
]
IDLE = [(*names, story) for names in CHECKS for story in stories("idle", *names)]
ALSO_GOOD = [(case, story) for case, told in STORIES.items() for story in told.get("also", [])]


def test_every_case_has_its_stories() -> None:
    assert set(STORIES) == set(SCENES)


def test_every_story_is_of_a_check() -> None:
    named = [
        (case, check)
        for case, told in STORIES.items()
        for check in (*told.get("bad", {}), *told.get("idle", {}))
    ]

    assert set(named) <= set(CHECKS)


@pytest.mark.parametrize("case", SCENES)
def test_a_good_run_keeps_every_check(case: str, found: Found) -> None:
    findings = found(case, STORIES[case]["good"])

    assert [one for one in findings.values() if one.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize(("case", "story"), ALSO_GOOD)
def test_other_runs_are_as_good(case: str, story: str, found: Found) -> None:
    findings = found(case, story)

    assert [one for one in findings.values() if one.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize(("case", "check", "story"), BAD)
def test_a_bad_run_breaks_the_check(case: str, check: str, story: str, found: Found) -> None:
    finding = found(case, story)[check]

    assert finding.verdict is BROKEN[finding.level]
    assert finding.expected
    assert finding.actual


@pytest.mark.parametrize(("case", "check", "story"), IDLE)
def test_a_run_that_does_not_come_so_far_is_idle(
    case: str, check: str, story: str, found: Found
) -> None:
    finding = found(case, story)[check]

    assert finding.verdict in (Verdict.UNEXERCISED, Verdict.INFO)
    assert finding.actual


@pytest.mark.parametrize(("case", "check"), CHECKS)
def test_nothing_is_never_enough(case: str, check: str, found: Found) -> None:
    finding = found(case, NOTHING)[check]

    passed = finding.verdict is Verdict.PASS
    assert passed == ((case, check) in RIGHT_IN_SILENCE)
    idle = finding.verdict is Verdict.UNEXERCISED or finding.level is Level.INFO
    assert idle or passed or (case, check) in WRONG_IN_SILENCE


@pytest.mark.parametrize("case", SCENES)
def test_recorded_traffic_is_graded_alike(
    case: str, recorded: Callable[[str, str], Record]
) -> None:
    first = grade(SCENES[case], recorded(case, STORIES[case]["good"]))

    again = grade(SCENES[case], from_json(json.loads(json.dumps(first.evidence))))

    assert again.findings == first.findings


def test_the_beginning_of_a_large_answer_shows_its_status(
    recorded: Callable[[str, str], Record],
) -> None:
    record = recorded("WIRE-05", "create / poll completed")
    whole = record.polls[0]
    body = '{"id":"ldtask_1","status":"completed","x_large":"....'
    cut = replace(record, exchanges=(record.creates[0], replace(whole, answer_body=body)))

    assert grade(SCENES["WIRE-05"], cut).verdict is Verdict.PASS


def test_every_group_has_its_table() -> None:
    tables = {path.stem for path in HERE.glob("*.toml")} - {"shared"}

    assert len(tables) == len(catalogue.GROUPS)
