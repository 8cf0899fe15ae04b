"""Invariants of the end of a job: when a client may end, and what it may then report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seedance_contract.case import Mismatch
from seedance_contract.client.client_case import CheckFunction, NotExercised
from seedance_contract.client.invariants.creates import (
    Effect,
    creates_by_job,
    proven_effect,
)
from seedance_contract.client.invariants.restarts import is_restarted
from seedance_contract.client.invariants.waits import job_interval, longest_wait
from seedance_contract.client.job_fields import knows, require_known
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    FINAL_STATUSES,
    accepted_creates,
    describe_response,
    is_v3_request,
    outcome_line,
    poll_url,
    reports_success,
    response_body,
    sent_creates,
    task_status,
)
from seedance_contract.client.wording import shown
from seedance_contract.declared.tasks import Status
from seedance_contract.declared.v3.routes import V3_PREFIX

SERVED_DIGEST = "asset_sha256"
"""The fact with the SHA-256 of the served file, in hexadecimal."""

SAVED_DIGEST = "downloaded_sha256"
"""The fact with the SHA-256 of the file that the client saved; None if it saved none."""

OWN_INTERVAL = 15.0
"""The polling interval in seconds of a client that was not told one, at most."""

VIDEO_JOBS = ("generate", "download", "resume")
"""The actions whose success is a video."""

URL_MEMBERS = ("video_url", "url")
"""The members of a response that contain URLs of files, at any depth."""

DOCUMENTED_RESULTS = ("video_url", "video", "videos")
"""The members of a task in which the documentation places its result."""


def file_urls(value: object) -> Iterator[str]:
    """Yield the URLs of the files in a JSON value, in order and with repetitions."""
    if isinstance(value, list):
        for item in value:
            yield from file_urls(item)
    if isinstance(value, dict):
        for name, member in value.items():
            if name in URL_MEMBERS and isinstance(member, str):
                yield member
            yield from file_urls(member)


def _tasks_with_status(record: Record, status: str) -> Iterator[dict[str, Any]]:
    for exchange in record.exchanges:
        if task_status(exchange) == status:
            yield dict(response_body(exchange))


def is_without_end(record: Record) -> bool:
    """Return whether no response showed the client that its task has ended."""
    return not any(task_status(exchange) in FINAL_STATUSES for exchange in record.exchanges)


def check_success_is_true(record: Record) -> None:
    """Check that the client reports a success only if a response showed a video."""
    sent_creates(record)
    is_video_job = record.job.get("action", "generate") in VIDEO_JOBS
    # The exit status 0 of another job has another meaning.
    if not is_video_job and record.outcome is None:
        raise NotExercised("the client printed no outcome line")
    # The recorder keeps only the beginning of a large task, so its URL may be missing.
    if any(not task or [*file_urls(task)] for task in _tasks_with_status(record, "completed")):
        raise NotExercised("a response showed the client a video")
    if not record.killed and reports_success(record):
        raise Mismatch(expected="no success without a video", actual="a success")


def check_video_is_success(record: Record) -> None:
    """Check that a client that received a video, and ended, reports a success."""
    if record.job.get("action", "generate") not in VIDEO_JOBS or record.killed:
        raise NotExercised("the client did not end a job whose success is a video")
    if any(exchange.fault for exchange in record.exchanges_at("asset")):
        raise NotExercised("a download failed")
    results = [
        {name: task[name] for name in DOCUMENTED_RESULTS if name in task}
        for task in _tasks_with_status(record, "completed")
    ]
    if not any([*file_urls(result)] for result in results):
        raise NotExercised("no response showed the client a video")
    if not reports_success(record):
        raise Mismatch(expected="a success", actual="a failure")


def check_failure_is_true(record: Record) -> None:
    """Check that the client reports a failed generation only if a response showed one."""
    if outcome_line(record).get("outcome") != "failed":
        raise NotExercised("the client did not report a failed generation")
    if is_without_end(record):
        raise Mismatch(expected="no failed generation: no response showed one", actual="failed")


def _shows_cancelled_task(record: Record) -> bool:
    failed = _tasks_with_status(record, Status.FAILED)
    return any(task.get("cancelled") is True for task in failed)


def check_cancellation_is_true(record: Record) -> None:
    """Check that the client reports a cancelled task only if a response showed one."""
    if outcome_line(record).get("outcome") != "cancelled":
        raise NotExercised("the client did not report a cancelled task")
    if not _shows_cancelled_task(record):
        raise Mismatch(
            expected="no cancelled task: no response showed one", actual="a cancelled task"
        )


def check_cancellation_is_named(record: Record) -> None:
    """Check that the client reports a cancelled task as cancelled, not as failed."""
    if not _shows_cancelled_task(record):
        raise NotExercised("no response showed the client a cancelled task")
    outcome = outcome_line(record).get("outcome")
    if outcome != "cancelled":
        raise Mismatch(expected="the outcome cancelled", actual=f"the outcome {shown(outcome)}")


def check_saves_served_file(record: Record) -> None:
    """Check that the file of a successful download equals the file that was served."""
    if not record.exchanges_at("asset"):
        raise NotExercised("the client downloaded nothing")
    if SERVED_DIGEST not in record.facts or SAVED_DIGEST not in record.facts:
        raise NotExercised("the files of the client are not known")
    if record.killed or not reports_success(record):
        raise NotExercised("the client reported no success")
    require_known(record, "download_to")
    if record.facts[SERVED_DIGEST] != record.facts[SAVED_DIGEST]:
        raise Mismatch(expected="the file as it was served", actual="another file, or none")


def _remaining_seconds(record: Record) -> float:
    """Return how much of its time the client had left when it ended, on its own clock."""
    return float(record.job.get("deadline_s", 60)) - record.seconds * record.rate


def _has_time_for(record: Record, response: RecordedExchange) -> bool:
    # A client may give up early because its next try would be too late. Half of the time is a
    # margin for a busy machine and for backoff.
    pauses = [gap for _, _, gap in record.gaps(record.polls)]
    pauses += [job_interval(record) if knows(record, "poll_interval_s") else OWN_INTERVAL]
    return max(*pauses, longest_wait(response)) < _remaining_seconds(record) / 2


def check_retries_create(record: Record) -> None:
    """Check that a client whose only create received a 429 sends it again."""
    creates = [create for creates in creates_by_job(record).values() for create in creates]
    [first, *others] = creates
    if is_restarted(record):
        raise NotExercised("the client was restarted")
    if first.status != 429 or proven_effect(first) is not Effect.NONE:
        raise NotExercised("the first create received no 429 that may be retried")
    if not others and not record.killed and _has_time_for(record, first):
        raise Mismatch(expected="another create after a 429", actual="none")


def _needs_video(record: Record) -> bool:
    """Return whether the client has to wait for its task."""
    # After a refused cancel the task goes on, and is billed.
    cancels = record.exchanges_at("cancel")
    is_refused = bool(cancels) and cancels[-1].status in (400, 409)
    return record.job.get("action", "generate") in VIDEO_JOBS or is_refused


def _last_lookup(record: Record) -> RecordedExchange:
    """Return the last response about a running task that the client gave up.

    Raises NotExercised if the client had another reason to end than this response.
    """
    create = accepted_creates(record)[-1]
    if record.exit is None and record.outcome is None:
        raise NotExercised("it is not known whether the client has ended")
    if is_restarted(record):
        raise NotExercised("the client was restarted")
    if record.killed or not _needs_video(record):
        raise NotExercised("the client did not end a job whose success is a video")
    polls = record.polls
    if not polls and not poll_url(create).startswith(("/v1/", V3_PREFIX)):
        raise NotExercised("the poll URL is not a path of the API")
    last = polls[-1] if polls else create
    if not _has_time_for(record, last):
        raise NotExercised("the time of the client was over")
    if _is_rejected(last) or _is_second_failure(record):
        raise NotExercised("the client had a reason to give the task up")
    return last


def _is_rejected(response: RecordedExchange) -> bool:
    status = response.status
    return status is not None and 300 <= status < 500 and status not in (408, 429)


def _is_second_failure(record: Record) -> bool:
    """Return whether the last two polls failed."""
    return len(record.polls) > 1 and all(task_status(poll) is None for poll in record.polls[-2:])


def _is_ordinary(response: RecordedExchange) -> bool:
    """Return whether the documentation says that a client must poll again after a response."""
    if response.status is None:
        return not response.answer_body
    if response.status == 200 and response.complete:
        progress = response_body(response).get("progress", 0)
        has_plain_progress = isinstance(progress, int) and 0 <= progress <= 100
        # The response to a create under /api/v3 has the id of the task only.
        is_v3_create = response.place == "create" and is_v3_request(response)
        return (is_v3_create or task_status(response) is not None) and has_plain_progress
    return response.status == 429 or response.status >= 500


def _waits_for_task(is_ordinary: bool) -> CheckFunction:
    """Return a check function about ordinary responses to polls, or about all others."""

    def evaluate(record: Record) -> None:
        responses = [poll for poll in record.polls if task_status(poll) not in FINAL_STATUSES]
        if not is_without_end(record):
            if not any(_is_ordinary(response) is is_ordinary for response in responses):
                raise NotExercised("no poll had such a response before the task ended")
            return
        last = _last_lookup(record)
        if _is_ordinary(last) is not is_ordinary:
            raise NotExercised("the last response was of another kind")
        raise Mismatch(
            expected="polls until the task has ended",
            actual=f"the last response was {describe_response(last)}",
        )

    return evaluate


check_waits_for_task = _waits_for_task(is_ordinary=True)
"""Check that the client polls on after a running task, and after one failed poll."""

check_tolerates_odd_response = _waits_for_task(is_ordinary=False)
"""Check that the client polls on after one response that is unusual or unreadable."""
