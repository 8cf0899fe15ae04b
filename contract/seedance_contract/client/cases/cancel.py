"""CAN: how a client cancels a task, and how it treats a cancelled task."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import ONE_CREATE, REPORTS_FAILED_TASK, STOPS_POLLING
from seedance_contract.client.client_case import (
    ACTION,
    EXIT,
    ClientCase,
    ClientCheck,
    NotExercised,
    group,
    must,
    should,
)
from seedance_contract.client.job_fields import require_known, require_time_known
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    accepted_creates,
    completed_task,
    created_task_id,
    exchanges_after,
    first_final_poll,
    outcome_line,
    sent_creates,
)
from seedance_contract.client.wording import counted, shown
from seedance_contract.declared.routes import CANCEL
from seedance_contract.declared.sources import Source, page

GROUP = Group(name="cancel", prefix="CAN", title="Cancelling")

case = group(GROUP)

CANCEL_SOURCE = page("cancel-task")
CANCEL_AND_POLLING = page("cancel-task, async-jobs-polling")

CANCEL_JOB = {"action": "cancel", "cancel_after": "created"}


def _sent_cancels(record: Record) -> list[RecordedExchange]:
    if not (cancels := record.exchanges_at("cancel")):
        raise NotExercised("the client did not cancel")
    return cancels


def _expect_outcome(record: Record, expected: str) -> None:
    actual = outcome_line(record).get("outcome")
    if actual != expected:
        raise Mismatch(expected=f"the outcome {expected}", actual=f"the outcome {shown(actual)}")


def _check_called_cancelled_if_reported(record: Record) -> None:
    first_final_poll(record)
    if record.outcome is not None:
        _expect_outcome(record, "cancelled")


def _check_one_cancel(record: Record) -> None:
    task_id = created_task_id(accepted_creates(record)[0])
    sent = [exchange.target for exchange in record.exchanges if exchange.method == "DELETE"]
    claimed = (record.outcome or {}).get("outcome") == "cancelled"
    if not sent and not claimed:
        raise NotExercised("the client did not cancel")
    expected = CANCEL.path.format(id=task_id)
    if sent != [expected]:
        actual = ", ".join(sent) or "none, but the outcome is cancelled"
        raise Mismatch(expected=f"one DELETE {expected}", actual=actual)


def _check_few_polls_after(record: Record) -> None:
    later = exchanges_after(record, _sent_cancels(record)[0])
    count = sum(exchange.place == "poll" for exchange in later)
    if count > 1:
        raise Mismatch(expected="at most 1 poll after the cancel", actual=counted(count, "poll"))


def _check_called_cancelled(record: Record) -> None:
    _sent_cancels(record)
    _expect_outcome(record, "cancelled")


def _check_called_completed(record: Record) -> None:
    _sent_cancels(record)
    completed_task(record)
    _expect_outcome(record, "completed")
    if not outcome_line(record).get("video_urls"):
        raise Mismatch(expected="the URL of the video", actual="none")


def _check_polls_on(record: Record) -> None:
    later = exchanges_after(record, _sent_cancels(record)[0])
    if not any(exchange.place == "poll" for exchange in later):
        require_time_known(record)
        raise Mismatch(expected="polls after the rejected cancel", actual="none")


def _check_looks(record: Record) -> None:
    later = exchanges_after(record, _sent_cancels(record)[0])
    repeats = sum(exchange.place == "cancel" for exchange in later)
    if repeats > 1:
        raise Mismatch(expected="at most 1 more DELETE", actual=counted(repeats, "DELETE"))
    if not any(exchange.place in ("cancel", "poll") for exchange in later):
        require_time_known(record)
        raise Mismatch(expected="another DELETE, or a poll", actual="neither")


def _check_never_cancels(record: Record) -> None:
    sent_creates(record)
    if not record.polls:
        raise NotExercised("the client did not poll")
    if cancels := record.exchanges_at("cancel"):
        raise Mismatch(expected="no DELETE", actual=str(len(cancels)))
    if record.killed:
        require_known(record, "deadline_s")
        raise NotExercised("the client was still running after its deadline")


ONE_CANCEL = must(
    "one-cancel", "The client cancels the task once, by the id of the task.", _check_one_cancel
)
POLLS_ON = must("polls-on", "The client continues to poll the task.", _check_polls_on)


def _refused_cancel(
    case_id: str,
    script: str,
    requirement: str,
    *checks: ClientCheck,
    source: Source = CANCEL_AND_POLLING,
    core: bool = False,
) -> ClientCase:
    """Return a case in which the API refuses a cancel."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        source,
        f"clock-polls after-3polls {script}",
        ONE_CANCEL,
        *checks,
        job=CANCEL_JOB,
        needs=ACTION,
        cause="cancellation-misread",
        core=core,
    )


