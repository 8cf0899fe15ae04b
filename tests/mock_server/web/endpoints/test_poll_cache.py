from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from seedance_contract.derived.cost import Video
from seedance_mock.domain.task import Task, with_cancellation, with_observed_stage
from seedance_mock.scripting.script import script_of
from seedance_mock.web.endpoints import poll_cache
from seedance_mock.web.endpoints.poll_cache import PollCache
from seedance_mock.web.origins import Origins
from seedance_mock.web.responses import encode_json
from seedance_mock.web.serializers import task_body

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

ORIGINS = Origins("http://127.0.0.1:8000")
durations = st.floats(0, 100) | st.just(math.inf)
poll_times = st.lists(st.floats(900, 1_300), min_size=1, max_size=6)


@given(poll_times, durations, durations, st.booleans(), st.sampled_from([None, "It failed"]))
def test_cached_poll_equals_a_fresh_one(
    times: list[float],
    queue_seconds: float,
    run_seconds: float,
    last_frame: bool,
    failure: str | None,
) -> None:
    task = replace(
        TASK,
        queue_seconds=queue_seconds,
        run_seconds=run_seconds,
        last_frame=last_frame,
        failure=failure,
    )
    cache = PollCache(task_body)

    for now in times:
        task = with_observed_stage(task, now)
        poll = cache.get(task, now, ORIGINS)

        body = task_body(task, now, ORIGINS)
        assert poll.body == encode_json(body)
        assert poll.status == body["status"]
        assert poll.headers.get("X-Billing-Transaction-ID") == body.get("billing_transaction_id")


def test_unchanged_task_is_encoded_once() -> None:
    cache = PollCache(task_body)

    first = cache.get(TASK, 1_001.0, ORIGINS)

    assert cache.get(TASK, 1_002.0, ORIGINS) is first
    assert cache.get(TASK, 1_011.0, ORIGINS) is not first


def test_changed_task_or_origin_is_a_miss() -> None:
    cache = PollCache(task_body)
    first = cache.get(TASK, 1_001.0, ORIGINS)

    assert cache.get(TASK, 1_001.0, Origins("http://localhost")) is not first
    cancelled_task = with_cancellation(TASK, 1_001.0)
    assert cancelled_task is not None
    assert cache.get(cancelled_task, 1_001.0, ORIGINS).status == "failed" != first.status


def test_scripted_task_is_never_cached() -> None:
    cache, task = PollCache(task_body), replace(TASK, script=script_of("progress-real"))
    bodies = [cache.get(task, now, ORIGINS).body for now in (1_012.0, 1_020.0)]

    assert bodies[0] != bodies[1]


def test_oldest_entry_is_evicted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_cache, "MAX_ENTRIES", 2)
    cache = PollCache(task_body)
    tasks = [replace(TASK, id=f"ldtask_{number:032x}") for number in range(3)]

    polls = [cache.get(task, 1_001.0, ORIGINS) for task in tasks]

    assert cache.get(tasks[2], 1_001.0, ORIGINS) is polls[2]
    assert cache.get(tasks[0], 1_001.0, ORIGINS) is not polls[0]
