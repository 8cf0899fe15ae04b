"""Habits of misreading how a task has ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from habits.habit import Habit
from seedance_client import (
    JSON,
    Client,
    Response,
    SeedanceError,
    Task,
    TaskCancelledError,
    TaskFailedError,
    Video,
    video_urls,
)

FindUrls = Callable[[JSON], list[str]]


def reports_success(error_class: type[SeedanceError], code: str | None = None) -> type[Client]:
    """Return a client that reports success where it should raise `error_class`.

    `code`: only errors with this code; None for all.
    """

    class ReportsSuccess(Client):
        def result(self, task: Task, snapshot: JSON) -> Video:
            try:
                return super().result(task, snapshot)
            except error_class as error:
                if code not in (None, error.code):
                    raise
                return Video([], task)

    return ReportsSuccess


class CancelledIsFailure(Client):
    """Reports a cancelled task as failed."""

    def result(self, task: Task, snapshot: JSON) -> Video:
        try:
            return super().result(task, snapshot)
        except TaskCancelledError as error:
            raise TaskFailedError(error.code, error.message, task) from None


def finds_urls(find: FindUrls) -> type[Client]:
    """Return a client that finds the results with `find`."""

    class FindsUrls(Client):
        def result(self, task: Task, snapshot: JSON) -> Video:
            video = super().result(task, snapshot)
            if not (urls := find(snapshot)):
                raise TaskFailedError("no_video", "the task completed without a video", task)
            return Video(urls, video.task)

    return FindsUrls


def only_video_url(snapshot: JSON) -> list[str]:
    """Read `video_url` only."""
    return [snapshot["video_url"]] if "video_url" in snapshot else []


def only_video(snapshot: JSON) -> list[str]:
    """Read `video.url` only."""
    return [snapshot["video"]["url"]] if "video" in snapshot else []


def only_videos(snapshot: JSON) -> list[str]:
    """Read `videos` only."""
    return [video["url"] for video in snapshot.get("videos", [])]


def first_only(snapshot: JSON) -> list[str]:
    """Read the first of several results."""
    return video_urls(snapshot)[:1]


def requires_error_type(error_type: type) -> type[Client]:
    """Return a client that crashes unless the error of a task has this type."""

    class RequiresErrorType(Client):
        def result(self, task: Task, snapshot: JSON) -> Video:
            failed = snapshot["status"] == "failed"
            if failed and not isinstance(snapshot["error"], error_type):
                raise TypeError("unexpected type of error")
            return super().result(task, snapshot)

    return RequiresErrorType


class HidesReason(Client):
    """Does not report why a task has failed."""

    def result(self, task: Task, snapshot: JSON) -> Video:
        try:
            return super().result(task, snapshot)
        except TaskFailedError:
            raise TaskFailedError("failed", "something went wrong", task) from None


class DropsIds(Client):
    """Drops all ids except the id of the task."""

    def result(self, task: Task, snapshot: JSON) -> Video:
        task.ids.clear()
        return super().result(task, snapshot)


class MixesUpTasks(Client):
    """Keeps one poll path for all tasks: the path of the last task created."""

    last_poll_path: str | None = None

    def _task_from(self, response: Response, deadline: float) -> Task:
        task = super()._task_from(response, deadline)
        type(self).last_poll_path = task.poll_path
        return task

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        task.poll_path = self.last_poll_path or task.poll_path
        return super().poll(task)


class EveryErrorIsSuccess(Client):
    """Ignores every error and reports that the job is done."""

    def generate(self, request: JSON, state_file: Path | None = None) -> Video:
        try:
            return super().generate(request, state_file)
        except SeedanceError as error:
            return Video([], error.task or Task(None, "", 0.0))


HABITS = (
    Habit("--mix-up-tasks", "mixes up the tasks of a batch", MixesUpTasks),
    Habit("--forget-ids", "reports no ids", DropsIds),
    Habit(
        "--cancelled-is-success",
        "reports a cancelled task as completed",
        reports_success(TaskCancelledError),
    ),
    Habit("--cancelled-is-failure", "reports a cancelled task as failed", CancelledIsFailure),
    Habit(
        "--failed-is-success",
        "reports a failed task as completed",
        reports_success(TaskFailedError),
    ),
    Habit(
        "--completed-without-url-is-success",
        "reports success without a video",
        reports_success(TaskFailedError, "no_video"),
    ),
    Habit("--only-video-url", "reads video_url only", finds_urls(only_video_url)),
    Habit("--only-video", "reads video.url only", finds_urls(only_video)),
    Habit("--only-videos", "reads videos only", finds_urls(only_videos)),
    Habit("--first-video-only", "reports one of several", finds_urls(first_only)),
    Habit("--crash-on-error-string", "requires an error object", requires_error_type(dict)),
    Habit("--crash-on-error-object", "requires an error string", requires_error_type(str)),
    Habit("--swallow-reason", "hides why a task has failed", HidesReason),
    Habit("--error-is-success", "ignores every error", EveryErrorIsSuccess),
)
