"""Every check of every case: a run that passes, a run that fails, a run that does not reach it.

The stories are in the TOML files beside this module, one file for each group. `shared.toml` has the
failing stories of checks that several cases share. `conftest.py` documents the story language.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Verdict
from seedance_contract.client.catalogue import CASES, CASES_BY_GROUP
from seedance_contract.client.grading import grade
from seedance_contract.client.job_fields import FIELD_NAMES
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

PYTHON_VALUES = re.compile(r"None|True|False|\['|\{'")
"""Matches values in the notation of Python, which not every reader of a report knows."""

FAILED_BY_SILENCE = {("DISC-01", "requests-catalogue")}
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
    assert not PYTHON_VALUES.search(f"{finding.expected} {finding.actual}")


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


NEEDS_THE_JOB = {
    ("REQ-02", "fields-unchanged"),
    ("REQ-06", "unaltered"),
    ("REQ-06", "ends-as-failure"),
    ("DUP-11", "one-create"),
    ("DUP-11", "resumes"),
    ("DISC-01", "requests-catalogue"),
    ("DISC-01", "shows-true-models"),
    ("DISC-02", "decimals-exact"),
    ("DL-01", "file-whole"),
    ("DL-03", "not-appended"),
    ("V3-01", "under-v3"),
}
"""The checks that fail a client by comparing its traffic with a job that it has to know."""


@pytest.mark.parametrize(("case", "check", "story"), BAD)
def test_a_client_fails_only_for_what_it_was_told(
    case: str, check: str, story: str, grade_story: GradeStory
) -> None:
    finding = grade_story(case, f"{story} / passed prompt")[check]

    unexercised = finding.verdict is Verdict.UNEXERCISED
    # A client that does not know its deadline may run for longer than the case.
    assert unexercised == ((case, check) in NEEDS_THE_JOB or "killed" in story)
    assert unexercised == ("--arg or --env with {" in finding.actual)


@pytest.mark.parametrize(("case", "check", "story"), BAD)
def test_a_client_that_knows_its_whole_job_has_no_excuse(
    case: str, check: str, story: str, grade_story: GradeStory
) -> None:
    finding = grade_story(case, f"{story} / passed {' '.join(FIELD_NAMES)}")[check]

    assert finding.verdict is FAILING_VERDICTS[finding.level]


@pytest.mark.parametrize(
    ("case", "story", "field"),
    [
        ("SEC-01", "create / poll completed", "download_to"),
        ("DL-01", "create / poll completed", "download_to"),
        ("CAN-02", "create / poll / killed", "cancel_after"),
        ("POLL-22", "create / poll completed", "count"),
        ("DUP-11", "create / poll completed", "task_id"),
        ("DISC-02", "create / poll completed", "action"),
    ],
)
def test_the_reason_names_the_field_that_would_exercise_the_case(
    case: str, story: str, field: str, grade_story: GradeStory
) -> None:
    reasons = [finding.actual for finding in grade_story(case, f"{story} / passed prompt").values()]

    assert any(f"--arg or --env with {{{field}}} would exercise it" in text for text in reasons)


@pytest.mark.parametrize(
    ("second", "cause"), [("1080p", "refusal-repeated"), ("720p", "request-altered")]
)
def test_a_repeated_request_is_not_called_altered(
    second: str, cause: str, grade_story: GradeStory
) -> None:
    job = 'job {"request":{"model":"seedance-2.0","resolution":"1080p"}}'
    creates = [f'create 400 request={{"resolution":"{name}"}}' for name in ("1080p", second)]

    findings = grade_story("REQ-06", " / ".join([job, *creates, "exit 1"]))

    assert findings["unaltered"].cause == cause


@pytest.mark.parametrize("passed", ["download_to", "action"])
def test_a_client_that_was_told_needs_no_hint(passed: str, grade_story: GradeStory) -> None:
    [finding] = grade_story("SEC-01", f"create / poll completed / passed {passed}").values()

    assert finding.actual == "the client sent no request to the origin 'host'"


def test_a_client_with_a_prompt_of_its_own_knows_nothing_of_its_job(
    grade_story: GradeStory,
) -> None:
    facts = '{"asset_sha256":"a","downloaded_sha256":null}'

    findings = grade_story("DL-01", f"create job=- / poll completed / asset / facts {facts}")

    assert findings["query-kept"].verdict is Verdict.PASS
    assert findings["file-whole"].verdict is Verdict.UNEXERCISED
    assert "{download_to}" in findings["file-whole"].actual


def test_a_client_may_ignore_the_prompt_that_it_was_told(grade_story: GradeStory) -> None:
    findings = grade_story("REQ-06", "create job=- / passed prompt")

    assert findings["unaltered"].actual == "the client ignores its job"


def test_a_client_that_sends_the_prompt_without_a_field_reads_its_whole_job(
    grade_story: GradeStory,
) -> None:
    facts = '{"asset_sha256":"a","downloaded_sha256":null}'

    findings = grade_story(
        "DL-01", f"create / poll completed / asset / facts {facts} / passed model"
    )

    assert findings["file-whole"].verdict is Verdict.FAIL


def test_what_a_client_was_told_must_arrive(grade_story: GradeStory) -> None:
    story = 'job {"request":{"model":"seedance-2.0","duration":6}} / create request={"duration":4}'

    findings = grade_story("REQ-02", f"{story} / passed prompt duration")

    assert (findings["fields-unchanged"].verdict, findings["fields-unchanged"].expected) == (
        Verdict.FAIL,
        "duration: 6",
    )


OWN_PACE = [
    ("POLL-10", "reaches-the-end", "create / poll processing / killed"),
    ("POLL-15", "repeats-poll", "create / poll 503 !poll / killed"),
    ("POLL-01", "known-path", "create / killed"),
    ("POLL-02", "lands", "create / killed"),
    ("POLL-05", "found", "create / killed"),
    ("POLL-22", "each-its-own", "create task=1 / create task=2 / create task=3 / killed"),
    ("CAN-03", "polls-on", "create / cancel 409 !cancel / killed"),
    ("CAN-05", "looks", "create / cancel none !!cancel / killed"),
    ("DL-04", "requests-new-link", "create / poll completed / asset 403 !asset / killed"),
    ("DL-05", "tries-again", "create / poll completed / asset 503 !asset / killed"),
]


@pytest.mark.parametrize(("case", "check", "story"), OWN_PACE)
@pytest.mark.parametrize("passed", ["prompt", "prompt deadline_s", "prompt poll_interval_s"])
def test_a_client_with_a_pace_of_its_own_may_need_longer_than_the_case(
    case: str, check: str, story: str, passed: str, grade_story: GradeStory
) -> None:
    finding = grade_story(case, f"{story} / passed {passed}")[check]

    assert finding.verdict is Verdict.UNEXERCISED
    assert "{poll_interval_s}" in finding.actual or "{deadline_s}" in finding.actual


def test_a_client_that_ends_at_its_deadline_may_poll_rarely(grade_story: GradeStory) -> None:
    job = 'job {"deadline_s":20,"request":{"model":"seedance-2.0"}}'

    findings = grade_story("POLL-10", f"create / exit 1 / {job} / passed prompt deadline_s")

    assert findings["reaches-the-end"].verdict is Verdict.UNEXERCISED


@pytest.mark.parametrize(
    ("case", "check"), [("POLL-20", "called-a-timeout"), ("CAN-07", "never-cancels")]
)
@pytest.mark.parametrize("passed", ["prompt", "prompt deadline_s"])
def test_a_client_that_had_to_be_stopped_shows_nothing_about_its_deadline(
    case: str, check: str, passed: str, grade_story: GradeStory
) -> None:
    finding = grade_story(case, f"create / poll / killed / passed {passed}")[check]

    assert finding.verdict is Verdict.UNEXERCISED
