"""Habits of polling too often, too long, or not long enough."""

from __future__ import annotations

from pathlib import Path

from habits.habit import Habit
from seedance_client import (
    JSON,
    Client,
    RequestRejectedError,
    Response,
    SeedanceError,
    Task,
    TaskFailedError,
    TransportError,
    UncertainCreateError,
    Video,
)


def polls_every(seconds: float) -> type[Client]:
    """Return a client with this poll interval."""

    class PollsEvery(Client):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.poll_interval = seconds

    return PollsEvery


class KeepsPolling(Client):
    """Polls twice after the task has ended."""

    def result(self, task: Task, snapshot: JSON) -> Video:
        for _ in range(2):
            self.sleep(0.3)
            self.poll(task)
        return super().result(task, snapshot)


class TrustsProgress(Client):
    """Treats progress 100 as the end of the task."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        snapshot, retry_after = super().poll(task)
        if snapshot and snapshot.get("progress") == 100 and snapshot["status"] == "processing":
            raise TaskFailedError("no_video", "progress is 100, but there is no video", task)
        return snapshot, retry_after


class RequiresProgress(Client):
    """Crashes if progress is absent."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        snapshot, retry_after = super().poll(task)
        # The product is 0. Only the access to the member matters.
        return snapshot, retry_after + 0 * int((snapshot or {"progress": 0})["progress"])


class RequiresKnownMembers(Client):
    """Crashes on a member that the documents do not name."""

    documented = """
        id task_id poll_url status model created updated progress video_url video videos error
        billing_transaction_id last_frame_url cancelled cancellation_status request_id content
        data object
    """

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        snapshot, retry_after = super().poll(task)
        if snapshot and not set(self.documented.split()) >= set(snapshot):
            raise TypeError("unexpected member")
        return snapshot, retry_after


class RequiresKnownStatus(Client):
    """Treats an unknown status as a failure."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        snapshot, retry_after = super().poll(task)
        known = ("pending", "processing", "completed", "failed")
        if snapshot and snapshot["status"] not in known:
            raise TaskFailedError("unknown_status", "the status is unknown", task)
        return snapshot, retry_after


class FailsOnPendingAgain(Client):
    """Treats a task that goes from processing to pending as failed."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        snapshot, retry_after = super().poll(task)
        if snapshot and snapshot["status"] == "pending" and task.ids.get("was") == "processing":
            raise TaskFailedError("went_back", "the task is pending again", task)
        if snapshot:
            # `ids` lives as long as the task, so it can hold the status of the last poll.
            task.ids["was"] = str(snapshot["status"])
        return snapshot, retry_after


class StopsOnPollError(Client):
    """Treats a failed poll as a failed task."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        snapshot, retry_after = super().poll(task)
        if snapshot is None:
            raise TaskFailedError("lookup_failed", "the poll failed", task)
        return snapshot, retry_after


class PollsAfterRejection(Client):
    """Goes on polling after a rejection that is final."""

    statuses: tuple[int, ...] = (401, 403, 404)

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        try:
            response = self.send("GET", task.poll_path, None, task.deadline)
        except TransportError:
            return None, 0.0
        if 400 <= response.status < 500 and response.status not in (*self.statuses, 408, 429):
            raise RequestRejectedError(*response.error(), task)
        return task.read(response), response.retry_after()


class HammersPolls(Client):
    """Polls ten times a second, whether a poll fails or not."""

    max_poll_failures = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        self.time_limit = 1e9

    def sleep_with_jitter(self, seconds: float) -> None:
        super().sleep_with_jitter(0.1)


class RejectionIsFailure(Client):
    """Reports a rejected poll as a failed task."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        try:
            return super().poll(task)
        except RequestRejectedError as error:
            raise TaskFailedError("generation_failed", error.message, task) from None


class NoTimeLimit(Client):
    """Polls as long as the task runs, whatever time limit the job has."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.time_limit = 1e9


class TimeoutIsFailure(Client):
    """Reports a task that still runs as failed, without its id."""

    def wait(self, task: Task) -> Video:
        try:
            return super().wait(task)
        except SeedanceError as error:
            if error.outcome == "timeout":
                raise TaskFailedError("timeout", "the time limit is over") from None
            raise


class RequiresPending(Client):
    """Rejects a task that is completed when it is created."""

    def _task_from(self, response: Response, deadline: float) -> Task:
        task = super()._task_from(response, deadline)
        if (task.snapshot or {}).get("status") != "pending":
            raise UncertainCreateError("unexpected", "a new task must be pending")
        return task


class WaitsForBillingId(Client):
    """Goes on polling an ended task until it has a billing transaction id."""

    def result(self, task: Task, snapshot: JSON) -> Video:
        for _ in range(3):
            if "billing_transaction_id" in task.ids:
                break
            self.sleep(0.3)
            self.poll(task)
        return super().result(task, snapshot)


class PollsWithoutTask(Client):
    """Polls after the API has rejected the create."""

    def create(self, request: JSON, state_file: Path | None = None) -> Task:
        try:
            return super().create(request, state_file)
        except RequestRejectedError:
            path = self.default_poll_path("none")
            self.send("GET", path, None, self.clock() + self.time_limit)
            raise


class CreatesAfterRejectedPoll(Client):
    """Creates another video after the API has rejected a poll."""

    request: JSON

    def create(self, request: JSON, state_file: Path | None = None) -> Task:
        self.request = request
        return super().create(request, state_file)

    def wait(self, task: Task) -> Video:
        try:
            return super().wait(task)
        except RequestRejectedError:
            self.create(self.request)
            raise


HABITS = (
    Habit("--poll-every-100ms", "polls ten times a second", polls_every(0.1)),
    Habit("--poll-every-2s", "polls every 2 s", polls_every(2.0)),
    Habit("--keep-polling", "polls after the end", KeepsPolling),
    Habit("--progress-ends", "treats progress 100 as the end", TrustsProgress),
    Habit("--crash-on-missing-progress", "requires progress", RequiresProgress),
    Habit("--crash-on-unknown-field", "crashes on an undocumented member", RequiresKnownMembers),
    Habit("--unknown-status-fails", "treats an unknown status as a failure", RequiresKnownStatus),
    Habit(
        "--going-back-fails", "treats pending after processing as a failure", FailsOnPendingAgain
    ),
    Habit("--stop-on-poll-error", "treats a failed poll as a failed task", StopsOnPollError),
    Habit("--hammer-polls", "retries failed polls at once", HammersPolls),
    Habit("--poll-through-refusals", "goes on polling after 401, 403 and 404", PollsAfterRejection),
    Habit("--refusal-is-failure", "reports a rejected poll as a failed task", RejectionIsFailure),
    Habit("--poll-after-refusal", "polls after a rejected create", PollsWithoutTask),
    Habit(
        "--create-anew-if-gone",
        "creates another video after a rejected poll",
        CreatesAfterRejectedPoll,
    ),
    Habit("--no-deadline", "polls without a time limit", NoTimeLimit),
    Habit("--deadline-is-failure", "reports a task that still runs as failed", TimeoutIsFailure),
    Habit("--need-pending", "requires a new task to be pending", RequiresPending),
    Habit(
        "--wait-for-billing-id",
        "polls after the end until there is a billing id",
        WaitsForBillingId,
    ),
)
