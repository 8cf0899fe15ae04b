"""POLL: how a client asks for the state of a task."""

from __future__ import annotations

from seedance_contract.case import Level
from seedance_contract.client import poll_checks
from seedance_contract.client.checks import (
    COMPLETES,
    ENDS,
    FAILS_AS_TOLD,
    ONE_CREATE,
    POLLS_AGAIN,
    STOPS,
    SUCCEEDS,
    asks_again,
    at_most,
    at_most_after,
    no_create_after,
    waits,
)
from seedance_contract.client.scene import ACTION, EXIT, OUTCOME, Scene, group, info, must, should
from seedance_contract.declared.sources import openapi, page

GROUP = "POLL Polling discipline"

scene = group(GROUP)

STATUS = page("get-task-status")
JOBS = page("async-jobs-polling")
LOOKUP = page("async-jobs-polling, best-practices")


def _base(name: str, base: str, requirement: str) -> Scene:
    checks = [must("lands", "The poll goes where poll_url says.", poll_checks.reached)]
    if base == "/":
        says = "No path begins with two slashes, or repeats itself."
        checks.append(must("no-doubled-path", says, poll_checks.no_doubled_path))
    script = "clock-polls after-1polls"
    return scene(name, Level.MUST, requirement, STATUS, script, *checks, base=base, core=True)


def _progress(value: str, requirement: str) -> Scene:
    bare = value == "none"
    return scene(
        "POLL-11" if bare else f"POLL-11-{value}",
        Level.MUST if bare else Level.SHOULD,
        requirement,
        openapi("VideoTaskResponse.progress"),
        f"clock-polls after-2polls progress-{value}",
        COMPLETES,
        SUCCEEDS,
        needs=EXIT,
        core=True,
    )


def _ids(name: str, script: str, requirement: str) -> Scene:
    return scene(
        name,
        Level.MUST,
        requirement,
        openapi("VideoTaskResponse.task_id"),
        f"clock-polls after-1polls {script}",
        must("found", "The task is polled.", poll_checks.found),
        core=True,
    )


def _failed_lookup(name: str, fault: str, requirement: str) -> Scene:
    return scene(
        name,
        Level.MUST,
        requirement,
        LOOKUP,
        f"clock-polls after-2polls {fault}",
        POLLS_AGAIN,
        must("backs-off", "The next poll waits 1 s at least.", waits("poll", 1.0), timed=True),
        ONE_CREATE,
        COMPLETES,
        SUCCEEDS,
        needs=EXIT,
        core=True,
        safe=True,
    )


