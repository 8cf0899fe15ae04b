"""What words will do, before anybody sends a request: the course of a task, and the faults."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

from seedance_contract.declared.contract import CONTRACT
from seedance_contract.derived.cost import Video
from seedance_mock.domain.lifecycle import Lifecycle
from seedance_mock.domain.scenarios import durations, with_scripted_end
from seedance_mock.domain.task import Stage, Task, end_time, stage, start_time, status, will_expire
from seedance_mock.scripting.script import UNLIMITED, Fault, Script
from seedance_mock.scripting.vocabulary import PLACES

EXAMPLE_VIDEO = Video(CONTRACT.example_model.id, "720p", "16:9", 5)
"""The video whose course is shown. Some lifecycles depend on it."""

EXPIRES_AFTER = 172_800.0
"""The seconds after which a task expires that still waits, if its request says nothing else."""


class CourseStep(NamedTuple):
    """A status of a task, and how long after its creation it begins.

    `after` is in seconds, or in polls for a task whose clock is its polls.
    """

    after: float
    status: str


class FaultRange(NamedTuple):
    """A fault at the requests `first`..`last` of a place; `last` is None if it never ends."""

    place: str
    word: str
    first: int
    last: int | None
    effect: str
    applied: bool


def is_clock_by_polls(script: Script) -> bool:
    """Return whether polls are the clock of a task with the script."""
    return script.end_at_poll is not None or script.clock_mode == "polls"


def task_course(script: Script, lifecycle: Lifecycle) -> list[CourseStep]:
    """Return the statuses of a task with a script, in their order."""
    by_polls = is_clock_by_polls(script)
    queue_seconds, run_seconds = durations(script, lifecycle("", EXAMPLE_VIDEO), by_polls=by_polls)
    task = with_scripted_end(_task(script, queue_seconds, run_seconds))
    # The functions that answer polls are asked at the moments at which their answer may change, so
    # that the outlook cannot differ from what a client will see. An infinite time never comes.
    moments = sorted({0.0, start_time(task), end_time(task)} - {math.inf})
    return [CourseStep(moment, _status(task, moment)) for moment in moments]


def _status(task: Task, now: float) -> str:
    """Return the status at a time. The two that the API shows as failed have names of their own."""
    if stage(task, now) is Stage.ENDED and task.cancelled_at is not None:
        return "cancelled"
    if stage(task, now) is Stage.ENDED and will_expire(task):
        return "expired"
    return str(status(task, now))


def _task(script: Script, queue_seconds: float, run_seconds: float) -> Task:
    return Task(
        id="",
        owner="",
        model=EXAMPLE_VIDEO.model,
        video=EXAMPLE_VIDEO,
        audio=False,
        last_frame=False,
        created=0.0,
        queue_seconds=queue_seconds,
        run_seconds=run_seconds,
        expires_after=EXPIRES_AFTER,
        estimate=Decimal(0),
        price=Decimal(0),
        script=script,
    )


def fault_ranges(script: Script) -> list[FaultRange]:
    """Return the faults of a script by their places, in the order of the requests."""
    order = list(PLACES)
    faults = sorted(
        script.faults, key=lambda fault: (order.index(fault.place), fault.first_request)
    )
    return [_range(fault) for fault in faults]


def _range(fault: Fault) -> FaultRange:
    if fault.error is not None:
        effect = f"{fault.error.status} {fault.error.code}"
    else:
        assert fault.transport_fault is not None, "a fault is an error or a transport fault"
        effect = fault.transport_fault.description
    last = None if fault.last_request == UNLIMITED else fault.last_request
    return FaultRange(fault.place, fault.word, fault.first_request, last, effect, fault.applied)
