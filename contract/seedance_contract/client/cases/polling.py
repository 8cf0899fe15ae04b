"""POLL: how a client polls the status of a task."""

from __future__ import annotations

from seedance_contract.case import Group, Level
from seedance_contract.client import poll_checks
from seedance_contract.client.checks import (
    ENDS_AS_SUCCESS,
    ENDS_BY_ITSELF,
    ONE_CREATE,
    REACHES_THE_END,
    REPEATS_POLL,
    REPORTS_FAILED_TASK,
    STOPS_POLLING,
    abandons_task,
    max_requests,
    request_repeated,
)
from seedance_contract.client.client_case import (
    ACTION,
    EXIT,
    OUTCOME,
    ClientCase,
    ClientCheck,
    group,
    must,
    should,
)
from seedance_contract.declared.sources import Source, openapi, page

GROUP = Group(name="polling", prefix="POLL", title="Polling discipline")

case = group(GROUP)

STATUS_SOURCE = page("get-task-status")
JOBS_SOURCE = page("async-jobs-polling")
LOOKUP_SOURCE = page("async-jobs-polling, best-practices")


def _base_path(case_id: str, base_path: str, requirement: str, *checks: ClientCheck) -> ClientCase:
    """Return a case about the end of the base URL."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        STATUS_SOURCE,
        "clock-polls after-1polls",
        poll_checks.LANDS,
        *checks,
        base_path=base_path,
        core=True,
        cause="poll-url-not-followed",
    )


def _unusual_task(
    case_id: str,
    script: str,
    requirement: str,
    source: Source,
    *,
    level: Level = Level.MUST,
    core: bool = True,
    cause: str = "response-read-too-strictly",
) -> ClientCase:
    """Return a case in which a client has to complete its job although the task is unusual."""
    return case(
        case_id,
        level,
        requirement,
        source,
        f"clock-polls {script}",
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=core,
        cause=cause,
    )


def _progress_variant(value: str, requirement: str) -> ClientCase:
    """Return a case about an unusual form of the progress."""
    script, source = f"after-2polls progress-{value}", openapi("VideoTaskResponse.progress")
    return _unusual_task(f"POLL-11-{value}", script, requirement, source, level=Level.SHOULD)


def _id_variant(case_id: str, script: str, requirement: str) -> ClientCase:
    """Return a case in which the response has `id` or `task_id`, and not both as usual."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        openapi("VideoTaskResponse.task_id"),
        f"clock-polls after-1polls {script}",
        poll_checks.TASK_POLLED,
        core=True,
        cause="poll-url-not-followed",
    )


