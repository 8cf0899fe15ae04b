"""Habits of cancelling a task without being told to, several times, or not at all."""

from __future__ import annotations

from habits.habit import Habit
from seedance_client import (
    JSON,
    Client,
    RequestRejectedError,
    Response,
    SeedanceError,
    Task,
    TaskCancelledError,
    TaskFailedError,
    TransportError,
    Video,
)


class CancelsOnPollError(Client):
    """Cancels the task if a poll fails."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        snapshot, retry_after = super().poll(task)
        if snapshot is None:
            self._send_cancel(task)
        return snapshot, retry_after


class CancelsAtDeadline(Client):
    """Cancels the task when its time limit is over."""

    def wait(self, task: Task) -> Video:
        try:
            return super().wait(task)
        except SeedanceError as error:
            if error.outcome == "timeout":
                self._send_cancel(task)
            raise


class FailsOnLostCancel(Client):
    """Reports a failed task if the cancel has no response."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        try:
            return super().send(method, path, body, deadline)
        except TransportError:
            if method == "DELETE":
                raise TaskFailedError("cancel_failed", "no response to the cancel") from None
            raise


class RepeatsRefusedCancel(Client):
    """Sends the cancel again if the response is an error."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        response = super().send(method, path, body, deadline)
        if method == "DELETE" and response.status >= 400:
            self.sleep(0.3)
            response = super().send(method, path, body, deadline)
        return response


class StopsOnRefusedCancel(Client):
    """Stops waiting for the task if the API refuses the cancel."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        response = super().send(method, path, body, deadline)
        if method == "DELETE" and response.status >= 400:
            raise RequestRejectedError(*response.error())
        return response


class OnlyStopsPolling(Client):
    """Reports the task as cancelled without sending a cancel."""

    def _send_cancel(self, task: Task) -> JSON | None:
        raise TaskCancelledError("cancelled", "the client stopped polling", task)


class AssumesCancelled(Client):
    """Reports the task as cancelled, whatever the response to the cancel is."""

    def _send_cancel(self, task: Task) -> JSON | None:
        super()._send_cancel(task)
        raise TaskCancelledError("cancelled", "a cancel was sent", task)


class CancelsLegacyPath(Client):
    """Sends the cancel to the legacy path."""

    def _send_cancel(self, task: Task) -> JSON | None:
        path = f"/v1/videos/generations/{task.task_id}"
        try:
            return task.read(self.send("DELETE", path, None, task.deadline))
        except TransportError:
            return None


class PollsAfterCancel(Client):
    """Polls three times after a successful cancel."""

    def _send_cancel(self, task: Task) -> JSON | None:
        snapshot = super()._send_cancel(task)
        for _ in range(3 if snapshot else 0):
            self.sleep(0.3)
            self.poll(task)
        return snapshot


HABITS = (
    Habit("--repeat-cancel", "repeats a refused cancel", RepeatsRefusedCancel),
    Habit(
        "--lost-cancel-ends",
        "reports a failed task after a cancel without a response",
        FailsOnLostCancel,
    ),
    Habit("--refused-cancel-ends", "stops waiting after a refused cancel", StopsOnRefusedCancel),
    Habit("--only-stop-polling", "sends no cancel", OnlyStopsPolling),
    Habit("--assume-cancelled", "reports cancelled without reading the response", AssumesCancelled),
    Habit("--cancel-legacy-path", "cancels at the legacy path", CancelsLegacyPath),
    Habit("--poll-after-cancel", "polls after a successful cancel", PollsAfterCancel),
    Habit("--cancel-on-error", "cancels after a failed poll", CancelsOnPollError),
    Habit("--cancel-at-deadline", "cancels at the time limit", CancelsAtDeadline),
)
