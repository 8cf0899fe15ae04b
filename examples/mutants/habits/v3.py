"""Habits of clients of `/api/v3`: repeated creates, and the states in which a task has ended."""

from __future__ import annotations

import json
from collections.abc import Sequence

from habits.habit import Habit
from seedance_v3_client import IN_PROGRESS, JSON, TASKS_PATH, Response, V3Client, V3Error


class RetriesWithoutKey(V3Client):
    """As the SDKs of the model's maker do by themselves."""

    def create_headers(self, key: str) -> dict[str, str]:
        return {}


class NewKeyForEachAttempt(V3Client):
    """Chooses the key where the request is sent, inside the loop that repeats it."""

    def create_headers(self, key: str) -> dict[str, str]:
        return super().create_headers(self.new_key())


class NewKeyInProgress(V3Client):
    """Takes the 409 for a key that somebody else has used."""

    is_refused = False

    def create_headers(self, key: str) -> dict[str, str]:
        return super().create_headers(self.new_key() if self.is_refused else key)

    def may_repeat(self, response: Response) -> bool:
        self.is_refused = response.error()[0] == IN_PROGRESS
        return super().may_repeat(response)


class IgnoresRetryAfter(V3Client):
    """Repeats a create after a pause of its own."""

    def may_repeat(self, response: Response) -> bool:
        response.retry_after = 0.2
        return super().may_repeat(response)


class GivesUpInProgress(V3Client):
    """Takes each 409 for a refusal."""

    def may_repeat(self, response: Response) -> bool:
        return response.status != 409 and super().may_repeat(response)


class NoTimeout(V3Client):
    """Waits for the response to a create for longer than its job may take."""

    timeout = 3600.0


class CreatesTwice(V3Client):
    """Sends a create again although it was answered."""

    def create(self, request: JSON, key: str, deadline: float) -> str:
        super().create(request, key, deadline)
        return super().create(request, self.new_key(), deadline)


class CreatesUnderV1(V3Client):
    """Ignores the dialect of its job."""

    def create(self, request: JSON, key: str, deadline: float) -> str:
        body = {"model": "seedance-2.0", "prompt": request["content"][0]["text"], "duration": 5}
        self.send("POST", "/v1/videos/generations", json.dumps(body).encode())
        raise V3Error("unknown", "no task")


class PollsListOnly(V3Client):
    """Looks for its task in the list, and takes the list for the task."""

    def poll(self, task_id: str) -> JSON:
        return self.send("GET", f"{TASKS_PATH}?filter.task_ids={task_id}").data


class TwoEnds(V3Client):
    """As `@ai-sdk/bytedance` does: the other two ends are polled until the time is over."""

    def has_ended(self, task: JSON) -> bool:
        return task.get("status") in ("succeeded", "failed")


class EndIsSuccess(V3Client):
    """Looks whether a task has ended, and not how."""

    def result(self, task: JSON) -> JSON:
        return {"content": {"video_url": ""}, **task}


class SuccessWithoutVideoUrl(V3Client):
    """Reads the member in which `/v1` has the result."""

    def result(self, task: JSON) -> JSON:
        if "video_url" not in super().result(task):
            raise V3Error("no_video", "the task has no video_url", "failed", task["id"])
        return task


class CallbacksOnly(V3Client):
    """Looks at a task only when a callback comes."""

    def pause(self) -> list[str]:
        if self.receiver is None:
            return super().pause()
        while not (reported := self.receiver.wait(1.0)):
            pass
        return reported


class CountsCallbacks(V3Client):
    """Waits for as many callbacks as there are tasks."""

    def wait(self, task_ids: Sequence[str], deadline: float) -> list[JSON]:
        if self.receiver is None:
            return super().wait(task_ids, deadline)
        for _ in task_ids:
            self.receiver.wait(deadline - self.clock())
        return [self.poll(task_id) for task_id in task_ids]

    def result(self, task: JSON) -> JSON:
        return {"content": {"video_url": ""}, **task} if self.receiver else super().result(task)


class FailsOnRepetition(V3Client):
    """Takes a callback that it knows already for an error."""

    def pause(self) -> list[str]:
        reported = super().pause()
        if self.reported.intersection(reported):
            raise V3Error("unexpected", "a callback about a task that has ended")
        self.reported.update(reported)
        return reported

    def wait(self, task_ids: Sequence[str], deadline: float) -> list[JSON]:
        self.reported: set[str] = set()
        return super().wait(task_ids, deadline)


HABITS = (
    Habit("--v3-retry-without-key", "repeats a create without a key", RetriesWithoutKey),
    Habit("--v3-new-key", "repeats a create with a new key", NewKeyForEachAttempt),
    Habit(
        "--v3-new-key-in-progress",
        "chooses a new key if the first create is still in progress",
        NewKeyInProgress,
    ),
    Habit("--v3-ignore-retry-after", "repeats a create after 0.2 s", IgnoresRetryAfter),
    Habit(
        "--v3-give-up-in-progress",
        "gives up if the first create is still in progress",
        GivesUpInProgress,
    ),
    Habit("--v3-no-timeout", "waits for an hour for each response", NoTimeout),
    Habit("--v3-create-twice", "creates each task twice", CreatesTwice),
    Habit("--v3-create-under-v1", "creates under /v1", CreatesUnderV1),
    Habit("--v3-poll-list", "polls the list of tasks", PollsListOnly),
    Habit("--v3-two-ends", "polls on after cancelled and expired", TwoEnds),
    Habit("--v3-end-is-success", "takes each end for a success", EndIsSuccess),
    Habit("--v3-callbacks-only", "polls only when a callback comes", CallbacksOnly),
    Habit("--v3-count-callbacks", "counts callbacks instead of tasks", CountsCallbacks),
    Habit("--v3-fail-on-repetition", "fails at a repeated callback", FailsOnRepetition),
    Habit("--v3-flat-result", "looks for the result where /v1 has it", SuccessWithoutVideoUrl),
)
