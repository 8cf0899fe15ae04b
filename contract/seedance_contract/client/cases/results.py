"""RES: how a client reads the result of a task, or its failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import ONE_CREATE, check_reports_failure
from seedance_contract.client.client_case import (
    EXIT,
    OUTCOME,
    ClientCase,
    ClientCheck,
    NotExercised,
    group,
    info,
    must,
    should,
)
from seedance_contract.client.invariants.outcomes import file_urls
from seedance_contract.client.record import Record
from seedance_contract.client.traffic import (
    completed_task,
    first_final_poll,
    outcome_line,
    response_body,
    user_output,
)
from seedance_contract.declared.sources import openapi, page

GROUP = Group(name="results", prefix="RES", title="Results and failures")

case = group(GROUP)

VIDEO_SOURCE = page("video-generation")


def _check_reports_files(record: Record) -> None:
    expected = set(file_urls(completed_task(record)))
    reported = set(outcome_line(record).get("video_urls") or ())
    if not expected <= reported:
        raise Mismatch(
            expected=f"{len(expected)} video URLs", actual=f"{len(expected & reported)} of them"
        )


def _check_failure_without_file(record: Record) -> None:
    completed_task(record)
    check_reports_failure(record)


def _failed_task(record: Record) -> Mapping[str, Any]:
    task = response_body(first_final_poll(record))
    if task.get("status") != "failed":
        raise NotExercised("no poll showed the client that the task has failed")
    return task


def _check_reason_reported(record: Record) -> None:
    error = _failed_task(record).get("error")
    reason = str(error.get("message")) if isinstance(error, dict) else str(error)
    if reason not in user_output(record):
        raise Mismatch(expected=f"the reason {reason!r}", actual="not in the output")


def _check_failed_task_is_failure(record: Record) -> None:
    _failed_task(record)
    check_reports_failure(record)


FAILED_TASK_IS_FAILURE = must(
    "ends-as-failure",
    "The client does not report the failed task as a success.",
    _check_failed_task_is_failure,
    timed=True,
    cause="failure-reported-as-success",
)
REASON_REPORTED = should(
    "reason-shown",
    "The client shows the reason of the failure to its user.",
    _check_reason_reported,
    cause="reason-hidden",
)


def _required_form(case_id: str, script: str, requirement: str) -> ClientCase:
    """Return a case about a documented place of the result."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        VIDEO_SOURCE,
        f"clock-polls after-1polls {script}",
        must("reports-files", "The client reports every URL of the result.", _check_reports_files),
        needs=OUTCOME,
        core=True,
        cause="result-not-found",
    )


def _optional_form(case_id: str, script: str, requirement: str) -> ClientCase:
    """Return a case about a place of the result that only the OpenAPI document mentions."""
    return case(
        case_id,
        Level.MAY,
        requirement,
        openapi("VideoTaskResponse"),
        f"clock-polls after-1polls {script}",
        info("reports-files", "The client reports every URL of the result.", _check_reports_files),
        needs=OUTCOME,
    )


def _failed_task_case(
    case_id: str, script: str, requirement: str, *checks: ClientCheck, core: bool
) -> ClientCase:
    """Return a case about a form of the error in a failed task."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        openapi("VideoTaskResponse.error"),
        f"clock-polls after-1polls end-failed {script}",
        FAILED_TASK_IS_FAILURE,
        *checks,
        needs=EXIT,
        core=core,
    )


CASES = (
    _required_form("RES-01", "out-url", "The client finds a result in video_url."),
    _required_form("RES-02", "out-video", "The client finds a result in video.url."),
    _required_form("RES-03", "out-videos", "The client finds every result in videos."),
    # A completed task is billed, so a second create would be a second charge.
    case(
        "RES-04",
        Level.MUST,
        "The client reports a completed task without a file as a failure, and does not pay again.",
        page("async-jobs-polling"),
        "clock-polls after-1polls out-none",
        must(
            "ends-as-failure",
            "The client does not report the task as a success.",
            _check_failure_without_file,
            timed=True,
            cause="failure-reported-as-success",
        ),
        ONE_CREATE,
        needs=EXIT,
        core=True,
        cause="paid-again",
    ),
    _failed_task_case(
        "RES-05",
        "err-string",
        "The client understands an error that is a string.",
        REASON_REPORTED,
        core=True,
    ),
    _failed_task_case(
        "RES-06",
        "err-rich",
        "The client understands an error that is an object.",
        REASON_REPORTED,
        core=True,
    ),
    _failed_task_case(
        "RES-07",
        "err-none",
        "The client treats a failed task without an error as failed.",
        core=False,
    ),
    _failed_task_case(
        "RES-07-null",
        "err-null",
        "The client treats a failed task whose error is null as failed.",
        core=False,
    ),
    # Only the OpenAPI document mentions these two places, so a client may miss the result.
    _optional_form("RES-08", "out-content", "The client may find a result in content.video_url."),
    _optional_form("RES-08-data", "out-data", "The client may find a result in data."),
)
