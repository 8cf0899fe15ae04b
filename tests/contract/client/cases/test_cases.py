"""Every check of every case: a run that passes, a run that fails, a run that does not reach it.

The stories are in the TOML files beside this module, one file for each group. `shared.toml` has the
failing stories of checks that several cases share. `conftest.py` documents the story language.
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
from seedance_contract.client.catalogue import CASES, CASES_BY_GROUP
from seedance_contract.client.grading import grade
from seedance_contract.client.record import Record, record_from_json

HERE = Path(__file__).parent

GradeStory = Callable[[str, str], dict[str, Finding]]
RecordStory = Callable[[str, str], Record]

STORIES: Mapping[str, Any] = {
    case: stories
    for path in HERE.glob("*.toml")
    if path.name != "shared.toml"
    for case, stories in tomllib.loads(path.read_text()).items()
}
SHARED: Mapping[str, str] = tomllib.loads((HERE / "shared.toml").read_text())

CHECKS = [(case, check.id) for case, client_case in CASES.items() for check in client_case.checks]

FAILING_VERDICTS = {
    Level.MUST: Verdict.FAIL,
    Level.SHOULD: Verdict.NON_STRICT,
    Level.MAY: Verdict.INFO,
    Level.INFO: Verdict.INFO,
}

SILENT_CLIENT = "other / exit 1"
"""A client that never sends a request to the API."""

PASSED_BY_SILENCE = {("REQ-06", "unaltered"), ("REQ-06", "ends-as-failure")}
"""The checks of the case in which a client may reject its job without sending a request."""

FAILED_BY_SILENCE = {("DISC-01", "asks")}
"""The check that a client fails by sending no request."""


def stories_of(kind: str, case: str, check: str) -> list[str]:
    """Return the stories of a kind about a check."""
    stories = STORIES[case].get(kind, {}).get(check, [])
    return [stories] if isinstance(stories, str) else list(stories)


BAD = [
    (case, check, story)
    for case, check in CHECKS
    for story in stories_of("bad", case, check) or [SHARED[check]]
]
IDLE = [(case, check, story) for case, check in CHECKS for story in stories_of("idle", case, check)]
ALSO_GOOD = [
    (case, story) for case, stories in STORIES.items() for story in stories.get("also", [])
]


def test_every_case_has_stories() -> None:
    assert set(STORIES) == set(CASES)


def test_every_story_is_about_a_check() -> None:
    story_checks = {
        (case, check)
        for case, stories in STORIES.items()
        for check in (*stories.get("bad", {}), *stories.get("idle", {}))
    }

    assert story_checks <= set(CHECKS)


def test_every_group_has_a_story_file() -> None:
    names = {path.stem for path in HERE.glob("*.toml")} - {"shared"}

    assert names == {group.name for group in CASES_BY_GROUP}


@pytest.mark.parametrize("case", CASES)
def test_good_run_passes_every_check(case: str, grade_story: GradeStory) -> None:
    findings = grade_story(case, STORIES[case]["good"])

    assert [finding for finding in findings.values() if finding.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize(("case", "story"), ALSO_GOOD)
def test_other_good_run_passes_every_check(case: str, story: str, grade_story: GradeStory) -> None:
    findings = grade_story(case, story)

    assert [finding for finding in findings.values() if finding.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize(("case", "check", "story"), BAD)
def test_bad_run_fails_the_check(
    case: str, check: str, story: str, grade_story: GradeStory
) -> None:
    finding = grade_story(case, story)[check]

    assert finding.verdict is FAILING_VERDICTS[finding.level]
    assert finding.expected
    assert finding.actual


@pytest.mark.parametrize(("case", "check", "story"), IDLE)
def test_short_run_leaves_the_check_unexercised(
    case: str, check: str, story: str, grade_story: GradeStory
) -> None:
    finding = grade_story(case, story)[check]

    assert finding.verdict in (Verdict.UNEXERCISED, Verdict.INFO)
    assert finding.actual


@pytest.mark.parametrize(("case", "check"), CHECKS)
def test_silent_client_passes_no_check(case: str, check: str, grade_story: GradeStory) -> None:
    finding = grade_story(case, SILENT_CLIENT)[check]

    passed = finding.verdict is Verdict.PASS
    assert passed == ((case, check) in PASSED_BY_SILENCE)
    unexercised = finding.verdict is Verdict.UNEXERCISED or finding.level is Level.INFO
    assert unexercised or passed or (case, check) in FAILED_BY_SILENCE


@pytest.mark.parametrize("case", CASES)
def test_recorded_run_is_graded_alike(case: str, record_story: RecordStory) -> None:
    first = grade(CASES[case], record_story(case, STORIES[case]["good"]))

    again = grade(CASES[case], record_from_json(json.loads(json.dumps(first.evidence))))

    assert again.findings == first.findings


def test_start_of_a_large_response_shows_the_status(record_story: RecordStory) -> None:
    record = record_story("WIRE-05", "create / poll completed")
    body = '{"id":"ldtask_1","status":"completed","x_large":"....'
    poll = replace(record.polls[0], answer_body=body)

    result = grade(CASES["WIRE-05"], replace(record, exchanges=(record.creates[0], poll)))

    assert result.verdict is Verdict.PASS