def _cancel(
    case_id: str,
    level: Level,
    requirement: str,
    source: Source,
    script: str,
    *checks: ClientCheck,
    **options: Any,
) -> ClientCase:
    """Return a case in which a task waits for longer than the client is willing to run."""
    # Nothing but the cancel can end this task: a client that does not send it would wait 600 s,
    # so the case has a shorter timeout than others.
    return case(
        case_id,
        level,
        requirement,
        source,
        script,
        *checks,
        job=CANCEL_JOB,
        needs=ACTION,
        cause="cancellation-misread",
        timeout=30.0,
        **options,
    )


CASES = (
    case(
        "CAN-01",
        Level.MUST,
        "The client neither reports a cancelled task as a success nor creates it again.",
        CANCEL_AND_POLLING,
        "clock-polls after-1polls end-cancelled",
        STOPS_POLLING,
        ONE_CREATE,
        REPORTS_FAILED_TASK,
        should(
            "called-cancelled",
            "The client reports the task as cancelled.",
            _check_called_cancelled_if_reported,
            cause="cancellation-misread",
        ),
        needs=EXIT,
        core=True,
        cause="paid-again",
    ),
    _cancel(
        "CAN-02",
        Level.MUST,
        "The client cancels a pending task with one DELETE.",
        CANCEL_SOURCE,
        "queue-600s",
        ONE_CANCEL,
        must(
            "few-polls-after",
            "The client sends at most one poll after the cancel.",
            _check_few_polls_after,
        ),
        must(
            "called-cancelled",
            "The client reports the task as cancelled.",
            _check_called_cancelled,
            cause="cancellation-misread",
        ),
        core=True,
    ),
    # The task completes in spite of the cancel and is billed, so the client should not discard it.
    _refused_cancel(
        "CAN-03",
        "cancel-409x0",
        "If it is too late to cancel, the client uses the result.",
        POLLS_ON,
        must(
            "called-completed",
            "The client reports the task as completed, with the URL of the video.",
            _check_called_completed,
        ),
        core=True,
    ),
    _refused_cancel(
        "CAN-04",
        "cancel-400x0",
        "If the model does not support a cancel, the client polls the task until it ends.",
        POLLS_ON,
        core=True,
    ),
    # The cancel takes effect, but its response is lost. A second DELETE is safe: it names the task.
    _cancel(
        "CAN-05",
        Level.SHOULD,
        "If the response to a cancel is lost, the client finds out whether the task is cancelled.",
        page("async-jobs-polling"),
        "queue-600s cancel-reset+",
        should("looks", "The client sends one more DELETE, or a poll.", _check_looks),
        should(
            "called-cancelled",
            "The client reports the task as cancelled.",
            _check_called_cancelled,
            cause="cancellation-misread",
        ),
    ),
    _refused_cancel(
        "CAN-06",
        "cancel-403x0",
        "The client does not repeat a cancel that is forbidden.",
        source=CANCEL_SOURCE,
    ),
    _refused_cancel(
        "CAN-06-gone",
        "cancel-404x0",
        "The client does not repeat a cancel of a task that does not exist.",
        source=CANCEL_SOURCE,
    ),
    # The first poll fails too, which gives the client another reason to abandon the task.
    case(
        "CAN-07",
        Level.SHOULD,
        "A client whose time is over does not cancel the task.",
        page("async-jobs-polling"),
        "clock-polls end-never poll-503 retry-1s",
        should("never-cancels", "The client sends no DELETE.", _check_never_cancels),
        job={"deadline_s": 12},
        timeout=45.0,
        core=True,
        cause="cancelled-at-deadline",
    ),
)
