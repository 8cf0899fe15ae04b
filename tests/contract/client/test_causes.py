"""A failed check names the cause that explains it in the situation of its case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seedance_contract.case import Finding, Verdict

GradeStory = Callable[[str, str], dict[str, Finding]]

STORIES = [
    # The cause of the case: the same check fails for another reason in each of these.
    ("DUP-02", "one-create", "create none !!create / create", "blind-create-retry"),
    ("ERR-01", "one-create", "create 400 !create / create 400 !create", "refusal-repeated"),
    ("WIRE-01", "reaches-the-end", "create !any / poll processing", "http-assumptions"),
    ("WIRE-01", "reaches-the-end", "create !any", "http-assumptions"),
    ("POLL-10", "reaches-the-end", "create / poll processing", "status-guessed"),
    # The cause of the check: it means the same in every case.
    ("ERR-02", "keeps-model", 'create 402 !c / create request={"model":"x"}', "request-altered"),
    ("POLL-09", "stops", "create / poll failed / poll failed", "polling-after-the-end"),
    # The cause of the mismatch: without any poll, the status cannot be the reason.
    ("POLL-10", "reaches-the-end", "create", "poll-url-not-followed"),
]


@pytest.mark.parametrize(("case", "check", "story", "cause"), STORIES)
def test_a_failure_names_its_cause(
    case: str, check: str, story: str, cause: str, grade_story: GradeStory
) -> None:
    finding = grade_story(case, f"{story} / exit 1")[check]

    assert (finding.verdict, finding.cause) == (Verdict.FAIL, cause)


def test_a_check_that_passes_names_no_cause(grade_story: GradeStory) -> None:
    assert grade_story("DUP-02", "create none !!create / exit 1")["one-create"].cause == ""