def _failed_lookup(case_id: str, fault: str, requirement: str) -> ClientCase:
    """Return a case in which one poll fails."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        LOOKUP_SOURCE,
        f"clock-polls after-2polls {fault}",
        REPEATS_POLL,
        poll_checks.BACKS_OFF,
        ONE_CREATE,
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
        safe=True,
        cause="failed-poll-taken-for-failure",
    )


CASES = (
    case(
        "POLL-01",
        Level.MUST,
        "The client uses poll_url exactly as it is, including its query.",
        page("get-task-status, video-generation"),
        "at-query clock-polls after-2polls",
        poll_checks.KNOWN_PATH,
        poll_checks.EXACT_URL,
        core=True,
        cause="poll-url-not-followed",
    ),
    # A client that appends paths to the base URL sends //v1/tasks or /v1/v1/tasks here.
    _base_path(
        "POLL-02",
        "/",
        "The client accepts a base URL that ends with a slash.",
        poll_checks.NO_DOUBLED_PATH,
    ),
    _base_path("POLL-02-v1", "/v1", "The client accepts a base URL that ends with /v1."),
    case(
        "POLL-03",
        Level.MUST,
        "The client accepts an absolute poll_url.",
        openapi("VideoTaskResponse.poll_url"),
        "at-absolute clock-polls after-1polls",
        poll_checks.FOLLOWED,
        core=True,
        cause="poll-url-not-followed",
    ),
    case(
        "POLL-04",
        Level.MUST,
        "If there is no poll_url, the client polls the task by its id.",
        JOBS_SOURCE,
        "at-none clock-polls after-1polls",
        poll_checks.FALLBACK,
        core=True,
        cause="poll-url-not-followed",
    ),
    _id_variant("POLL-05", "id-id", "The client finds a task that has an id but no task_id."),
    _id_variant("POLL-05-task", "id-task", "The client finds a task that has a task_id but no id."),
    case(
        "POLL-06",
        Level.MUST,
        "The client waits between polls: 5 s as documented, and never less than 1 s.",
        page("get-video-status, async-jobs-polling"),
        "clock-polls after-4polls",
        poll_checks.NOT_HAMMERING,
        poll_checks.UNHURRIED,
        poll_checks.NOT_RARE,
        core=True,
        cause="polling-too-fast",
    ),
    case(
        "POLL-07",
        Level.MAY,
        "The client polls a long task at growing intervals.",
        page("get-video-status"),
        "clock-polls after-6polls",
        poll_checks.GAPS_GROW,
    ),
    case(
        "POLL-08",
        Level.MUST,
        "The client stops polling a completed task.",
        LOOKUP_SOURCE,
        "clock-polls after-1polls",
        STOPS_POLLING,
        core=True,
    ),
    case(
        "POLL-09",
        Level.MUST,
        "After a task fails, the client sends no poll and no create and reports no success.",
        JOBS_SOURCE,
        "clock-polls after-1polls policy",
        STOPS_POLLING,
        ONE_CREATE,
        REPORTS_FAILED_TASK,
        needs=EXIT,
        core=True,
        safe=True,
        cause="paid-again",
    ),
    # The progress is 100 from the first poll on, while the status is still processing.
    _unusual_task(
        "POLL-10",
        "after-3polls progress-lie",
        "The client decides by the status, not by a progress of 100.",
        STATUS_SOURCE,
        cause="status-guessed",
    ),
    _unusual_task(
        "POLL-11",
        "after-2polls progress-none",
        "The client polls a task without a progress until it ends.",
        openapi("VideoTaskResponse.progress"),
    ),
    _progress_variant("null", "The client tolerates a progress of null."),
    _progress_variant("text", "The client tolerates a progress that is a string."),
    _progress_variant("over", "The client tolerates a progress above 100."),
    _unusual_task(
        "POLL-12",
        "after-2polls odd",
        "The client ignores unknown members of a response.",
        openapi("VideoTaskResponse: additionalProperties"),
    ),
    _unusual_task(
        "POLL-13",
        "after-3polls status-queued",
        "The client treats an unknown status as neither success nor failure.",
        page("get-task-status, best-practices"),
        cause="status-guessed",
    ),
    _unusual_task(
        "POLL-14",
        "after-4polls status-back",
        "The client continues to poll if a status goes back once.",
        page("best-practices"),
        level=Level.SHOULD,
        core=False,
        cause="status-guessed",
    ),
    _failed_lookup(
        "POLL-15", "poll-503 retry-1s", "The client repeats a poll that received a 503."
    ),
    _failed_lookup("POLL-16", "poll-reset", "The client repeats a poll whose connection breaks."),
    case(
        "POLL-17",
        Level.MUST,
        "After a 429 the client waits at least as long as Retry-After before its next poll.",
        page("error-handling, rate-limits"),
        "clock-polls after-2polls poll-429 retry-3s",
        poll_checks.WAITS_OUT_RETRY_AFTER,
        should(
            "polls-again",
            "The client does not give up.",
            request_repeated("poll"),
            timed=True,
            cause="failed-poll-taken-for-failure",
        ),
        core=True,
        cause="retry-after-ignored",
    ),
    case(
        "POLL-18",
        Level.MUST,
        "If the task does not exist, the client stops polling and creates no other task.",
        page("error-handling, async-jobs-polling"),
        "poll-404x0",
        *abandons_task(404),
        core=True,
    ),
    case(
        "POLL-19",
        Level.MUST,
        "If the task belongs to another workspace, the client stops polling and creates no other "
        "task.",
        JOBS_SOURCE,
        "poll-403x0",
        *abandons_task(403),
    ),
    case(
        "POLL-20",
        Level.SHOULD,
        "The client stops waiting at its deadline and reports a timeout, not a failed task.",
        page("get-video-status, async-jobs-polling"),
        "clock-polls end-never",
        ENDS_BY_ITSELF,
        poll_checks.CALLED_A_TIMEOUT,
        poll_checks.KEEPS_TASK_ID,
        job={"deadline_s": 12},
        needs=OUTCOME,
        timeout=45.0,
        core=True,
        cause="timeout-called-failure",
    ),
    case(
        "POLL-21",
        Level.MUST,
        "The client accepts a response to a create that contains a completed task.",
        openapi("VideoTaskResponse"),
        "status-done queue-0s run-0s",
        poll_checks.FEW_POLLS,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
        cause="success-not-recognised",
    ),
    case(
        "POLL-22",
        Level.MUST,
        "The client polls each of several tasks at the URL of that task.",
        JOBS_SOURCE,
        "clock-polls after-2polls",
        poll_checks.EACH_TASK_POLLED,
        must(
            "at-most-3-creates",
            "The client creates at most 3 tasks.",
            max_requests("create", 3),
            cause="duplicate-create",
        ),
        poll_checks.RESULTS_NOT_CROSSED,
        job={"action": "batch", "count": 3},
        needs=ACTION,
        cause="tasks-mixed-up",
    ),
)
