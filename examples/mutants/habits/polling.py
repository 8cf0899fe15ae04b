"""Habits of polling at the wrong place, too often, too long or not long enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from seedance_client import (
    JSON,
    Answer,
    Client,
    Failed,
    Job,
    Lost,
    Refused,
    SeedanceError,
    Unsure,
    Video,
    origin,
)

Target = Callable[[Client, object, str | None], str | None]


def polls_at(find: Target) -> type[Client]:
    """Return a client that polls somewhere else."""

    class PollsAt(Client):
        def poll_target(self, poll_url: object, task_id: str | None) -> str | None:
            return find(self, poll_url, task_id)

    return PollsAt


def usual(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Build the path from the id, whatever poll_url says."""
    return client.usual(task_id or "none")


def legacy(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Use the older path."""
    return f"/v1/videos/generations/{task_id}"


def decoded(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Decode what was encoded on purpose."""
    return unquote(Client.poll_target(client, poll_url, task_id) or "")


def joined(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Put base URL and poll_url together as they are: /v1/v1."""
    return "/v1" + str(poll_url) if isinstance(poll_url, str) else client.usual(task_id or "")


def concatenated(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Take an absolute URL for a path."""
    return "/" + str(poll_url) if "://" in str(poll_url) else _own(client, poll_url, task_id)


def required(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Give up where there is no poll_url."""
    return _own(client, poll_url, task_id) if poll_url else None


def _own(client: Client, poll_url: object, task_id: str | None) -> str | None:
    return Client.poll_target(client, poll_url, task_id)


class KnowsOneId(Client):
    """Knows the task by one of its two names only, and cannot do without."""

    name = "id"

    def _created(self, answer: Answer, until: float) -> Job:
        if self.name not in (answer.data or {}):
            raise Unsure("unknown", f"no {self.name}")
        return super()._created(answer, until)


class KnowsOnlyTaskId(KnowsOneId):
    """The same with the other name."""

    name = "task_id"


def polls_every(seconds: float) -> type[Client]:
    """Return a client that polls so often."""

    class PollsEvery(Client):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.interval = seconds

    return PollsEvery


class KeepsPolling(Client):
    """Polls twice more after the end."""

    def verdict(self, job: Job, seen: JSON) -> Video:
        for _ in range(2):
            time.sleep(0.3)
            self.look(job)
        return super().verdict(job, seen)


class TrustsProgress(Client):
    """Takes progress 100 for the end."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        seen, hint = super().look(job)
        if seen and seen.get("progress") == 100 and seen["status"] == "processing":
            raise Failed("no_video", "progress is 100, but there is no video", job)
        return seen, hint


class NeedsProgress(Client):
    """Breaks where progress is absent."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        seen, hint = super().look(job)
        return seen, hint + 0 * int((seen or {"progress": 0})["progress"])


class NeedsKnownMembers(Client):
    """Breaks on a member that no document names."""

    documented = """
        id task_id poll_url status model created updated progress video_url video videos error
        billing_transaction_id last_frame_url cancelled cancellation_status request_id content
        data object
    """

    def look(self, job: Job) -> tuple[JSON | None, float]:
        seen, hint = super().look(job)
        if seen and not set(self.documented.split()) >= set(seen):
            raise TypeError("unexpected member")
        return seen, hint


class NeedsKnownStatus(Client):
    """Takes a status that it does not know for a failure."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        seen, hint = super().look(job)
        if seen and seen["status"] not in ("pending", "processing", "completed", "failed"):
            raise Failed("unknown_status", "what is this?", job)
        return seen, hint


class NeverGoesBack(Client):
    """Takes a task that was processing and is pending again for broken."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        seen, hint = super().look(job)
        if seen and seen["status"] == "pending" and job.ids.get("was") == "processing":
            raise Failed("went_back", "pending again", job)
        if seen:
            job.ids["was"] = str(seen["status"])
        return seen, hint


class StopsOnError(Client):
    """Takes a failed lookup for a failed generation."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        seen, hint = super().look(job)
        if seen is None:
            raise Failed("lookup_failed", "the poll failed, so the task has", job)
        return seen, hint


class PollsThrough(Client):
    """Polls on after a refusal that is final."""

    statuses: tuple[int, ...] = (401, 403, 404)

    def look(self, job: Job) -> tuple[JSON | None, float]:
        try:
            answer = self.call("GET", job.poll, None, job.until)
        except Lost:
            return None, 0.0
        if 400 <= answer.status < 500 and answer.status not in (*self.statuses, 408, 429):
            raise Refused(*answer.error(), job)
        return job.note(answer), answer.retry_after()


class HammersOnError(Client):
    """Polls ten times a second, whether a lookup fails or not."""

    lookup_tries = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        self.deadline = 1e9

    def rest(self, pause: float) -> None:
        super().rest(0.1)


class RefusalIsFailure(Client):
    """Reports a lookup that was refused as a generation that failed."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        try:
            return super().look(job)
        except Refused as error:
            raise Failed("generation_failed", error.message, job) from None


class NoDeadline(Client):
    """Polls as long as the task runs, whatever time the job has."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.deadline = 1e9


class DeadlineIsFailure(Client):
    """Reports a task that is still running as failed, and forgets its id."""

    def wait(self, job: Job) -> Video:
        try:
            return super().wait(job)
        except SeedanceError as error:
            if error.outcome == "timeout":
                raise Failed("timeout", "it took too long") from None
            raise


class StartsPending(Client):
    """Cannot believe that a task is completed when it is created."""

    def _created(self, answer: Answer, until: float) -> Job:
        job = super()._created(answer, until)
        if (job.seen or {}).get("status") != "pending":
            raise Unsure("unexpected", "a new task must be pending")
        return job


class FollowsForeign(Client):
    """Polls wherever poll_url leads, with the key."""

    def poll_target(self, poll_url: object, task_id: str | None) -> str | None:
        if isinstance(poll_url, str) and origin(poll_url) not in (None, origin(self.base_url)):
            self.host, _, path = poll_url.rpartition("/v1/")
            return f"/v1/{path}"
        return super().poll_target(poll_url, task_id)


class PollsByBill(Client):
    """Takes the billing transaction for the task."""

    def note_bill(self, answer: Answer) -> str:
        data = answer.data or {}
        found = data.get("billing_transaction_id") or answer.headers.get(
            "X-Billing-Transaction-ID", ""
        )
        return str(found)

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        answer = super().call(method, path, body, until)
        if bill := self.note_bill(answer):
            super().call("GET", f"/v1/tasks/{bill}", None, until)
        return answer


class ShowsBillOnly(Client):
    """Waits for a billing id even after the end."""

    def verdict(self, job: Job, seen: JSON) -> Video:
        for _ in range(3):
            if "billing_transaction_id" in job.ids:
                break
            time.sleep(0.3)
            self.look(job)
        return super().verdict(job, seen)


class PollsAfterRefusal(Client):
    """Asks for a task also where the create was refused."""

    def create(self, request: JSON, state: Path | None = None) -> Job:
        try:
            return super().create(request, state)
        except Refused:
            self.call("GET", self.usual("none"), None, self.clock() + self.deadline)
            raise


class CreatesAnewIfGone(Client):
    """Orders another video where a poll was refused for good."""

    asked: JSON

    def create(self, request: JSON, state: Path | None = None) -> Job:
        self.asked = request
        return super().create(request, state)

    def wait(self, job: Job) -> Video:
        try:
            return super().wait(job)
        except Refused:
            self.create(self.asked)
            raise


class FollowsAnyUrl(Client):
    """Takes whatever names a host for where to poll, with the key."""

    def poll_target(self, poll_url: object, task_id: str | None) -> str | None:
        if isinstance(poll_url, str) and "//" in poll_url:
            host, _, path = poll_url.partition("//")[2].rpartition("@")[2].partition("/")
            self.host = f"http://{host or self.base_url.replace('127.0.0.1', 'localhost')[7:]}"
            return f"/{path}"
        return super().poll_target(poll_url, task_id)
