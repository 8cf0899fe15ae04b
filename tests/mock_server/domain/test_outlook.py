from __future__ import annotations

import pytest

from seedance_mock.domain.lifecycle import LIFECYCLES
from seedance_mock.domain.outlook import EXPIRES_AFTER, fault_ranges, is_clock_by_polls, task_course
from seedance_mock.scripting.script import script_of


@pytest.mark.parametrize(
    ("words", "course"),
    [
        ("", [(0, "pending"), (1, "processing"), (5, "completed")]),
        ("queue-90s run-180s", [(0, "pending"), (90, "processing"), (270, "completed")]),
        ("queue-0s end-failed", [(0, "processing"), (4, "failed")]),
        ("queue-0s run-0s", [(0, "completed")]),
        ("end-never", [(0, "pending"), (1, "processing")]),
        ("end-cancelled", [(0, "pending"), (1, "cancelled")]),
        ("end-expired", [(0, "pending"), (1, "expired")]),
        ("after-3polls", [(0, "pending"), (1, "processing"), (3, "completed")]),
    ],
)
def test_the_course_of_a_task(words: str, course: list[tuple[float, str]]) -> None:
    assert task_course(script_of(words), LIFECYCLES["quick"]) == course


def test_a_task_that_is_never_started_expires() -> None:
    course = task_course(script_of(""), LIFECYCLES["manual"])

    assert course == [(0, "pending"), (EXPIRES_AFTER, "expired")]


@pytest.mark.parametrize(
    ("words", "by_polls"), [("clock-polls", True), ("after-2polls", True), ("clock-x20", False)]
)
def test_polls_can_be_the_clock(words: str, by_polls: bool) -> None:
    assert is_clock_by_polls(script_of(words)) is by_polls


def test_faults_are_ranges_of_requests() -> None:
    ranges = fault_ranges(script_of("poll-cutx0~3 create-503x2 create-reset+"))

    assert [(fault.place, fault.first, fault.last, fault.applied) for fault in ranges] == [
        ("create", 1, 2, False),
        ("create", 3, 3, True),
        ("poll", 3, None, True),
    ]
    assert ranges[0].effect == "503 all_channels_failed"
    assert ranges[2].effect == "the response ends in the middle of its body"
