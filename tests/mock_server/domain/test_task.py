from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_contract.derived.cost import Video
from seedance_mock.domain.task import (
    Stage,
    Task,
    billing_id,
    charge,
    stage,
    status,
    updated_time,
    with_cancellation,
    with_eviction_failure,
    with_observed_stage,
)

TASK = Task(
    id="ldtask_0123456789abcdef0123456789abcdef",
    owner="owner",
    model="seedance-2.0",
    video=Video("seedance-2.0", "720p", "16:9", 5),
    audio=True,
    last_frame=False,
    created=1_000.0,
    queue_seconds=10.0,
    run_seconds=20.0,
    expires_after=3_600.0,
    estimate=Decimal("2"),
    price=Decimal("1"),
)

spans = st.floats(0, 1e6) | st.just(math.inf)
moments = st.floats(-1e6, 1e7)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """Tasks that wait, run and expire at any time, cancelled or not."""
    fresh = Task(
        id=TASK.id,
        owner=TASK.owner,
        model=TASK.model,
        video=TASK.video,
        audio=True,
        last_frame=False,
        created=draw(st.floats(0, 1e6)),
        queue_seconds=draw(spans),
        run_seconds=draw(spans),
        expires_after=draw(st.floats(0, 1e6)),
        estimate=TASK.estimate,
        price=TASK.price,
        failure=draw(st.none() | st.just("moderated")),
    )
    late = draw(st.none() | st.floats(0, 1e6))
    gone = None if late is None else with_cancellation(fresh, fresh.created + late)
    return gone or fresh


@given(task=tasks(), one=moments, other=moments)
def test_stage_never_goes_back(task: Task, one: float, other: float) -> None:
    before, after = sorted([one, other])

    assert stage(task, before) <= stage(task, after)


@given(task=tasks(), shown=moments, later=moments)
def test_what_was_shown_holds_for_any_clock(task: Task, shown: float, later: float) -> None:
    kept = with_observed_stage(task, shown)

    assert stage(kept, later) >= stage(task, shown)


@given(task=tasks(), now=moments)
def test_observing_twice_changes_nothing(task: Task, now: float) -> None:
    once = with_observed_stage(task, now)

    assert with_observed_stage(once, now) is once


@given(task=tasks(), now=moments)
def test_cancel_succeeds_just_while_pending(task: Task, now: float) -> None:
    pending = stage(task, now) is Stage.PENDING

    assert (with_cancellation(task, now) is not None) == pending


@given(task=tasks(), cancel=moments, now=moments)
def test_cancelled_task_costs_nothing(task: Task, cancel: float, now: float) -> None:
    gone = with_cancellation(task, cancel)
    if gone is None:
        return

    assert charge(gone) == 0
    assert billing_id(gone, now) is None


@given(task=tasks(), now=moments)
def test_only_a_completed_task_is_billed(task: Task, now: float) -> None:
    completed = status(task, now) == "completed"

    assert (billing_id(task, now) is not None) == completed
    if completed:
        assert charge(task) == TASK.price


@pytest.mark.parametrize("now", [1_000.0, 1_015.0])
def test_abandoned_task_has_failed_for_nothing(now: float) -> None:
    gone = with_eviction_failure(TASK)

    assert status(gone, now) == "failed"
    assert charge(gone) == 0


@given(task=tasks(), shown=moments, now=moments)
def test_no_clock_updates_a_task_before_its_creation(task: Task, shown: float, now: float) -> None:
    assert updated_time(with_observed_stage(task, shown), now) >= task.created
