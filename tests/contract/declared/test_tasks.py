import re

import pytest

from seedance_contract.declared.tasks import (
    CANCELLED_MESSAGE,
    EXPIRED_MESSAGE,
    TASK_ID_PATTERN,
    TASK_ID_PREFIX,
    Status,
)


def test_statuses_have_an_order() -> None:
    assert [str(status) for status in Status] == ["pending", "processing", "completed", "failed"]


@pytest.mark.parametrize(
    ("task_id", "well_formed"),
    [
        ("ldtask_0123456789abcdef0123456789abcdef", True),
        ("ldtask_0123456789abcdef0123456789abcde", False),
        ("ldtask_0123456789abcdef0123456789abcdef0", False),
        ("ldtask_0123456789ABCDEF0123456789ABCDEF", False),
        ("task_0123456789abcdef0123456789abcdef", False),
    ],
)
def test_pattern_of_a_task_id(task_id: str, well_formed: bool) -> None:
    assert (re.search(TASK_ID_PATTERN, task_id) is not None) == well_formed


def test_messages_of_documented_failures() -> None:
    assert TASK_ID_PREFIX == "ldtask_"
    assert CANCELLED_MESSAGE == "Task cancelled before execution"
    assert EXPIRED_MESSAGE == "Task expired before execution"