SCENES = (
    scene(
        "POLL-01",
        Level.MUST,
        "poll_url is followed to the letter, its query included.",
        page("get-task-status, video-generation"),
        "at-query clock-polls after-2polls",
        must(
            "known-path",
            "Polls go to poll_url, or to the documented path.",
            poll_checks.known_path,
        ),
        should("exact", "Polls go to poll_url byte for byte.", poll_checks.exact),
        core=True,
    ),
    _base("POLL-02", "/", "A base URL that ends with a slash does no harm."),
    _base("POLL-02-v1", "/v1", "A base URL that ends with /v1 does not lead polls astray."),
    scene(
        "POLL-03",
        Level.MUST,
        "An absolute poll_url is followed as it is.",
        openapi("VideoTaskResponse.poll_url"),
        "at-absolute clock-polls after-1polls",
        must("followed", "The poll reaches the URL.", poll_checks.reached),
        core=True,
    ),
    scene(
        "POLL-04",
        Level.MUST,
        "Without a poll_url the task is polled by its id.",
        JOBS,
        "at-none clock-polls after-1polls",
        must("fallback", "The poll goes to /v1/tasks/ and the id.", poll_checks.reached),
        core=True,
    ),
    _ids("POLL-05", "id-id", "A task that is named by id only is found."),
    _ids("POLL-05-task", "id-task", "A task that is named by task_id only is found."),
    scene(
        "POLL-06",
        Level.MUST,
        "Polls leave the API time: 5 s, as documented, and never less than 1 s.",
        page("get-video-status, async-jobs-polling"),
        "clock-polls after-4polls",
        must(
            "not-hammering",
            "Polls are 1 s apart or more.",
            poll_checks.apart(poll_checks.SOON),
            timed=True,
        ),
        should(
            "unhurried",
            "Polls are 5 s apart or more.",
            poll_checks.apart(poll_checks.USUAL),
            timed=True,
        ),
        info("not-rare", "Polls are 30 s apart or less.", poll_checks.not_rare),
        core=True,
    ),
    scene(
        "POLL-07",
        Level.MAY,
        "A long job is polled at growing intervals.",
        page("get-video-status"),
        "clock-polls after-6polls",
        info("grows", "The interval grows.", poll_checks.grows),
    ),
    scene(
        "POLL-08",
        Level.MUST,
        "A completed task is not polled any more.",
        LOOKUP,
        "clock-polls after-1polls",
        STOPS,
        core=True,
    ),
    scene(
        "POLL-09",
        Level.MUST,
        "A failed task is the end: no poll, no other try, no success.",
        JOBS,
        "clock-polls after-1polls policy",
        STOPS,
        ONE_CREATE,
        FAILS_AS_TOLD,
        needs=EXIT,
        core=True,
        safe=True,
    ),
    scene(
        "POLL-10",
        Level.MUST,
        "The status decides, not a progress of 100.",
        page("get-task-status"),
        "clock-polls after-3polls progress-lie",
        COMPLETES,
        SUCCEEDS,
        needs=EXIT,
        core=True,
    ),
    _progress("none", "A task without progress is followed to its end."),
    _progress("null", "A progress of null does no harm."),
    _progress("text", "A progress that is a text does no harm."),
    _progress("over", "A progress over 100 does no harm."),
    scene(
        "POLL-12",
        Level.MUST,
        "Unknown members of an answer are ignored.",
        openapi("VideoTaskResponse: additionalProperties"),
        "clock-polls after-2polls odd",
        COMPLETES,
        SUCCEEDS,
        needs=EXIT,
        core=True,
    ),
    scene(
        "POLL-13",
        Level.MUST,
        "An unknown status is neither success nor failure.",
        page("get-task-status, best-practices"),
        "clock-polls after-3polls status-queued",
        COMPLETES,
        SUCCEEDS,
        needs=EXIT,
        core=True,
    ),
    scene(
        "POLL-14",
        Level.SHOULD,
        "A status that goes back once is no end.",
        page("best-practices"),
        "clock-polls after-4polls status-back",
        COMPLETES,
        SUCCEEDS,
        needs=EXIT,
    ),
    _failed_lookup("POLL-15", "poll-503 retry-1s", "A poll that fails with 503 is repeated."),
    _failed_lookup("POLL-16", "poll-reset", "A poll whose connection breaks is repeated."),
    scene(
        "POLL-17",
        Level.MUST,
        "After a 429 with Retry-After the next poll waits at least so long.",
        page("error-handling, rate-limits"),
        "clock-polls after-2polls poll-429 retry-3s",
        must(
            "waits-out-retry-after",
            "The poll after a 429 comes no earlier than Retry-After says.",
            waits("poll", 3.0, giving_up=True),
            timed=True,
        ),
        should("polls-again", "The client does not give up.", asks_again("poll"), timed=True),
        core=True,
    ),
    scene(
        "POLL-18",
        Level.MUST,
        "A task that is not there is neither polled on nor created anew.",
        page("error-handling, async-jobs-polling"),
        "poll-404x0",
        must("stops-polling", "At most one poll more is tried.", at_most_after("poll", 404, 1)),
        must("no-new-create", "Nothing is created anew.", no_create_after("poll", 404)),
        core=True,
    ),
    scene(
        "POLL-19",
        Level.MUST,
        "A task of another key is neither polled on nor created anew.",
        JOBS,
        "poll-403x0",
        must("stops-polling", "At most one poll more is tried.", at_most_after("poll", 403, 1)),
        must("no-new-create", "Nothing is created anew.", no_create_after("poll", 403)),
    ),
    scene(
        "POLL-20",
        Level.SHOULD,
        "Waiting has an end, which is a timeout and not a failure of the task.",
        page("get-video-status, async-jobs-polling"),
        "clock-polls end-never",
        ENDS,
        should("called-a-timeout", "The task is not called failed.", poll_checks.deadline_kept),
        should("keeps-id", "The user is told the id of the task.", poll_checks.keeps_id),
        job={"deadline_s": 12},
        needs=OUTCOME,
        patience=45.0,
        core=True,
    ),
    scene(
        "POLL-21",
        Level.MUST,
        "A create may be answered with a task that is completed already.",
        openapi("VideoTaskResponse"),
        "status-done queue-0s run-0s",
        must("few-polls", "At most one poll is sent.", poll_checks.few_polls),
        SUCCEEDS,
        needs=EXIT,
        core=True,
    ),
    scene(
        "POLL-22",
        Level.MUST,
        "Of several tasks each is polled by its own URL.",
        JOBS,
        "clock-polls after-2polls",
        must("each-its-own", "Every poll_url is polled.", poll_checks.each_its_own),
        must("as-many-as-asked", "No more tasks are created than asked for.", at_most("create", 3)),
        must("not-crossed", "Each job is given its own result.", poll_checks.not_crossed),
        job={"action": "batch", "count": 3},
        needs=ACTION,
    ),
)
