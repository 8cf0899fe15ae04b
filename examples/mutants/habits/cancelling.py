"""Habits of cancelling when nobody asked, or again and again, or not at all."""

from __future__ import annotations

import time

from seedance_client import (
    JSON,
    Answer,
    Cancelled,
    Client,
    Failed,
    Job,
    Lost,
    Refused,
    SeedanceError,
    Video,
)


class CancelsOnError(Client):
    """Cancels the task where a lookup fails."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        seen, hint = super().look(job)
        if seen is None:
            self._delete(job)
        return seen, hint


class CancelsAtTheDeadline(Client):
    """Cancels the task where its own patience ends."""

    def wait(self, job: Job) -> Video:
        try:
            return super().wait(job)
        except SeedanceError as error:
            if error.outcome == "timeout":
                self._delete(job)
            raise


class LostCancelIsTheEnd(Client):
    """Reports a failure where the answer to a cancel is lost."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        try:
            return super().call(method, path, body, until)
        except Lost:
            if method == "DELETE":
                raise Failed("cancel_failed", "no answer to the cancel") from None
            raise


class RepeatsRefusedCancel(Client):
    """Asks again where the answer to a cancel was an error."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        answer = super().call(method, path, body, until)
        if method == "DELETE" and answer.status >= 400:
            time.sleep(0.3)
            answer = super().call(method, path, body, until)
        return answer


class RefusedCancelIsTheEnd(Client):
    """Gives up the task where its cancel is refused."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        answer = super().call(method, path, body, until)
        if method == "DELETE" and answer.status >= 400:
            raise Refused(*answer.error())
        return answer


class OnlyStopsPolling(Client):
    """Says that the task is cancelled, and only stops polling."""

    def _delete(self, job: Job) -> JSON | None:
        raise Cancelled("cancelled", "no longer interested", job)


class BelievesInCancel(Client):
    """Reports cancelled, whatever the answer to the cancel was."""

    def _delete(self, job: Job) -> JSON | None:
        super()._delete(job)
        raise Cancelled("cancelled", "surely", job)


class CancelsByPollUrl(Client):
    """Sends the DELETE to the older path."""

    def _delete(self, job: Job) -> JSON | None:
        path = f"/v1/videos/generations/{job.task_id}"
        try:
            return job.note(self.call("DELETE", path, None, job.until))
        except Lost:
            return None


class PollsAfterCancel(Client):
    """Polls three times to see whether a cancel that was granted is true."""

    def _delete(self, job: Job) -> JSON | None:
        seen = super()._delete(job)
        for _ in range(3 if seen else 0):
            time.sleep(0.3)
            self.look(job)
        return seen
