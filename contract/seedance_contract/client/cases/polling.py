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
    max_requests,
    max_requests_after,
    min_gap,
    no_create_after,
    request_repeated,
)
from seedance_contract.client.client_case import (
    ACTION,
    EXIT,
    OUTCOME,
    ClientCase,
    group,
    info,
    must,
    should,
)
from seedance_contract.declared.sources import Source, openapi, page

GROUP = Group(name="polling", prefix="POLL", title="Polling discipline")

case = group(GROUP)

STATUS_SOURCE = page("get-task-status")
JOBS_SOURCE = page("async-jobs-polling")
LOOKUP_SOURCE = page("async-jobs-polling, best-practices")


def _base_path(case_id: str, base_path: str, requirement: str) -> ClientCase:
    """Return a case about the end of the base URL."""
    checks = [must("lands", "The client polls the poll URL.", poll_checks.check_poll_url_reached)]
    if base_path == "/":
        checks.append(
            must(
                "no-doubled-path",
                "No path begins with two slashes or repeats a part of itself.",
                poll_checks.check_no_doubled_path,
            )
        )
    return case(
        case_id,
        Level.MUST,
        requirement,
        STATUS_SOURCE,
        "clock-polls after-1polls",
        *checks,
        base_path=base_path,
        core=True,
    )


def _progress_variant(value: str, requirement: str) -> ClientCase:
    """Return a case about a form of the progress."""
    absent = value == "none"
    return case(
        "POLL-11" if absent else f"POLL-11-{value}",
        Level.MUST if absent else Level.SHOULD,
        requirement,
        openapi("VideoTaskResponse.progress"),
        f"clock-polls after-2polls progress-{value}",
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
    )


def _id_variant(case_id: str, script: str, requirement: str) -> ClientCase:
    """Return a case about the member that contains the id of the task."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        openapi("VideoTaskResponse.task_id"),
        f"clock-polls after-1polls {script}",
        must("found", "The client polls the task.", poll_checks.check_task_polled),
        core=True,
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
        must(
            "backs-off",
            "The client waits at least 1 s before it polls again.",
            min_gap("poll", 1.0),
            timed=True,
        ),
        ONE_CREATE,
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
        safe=True,
    )


def _refused_lookup(
    case_id: str, status: int, requirement: str, source: Source, *, core: bool = False
) -> ClientCase:
    """Return a case in which every poll receives an error that does not go away."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        source,
        f"poll-{status}x0",
        must(
            "stops-polling",
            "The client sends at most one more poll.",
            max_requests_after("poll", status, 1),
        ),
        must("no-new-create", "The client sends no other create.", no_create_after("poll", status)),
        core=core,
    )


