from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_contract.derived.cost import Video
from seedance_mock.domain.task import Task, with_cancellation, with_observed_stage
from seedance_mock.scripting.script import script_of
from seedance_mock.web import poll_cache
from seedance_mock.web.poll_cache import PollCache
from seedance_mock.web.responses import encode_json
from seedance_mock.web.serializers import Origins, task_body

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

HERE = Origins("http://127.0.0.1:8000")
spans = st.floats(0, 100) | st.just(math.inf)
moments = st.lists(st.floats(900, 1_300), min_size=1, max_size=6)


@given(moments, spans, spans, st.booleans(), st.sampled_from([None, "It failed"]))
def test_a_kept_answer_is_the_answer(
    times: list[float], waits: float, runs: float, last_frame: bool, failure: str | None
) -> None:
    task = TASK._replace(
        queue_seconds=waits, run_seconds=runs, last_frame=last_frame, failure=failure
    )
    latest = PollCache()

    for now in times:
        task = with_observed_stage(task, now)
        told = latest.get(task, now, HERE)

        body = task_body(task, now, HERE)
        assert told.body == encode_json(body)
        assert told.status == body["status"]
        assert told.headers.get("X-Billing-Transaction-ID") == body.get("billing_transaction_id")


def test_an_answer_is_encoded_once() -> None:
    latest = PollCache()

    first = latest.get(TASK, 1_001.0, HERE)

    assert latest.get(TASK, 1_002.0, HERE) is first
    assert latest.get(TASK, 1_011.0, HERE) is not first


def test_what_has_changed_is_told() -> None:
    latest = PollCache()
    first = latest.get(TASK, 1_001.0, HERE)

    assert latest.get(TASK, 1_001.0, Origins("http://localhost")) is not first
    over = with_cancellation(TASK, 1_001.0)
    assert over is not None
    assert latest.get(over, 1_001.0, HERE).status == "failed" != first.status


def test_with_words_every_answer_is_made_anew() -> None:
    latest, task = PollCache(), TASK._replace(script=script_of("progress-real"))
    running = [latest.get(task, now, HERE).body for now in (1_012.0, 1_020.0)]

    assert running[0] != running[1]


def test_few_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_cache, "SIZE", 2)
    latest = PollCache()
    tasks = [TASK._replace(id=f"ldtask_{number:032x}") for number in range(3)]

    told = [latest.get(task, 1_001.0, HERE) for task in tasks]

    assert latest.get(tasks[2], 1_001.0, HERE) is told[2]
    assert latest.get(tasks[0], 1_001.0, HERE) is not told[0]
