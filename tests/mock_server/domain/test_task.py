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

durations = st.floats(0, 1e6) | st.just(math.inf)
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
        queue_seconds=draw(durations),
        run_seconds=draw(durations),
        expires_after=draw(st.floats(0, 1e6)),
        estimate=TASK.estimate,
        price=TASK.price,
        failure=draw(st.none() | st.just("moderated")),
    )
    delay = draw(st.none() | st.floats(0, 1e6))
    cancelled = None if delay is None else with_cancellation(fresh, fresh.created + delay)
    return cancelled or fresh


@given(task=tasks(), first=moments, second=moments)
def test_stage_never_goes_back(task: Task, first: float, second: float) -> None:
    earlier, later = sorted([first, second])

    assert stage(task, earlier) <= stage(task, later)


@given(task=tasks(), observed_at=moments, now=moments)
def test_an_observed_stage_stays_at_any_time(task: Task, observed_at: float, now: float) -> None:
    stored = with_observed_stage(task, observed_at)

    assert stage(stored, now) >= stage(task, observed_at)


@given(task=tasks(), now=moments)
def test_observing_twice_changes_nothing(task: Task, now: float) -> None:
    stored = with_observed_stage(task, now)

    assert with_observed_stage(stored, now) is stored


@given(task=tasks(), now=moments)
def test_cancel_succeeds_only_while_pending(task: Task, now: float) -> None:
    pending = stage(task, now) is Stage.PENDING

    assert (with_cancellation(task, now) is not None) == pending


@given(task=tasks(), cancel=moments, now=moments)
def test_cancelled_task_costs_nothing(task: Task, cancel: float, now: float) -> None:
    cancelled = with_cancellation(task, cancel)
    if cancelled is None:
        return

    assert charge(cancelled) == 0
    assert billing_id(cancelled, now) is None


@given(task=tasks(), now=moments)
def test_only_a_completed_task_is_billed(task: Task, now: float) -> None:
    completed = status(task, now) == "completed"

    assert (billing_id(task, now) is not None) == completed
    if completed:
        assert charge(task) == TASK.price


@pytest.mark.parametrize("now", [1_000.0, 1_015.0])
def test_task_evicted_alive_fails_at_no_cost(now: float) -> None:
    evicted = with_eviction_failure(TASK)

    assert status(evicted, now) == "failed"
    assert charge(evicted) == 0


@given(task=tasks(), observed_at=moments, now=moments)
def test_updated_is_never_before_created(task: Task, observed_at: float, now: float) -> None:
    assert updated_time(with_observed_stage(task, observed_at), now) >= task.created
