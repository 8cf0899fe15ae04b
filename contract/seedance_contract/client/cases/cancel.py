"""CAN: how a client cancels, and what it makes of a cancelled task."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import FAILS_AS_TOLD, ONE_CREATE, STOPS
from seedance_contract.client.record import Exchange, Record
from seedance_contract.client.scene import ACTION, EXIT, Scene, Unexercised, group, must, should
from seedance_contract.client.traffic import (
    accepted,
    completion,
    created,
    end_shown,
    following,
    outcome,
    task_id,
)
from seedance_contract.declared.routes import CANCEL
from seedance_contract.declared.sources import page

GROUP = "CAN Cancelling"

CANCEL_PAGE = page("cancel-task")
BOTH = page("cancel-task, async-jobs-polling")

WHEN_CREATED = {"action": "cancel", "cancel_after": "created"}


def _cancels(record: Record) -> list[Exchange]:
    if not (found := record.at("cancel")):
        raise Unexercised("the client did not cancel")
    return found


def _called(record: Record, wanted: str) -> None:
    if (called := outcome(record).get("outcome")) != wanted:
        raise Mismatch(expected=f"outcome {wanted}", actual=str(called))


def _not_called_otherwise(record: Record) -> None:
    end_shown(record)
    if record.outcome is not None:
        _called(record, "cancelled")


def _one_cancel(record: Record) -> None:
    task = accepted(record)[0]
    sent = [one.target for one in record.exchanges if one.method == "DELETE"]
    claimed = (record.outcome or {}).get("outcome") == "cancelled"
    if not sent and not claimed:
        raise Unexercised("the client did not cancel")
    wanted = CANCEL.path.format(id=task_id(task))
    if sent != [wanted]:
        told = ", ".join(sent) or "none, and yet it is called cancelled"
        raise Mismatch(expected=f"one DELETE {wanted}", actual=told)


def _few_polls_after(record: Record) -> None:
    polls = [one for one in following(record, _cancels(record)[0]) if one.place == "poll"]
    if len(polls) > 1:
        raise Mismatch(expected="at most 1 poll after it", actual=str(len(polls)))


def _called_cancelled(record: Record) -> None:
    _cancels(record)
    _called(record, "cancelled")


def _called_completed(record: Record) -> None:
    _cancels(record)
    completion(record)
    _called(record, "completed")
    if not outcome(record).get("video_urls"):
        raise Mismatch(expected="the URL of the video", actual="none")


def _polls_on(record: Record) -> None:
    if not any(one.place == "poll" for one in following(record, _cancels(record)[0])):
        raise Mismatch(expected="polls after the refusal", actual="none")


def _looks(record: Record) -> None:
    later = following(record, _cancels(record)[0])
    repeats = sum(one.place == "cancel" for one in later)
    if repeats > 1:
        raise Mismatch(expected="at most 1 DELETE more", actual=str(repeats))
    if not any(one.place in ("cancel", "poll") for one in later):
        raise Mismatch(expected="another DELETE, or a poll", actual="neither")


def _never_cancels(record: Record) -> None:
    created(record)
    if not record.polls:
        raise Unexercised("the client did not poll")
    if record.at("cancel"):
        raise Mismatch(expected="no DELETE", actual=str(len(record.at("cancel"))))


scene = group(GROUP)

ONE_CANCEL = must("one-cancel", "The task is cancelled once, by its id.", _one_cancel)
POLLS_ON = must("polls-on", "The task is polled on.", _polls_on)


def _refused(name: str, script: str, requirement: str, *checks: Any, **choices: Any) -> Scene:
    return scene(
        name,
        Level.MUST,
        requirement,
        choices.pop("source", BOTH),
        f"clock-polls after-3polls {script}",
        ONE_CANCEL,
        *checks,
        job=WHEN_CREATED,
        needs=ACTION,
        **choices,
    )


SCENES = (
    scene(
        "CAN-01",
        Level.MUST,
        "A task that was cancelled is over: no success, and not created again.",
        BOTH,
        "clock-polls after-1polls end-cancelled",
        STOPS,
        ONE_CREATE,
        FAILS_AS_TOLD,
        should("called-cancelled", "It is called cancelled.", _not_called_otherwise),
        needs=EXIT,
        core=True,
    ),
    scene(
        "CAN-02",
        Level.MUST,
        "A waiting task is cancelled with one DELETE.",
        CANCEL_PAGE,
        "queue-600s",
        ONE_CANCEL,
        must("few-polls-after", "At most one poll follows.", _few_polls_after),
        must("called-cancelled", "It is called cancelled.", _called_cancelled),
        job=WHEN_CREATED,
        needs=ACTION,
        patience=30.0,
        core=True,
    ),
    _refused(
        "CAN-03",
        "cancel-409x0",
        "Where it is too late to cancel, the result is taken.",
        POLLS_ON,
        must("called-completed", "It is called completed, with its URL.", _called_completed),
        core=True,
    ),
    _refused(
        "CAN-04",
        "cancel-400x0",
        "Where a model cannot be cancelled, its task is followed to the end.",
        POLLS_ON,
        core=True,
    ),
    scene(
        "CAN-05",
        Level.SHOULD,
        "Where the answer to a cancel is lost, the client finds out what became of it.",
        page("async-jobs-polling"),
        "queue-600s cancel-reset+",
        should("looks", "One more DELETE, or a poll, follows.", _looks),
        should("called-cancelled", "It is called cancelled.", _called_cancelled),
        job=WHEN_CREATED,
        needs=ACTION,
        patience=30.0,
    ),
    _refused("CAN-06", "cancel-403x0", "A forbidden cancel is not repeated.", source=CANCEL_PAGE),
    _refused(
        "CAN-06-gone",
        "cancel-404x0",
        "A cancel of a task that is not there is not repeated.",
        source=CANCEL_PAGE,
    ),
    scene(
        "CAN-07",
        Level.SHOULD,
        "A client that cannot wait any longer leaves the task alone.",
        page("async-jobs-polling"),
        "clock-polls end-never poll-503 retry-1s",
        should("never-cancels", "No DELETE is sent.", _never_cancels),
        job={"deadline_s": 12},
        patience=45.0,
        core=True,
    ),
)
