"""Habits of misreading how a task ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seedance_client import (
    JSON,
    Answer,
    Cancelled,
    Client,
    Failed,
    Job,
    SeedanceError,
    Unsure,
    Video,
    video_urls,
)

Find = Callable[[JSON], list[str]]


def takes_for_success(kind: type[SeedanceError], code: str | None = None) -> type[Client]:
    """Return a client that takes an unhappy end for a happy one."""

    class Takes(Client):
        def verdict(self, job: Job, seen: JSON) -> Video:
            try:
                return super().verdict(job, seen)
            except kind as error:
                if code not in (None, error.code):
                    raise
                return Video([], job)

    return Takes


class CancelledIsFailure(Client):
    """Reports a cancelled task as one that failed."""

    def verdict(self, job: Job, seen: JSON) -> Video:
        try:
            return super().verdict(job, seen)
        except Cancelled as error:
            raise Failed(error.code, error.message, job) from None


def finds(find: Find) -> type[Client]:
    """Return a client that looks for results in fewer places."""

    class Finds(Client):
        def verdict(self, job: Job, seen: JSON) -> Video:
            video = super().verdict(job, seen)
            if not (urls := find(seen)):
                raise Failed("no_video", "completed, but without a file", job)
            return Video(urls, video.job)

    return Finds


def only_video_url(seen: JSON) -> list[str]:
    """Look at video_url."""
    return [seen["video_url"]] if "video_url" in seen else []


def only_video(seen: JSON) -> list[str]:
    """Look at video.url."""
    return [seen["video"]["url"]] if "video" in seen else []


def only_videos(seen: JSON) -> list[str]:
    """Look at videos."""
    return [one["url"] for one in seen.get("videos", [])]


def first_only(seen: JSON) -> list[str]:
    """Take the first of several."""
    return video_urls(seen)[:1]


def crashes_unless(kind: type) -> type[Client]:
    """Return a client that knows one form of `error` and breaks on others."""

    class Crashes(Client):
        def verdict(self, job: Job, seen: JSON) -> Video:
            if seen["status"] == "failed" and not isinstance(seen["error"], kind):
                raise TypeError("an error of an unknown form")
            return super().verdict(job, seen)

    return Crashes


class SaysNothing(Client):
    """Swallows why a task failed."""

    def verdict(self, job: Job, seen: JSON) -> Video:
        try:
            return super().verdict(job, seen)
        except Failed:
            raise Failed("failed", "something went wrong", job) from None


class DropsIds(Client):
    """Keeps no id but that of the task."""

    def verdict(self, job: Job, seen: JSON) -> Video:
        job.ids.clear()
        return super().verdict(job, seen)


class CrossesResults(Client):
    """Keeps the last task in one place for all jobs."""

    last: str | None = None

    def _created(self, answer: Answer, until: float) -> Job:
        job = super()._created(answer, until)
        type(self).last = job.poll
        return job

    def look(self, job: Job) -> tuple[JSON | None, float]:
        job.poll = self.last or job.poll
        return super().look(job)


class NeedsAReadableCreate(Client):
    """Breaks on a type of content that is not written as usual."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        answer = super().call(method, path, body, until)
        if answer.headers.get("Content-Type") != "application/json":
            raise Unsure("unexpected", "not JSON")
        return answer


class CutPollIsTheEnd(Client):
    """Takes an unreadable 200 for the result."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        seen, hint = super().look(job)
        if seen is None:
            raise Failed("unreadable", "the task has no readable result", job)
        return seen, hint


class EveryErrorIsSuccess(Client):
    """Swallows every error and reports that the job is done."""

    def generate(self, request: JSON, state: Path | None = None) -> Video:
        try:
            return super().generate(request, state)
        except SeedanceError as error:
            return Video([], error.job or Job(None, "", 0.0))
