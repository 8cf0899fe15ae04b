from __future__ import annotations

import math
from decimal import Decimal

import pytest

from seedance_contract.declared.tasks import Status
from seedance_contract.derived.cost import Video
from seedance_mock.domain.forced_status import ForcedStatus, with_forced_status
from seedance_mock.domain.task import (
    Stage,
    Task,
    end_time,
    failure_reason,
    progress,
    stage,
    status,
)

CREATED = 1_000.0
START, END = CREATED + 10.0, CREATED + 30.0
WAITING, RUNNING = CREATED + 5.0, CREATED + 15.0
LATER = CREATED + 1e9
TASK = Task(
    id="ldtask_0123456789abcdef0123456789abcdef",
    owner="owner",
    model="seedance-2.0",
    video=Video("seedance-2.0", "720p", "16:9", 5),
    audio=True,
    last_frame=False,
    created=CREATED,
    queue_seconds=10.0,
    run_seconds=20.0,
    expires_after=3_600.0,
    estimate=Decimal("2"),
    price=Decimal("1"),
)


def forced(name: ForcedStatus, now: float, failure: str | None = None) -> Task:
    task = with_forced_status(TASK, name, now, failure)
    assert task is not None
    return task


@pytest.mark.parametrize("now", [WAITING, RUNNING])
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (ForcedStatus.PROCESSING, Status.PROCESSING),
        (ForcedStatus.COMPLETED, Status.COMPLETED),
        (ForcedStatus.FAILED, Status.FAILED),
        (ForcedStatus.CANCELLED, Status.FAILED),
    ],
)
def test_it_has_the_status_at_once(name: ForcedStatus, shown: Status, now: float) -> None:
    assert status(forced(name, now), now) is shown


@pytest.mark.parametrize("now", [WAITING, RUNNING])
def test_a_held_task_stays_as_it_is(now: float) -> None:
    held = forced(ForcedStatus.HELD, now)

    assert stage(held, LATER) is stage(TASK, now)
    assert end_time(held) == math.inf


@pytest.mark.parametrize("now", [WAITING, RUNNING])
def test_a_held_task_makes_no_progress(now: float) -> None:
    held = forced(ForcedStatus.HELD, now)

    assert progress(held, LATER) == 0


def test_a_held_task_can_go_on() -> None:
    held = forced(ForcedStatus.HELD, WAITING)

    started = with_forced_status(held, ForcedStatus.PROCESSING, RUNNING)

    assert started is not None
    assert end_time(started) == RUNNING + TASK.run_seconds


def test_only_what_waits_expires() -> None:
    expired = forced(ForcedStatus.EXPIRED, WAITING)

    assert stage(expired, WAITING) is Stage.ENDED
    assert "expired" in str(failure_reason(expired))
    assert with_forced_status(TASK, ForcedStatus.EXPIRED, RUNNING) is None


@pytest.mark.parametrize("name", ForcedStatus)
def test_what_has_ended_stays(name: ForcedStatus) -> None:
    assert with_forced_status(TASK, name, END) is None


def test_a_failure_has_a_reason() -> None:
    assert failure_reason(forced(ForcedStatus.FAILED, RUNNING, "No GPU")) == "No GPU"
    assert failure_reason(forced(ForcedStatus.FAILED, RUNNING)) == "Task failed"