CASES = (
    case(
        "POLL-01",
        Level.MUST,
        "The client uses poll_url exactly as it is, including its query.",
        page("get-task-status, video-generation"),
        "at-query clock-polls after-2polls",
        must(
            "known-path",
            "The client polls poll_url or the documented path.",
            poll_checks.check_known_path,
        ),
        should("exact", "The client polls poll_url byte for byte.", poll_checks.check_exact_url),
        core=True,
    ),
    _base_path("POLL-02", "/", "The client accepts a base URL that ends with a slash."),
    _base_path("POLL-02-v1", "/v1", "The client accepts a base URL that ends with /v1."),
    case(
        "POLL-03",
        Level.MUST,
        "The client accepts an absolute poll_url.",
        openapi("VideoTaskResponse.poll_url"),
        "at-absolute clock-polls after-1polls",
        must("followed", "The client polls the URL.", poll_checks.check_poll_url_reached),
        core=True,
    ),
    case(
        "POLL-04",
        Level.MUST,
        "If there is no poll_url, the client polls the task by its id.",
        JOBS_SOURCE,
        "at-none clock-polls after-1polls",
        must(
            "fallback",
            "The client polls /v1/tasks/ followed by the id.",
            poll_checks.check_poll_url_reached,
        ),
        core=True,
    ),
    _id_variant("POLL-05", "id-id", "The client finds a task that has an id but no task_id."),
    _id_variant("POLL-05-task", "id-task", "The client finds a task that has a task_id but no id."),
    case(
        "POLL-06",
        Level.MUST,
        "The client waits between polls: 5 s as documented, and never less than 1 s.",
        page("get-video-status, async-jobs-polling"),
        "clock-polls after-4polls",
        must(
            "not-hammering",
            "Polls are at least 1 s apart.",
            poll_checks.min_poll_gap(poll_checks.MIN_GAP),
            timed=True,
        ),
        should(
            "unhurried",
            "Polls are at least 5 s apart.",
            poll_checks.min_poll_gap(poll_checks.RECOMMENDED_GAP),
            timed=True,
        ),
        info("not-rare", "Polls are at most 30 s apart.", poll_checks.check_not_rare),
        core=True,
    ),
    case(
        "POLL-07",
        Level.MAY,
        "The client polls a long task at growing intervals.",
        page("get-video-status"),
        "clock-polls after-6polls",
        info("grows", "The interval between polls grows.", poll_checks.check_gaps_grow),
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
    ),
    case(
        "POLL-10",
        Level.MUST,
        "The client decides by the status, not by a progress of 100.",
        page("get-task-status"),
        "clock-polls after-3polls progress-lie",
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
    ),
    _progress_variant("none", "The client polls a task without a progress until it ends."),
    _progress_variant("null", "The client tolerates a progress of null."),
    _progress_variant("text", "The client tolerates a progress that is a string."),
    _progress_variant("over", "The client tolerates a progress above 100."),
    case(
        "POLL-12",
        Level.MUST,
        "The client ignores unknown members of a response.",
        openapi("VideoTaskResponse: additionalProperties"),
        "clock-polls after-2polls odd",
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
    ),
    case(
        "POLL-13",
        Level.MUST,
        "The client treats an unknown status as neither success nor failure.",
        page("get-task-status, best-practices"),
        "clock-polls after-3polls status-queued",
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
    ),
    case(
        "POLL-14",
        Level.SHOULD,
        "The client continues to poll if a status goes back once.",
        page("best-practices"),
        "clock-polls after-4polls status-back",
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
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
        must(
            "waits-out-retry-after",
            "The client sends its next poll no earlier than Retry-After allows.",
            min_gap("poll", 3.0, allow_giving_up=True),
            timed=True,
        ),
        should("polls-again", "The client does not give up.", request_repeated("poll"), timed=True),
        core=True,
    ),
    _refused_lookup(
        "POLL-18",
        404,
        "If the task does not exist, the client stops polling and creates no other task.",
        page("error-handling, async-jobs-polling"),
        core=True,
    ),
    _refused_lookup(
        "POLL-19",
        403,
        "If the task belongs to another key, the client stops polling and creates no other task.",
        JOBS_SOURCE,
    ),
    case(
        "POLL-20",
        Level.SHOULD,
        "The client stops waiting at its deadline and reports a timeout, not a failed task.",
        page("get-video-status, async-jobs-polling"),
        "clock-polls end-never",
        ENDS_BY_ITSELF,
        should(
            "called-a-timeout",
            "The client does not report the task as failed.",
            poll_checks.check_timeout_is_no_failure,
        ),
        should(
            "keeps-id",
            "The client reports the id of the task.",
            poll_checks.check_task_id_reported,
        ),
        job={"deadline_s": 12},
        needs=OUTCOME,
        timeout=45.0,
        core=True,
    ),
    case(
        "POLL-21",
        Level.MUST,
        "The client accepts a response to a create that contains a completed task.",
        openapi("VideoTaskResponse"),
        "status-done queue-0s run-0s",
        must("few-polls", "The client sends at most one poll.", poll_checks.check_few_polls),
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
    ),
    case(
        "POLL-22",
        Level.MUST,
        "The client polls each of several tasks at the URL of that task.",
        JOBS_SOURCE,
        "clock-polls after-2polls",
        must(
            "each-its-own",
            "The client polls every poll_url.",
            poll_checks.check_each_task_polled,
        ),
        must(
            "as-many-as-asked",
            "The client creates no more tasks than the job contains.",
            max_requests("create", 3),
        ),
        must(
            "not-crossed",
            "The client assigns each result to its own job.",
            poll_checks.check_results_not_crossed,
        ),
        job={"action": "batch", "count": 3},
        needs=ACTION,
    ),
)
