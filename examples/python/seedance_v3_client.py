"""A careful client of the Volc-compatible routes, `/api/v3`. Standard library only.

    client = V3Client(os.environ["TOKENLAB_BASE_URL"], os.environ["TOKENLAB_API_KEY"])
    content = [{"type": "text", "text": "A paper boat"}]
    task = client.generate({"model": "doubao-seedance-2-0-260128", "content": content})
    print(task["content"]["video_url"])

Copy this file, and v3_callbacks.py.

Every create has an `Idempotency-Key`. A create whose response is lost is sent again with the same
key, which returns the task that exists. To survive a crash as well, store the key with the job
before the create, and pass it.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from v3_callbacks import ENDED, CallbackReceiver

JSON = dict[str, Any]

TASKS_PATH = "/api/v3/contents/generations/tasks"
IN_PROGRESS = "IdempotencyRequestInProgress"
"""The code of a 409 that says: the first create with this key is still being carried out."""


class V3Error(Exception):
    """There is no video. `code` is that of the API, or of this client; `outcome` is for the kit."""

    def __init__(self, code: str, message: str, outcome: str = "error", task: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.outcome, self.task = code, message, outcome, task


class Response:
    """A complete response."""

    def __init__(self, status: int, retry_after: str | None, body: bytes) -> None:
        self.status = status
        self.retry_after = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
        try:
            data = json.loads(body)
        except ValueError:
            data = None
        self.data: JSON = data if isinstance(data, dict) else {}

    def error(self) -> tuple[str, str]:
        """Return the code and the message of an error."""
        error = self.data.get("error")
        members: JSON = error if isinstance(error, dict) else {}
        code = str(members.get("code") or f"http_{self.status}")
        return code, str(members.get("message") or f"HTTP {self.status}")


class V3Client:
    """A client for one API key.

    Args:
        base_url: the address of the server, without `/api/v3`.
        api_key: the key.
        poll_interval: seconds between two polls.
        time_limit: seconds until the client stops waiting for a task.
        sleep: waits so many seconds.
        clock: returns seconds.
        receiver: receives callbacks, so that the end of a task is seen before the next poll.
    """

    timeout = 10.0
    max_attempts = 5

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        poll_interval: float = 5.0,
        time_limit: float = 600.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        receiver: CallbackReceiver | None = None,
    ) -> None:
        self.base_url, self.api_key = base_url.rstrip("/"), api_key
        self.poll_interval, self.time_limit = poll_interval, time_limit
        self.sleep, self.clock, self.receiver = sleep, clock, receiver

    def generate(self, request: JSON, key: str | None = None) -> JSON:
        """Create a task, and return it when it has succeeded. Raises V3Error."""
        deadline = self.clock() + self.time_limit
        task_id = self.create(request, key or self.new_key(), deadline)
        [task] = self.wait([task_id], deadline)
        return self.result(task)

    def new_key(self) -> str:
        """Return an `Idempotency-Key`: one for each video that somebody wants."""
        return str(uuid.uuid4())

    def create(self, request: JSON, key: str, deadline: float) -> str:
        """Create a task, and return its id. Raises V3Error."""
        callback = {} if self.receiver is None else {"callback_url": self.receiver.url}
        body = json.dumps({**request, **callback}).encode()
        code, message = "unknown", "no response: the task may exist"
        for attempt in range(self.max_attempts):
            wait = 2.0**attempt
            try:
                response = self.send("POST", TASKS_PATH, body, self.create_headers(key))
            except (OSError, HTTPException):
                pass
            else:
                task_id = response.data.get("id")
                if response.status == 200 and isinstance(task_id, str):
                    return task_id
                code, message = response.error()
                if not self.may_repeat(response):
                    break
                wait = response.retry_after or wait
            if self.clock() + wait > deadline:
                break
            self.sleep(wait * random.uniform(1.0, 1.05))
        raise V3Error(code, message)

    def create_headers(self, key: str) -> dict[str, str]:
        """Return the headers of a create. A repeated create has the key of the first one."""
        return {"Idempotency-Key": key}

    def may_repeat(self, response: Response) -> bool:
        """Return whether the same create may have another result later."""
        # With the key even a create that may have taken effect is safe to repeat.
        is_in_progress = response.error()[0] == IN_PROGRESS
        return is_in_progress or response.status in (200, 429) or response.status >= 500

    def wait(self, task_ids: Sequence[str], deadline: float) -> list[JSON]:
        """Poll tasks until all of them have ended, and return them. Raises V3Error."""
        ended: dict[str, JSON] = {}
        failures = 0
        while self.clock() + self.poll_interval <= deadline:
            reported = self.pause()
            for task_id in [task_id for task_id in task_ids if task_id not in ended]:
                # A callback about one task says nothing about the others. Without any callback
                # all are polled: it may have got lost.
                if reported and task_id not in reported:
                    continue
                task = self.poll(task_id)
                # A poll that fails says nothing about the task.
                failures = 0 if task else failures + 1
                if failures == self.max_attempts:
                    message = "polling failed; the task may still run"
                    raise V3Error("lookup_failed", message, task=task_id)
                if self.has_ended(task):
                    ended[task_id] = task
            if len(ended) == len(task_ids):
                return [ended[task_id] for task_id in task_ids]
        message = "the tasks did not all end in time"
        raise V3Error("deadline", message, "timeout", ", ".join(task_ids))

    def pause(self) -> list[str]:
        """Wait until the next poll. Return the ids of tasks whose end a callback has reported."""
        if self.receiver is not None:
            return self.receiver.wait(self.poll_interval)
        self.sleep(self.poll_interval)
        return []

    def poll(self, task_id: str) -> JSON:
        """Return the task; an empty object if the poll failed. Raises V3Error if it is refused."""
        try:
            response = self.send("GET", f"{TASKS_PATH}/{quote(task_id, safe='')}")
        except (OSError, HTTPException):
            return {}
        if 400 <= response.status < 500 and response.status not in (408, 429):
            raise V3Error(*response.error(), task=task_id)
        return response.data if response.status == 200 else {}

    def has_ended(self, task: JSON) -> bool:
        """Return whether a task has ended. An unknown status means no."""
        return task.get("status") in ENDED

    def result(self, task: JSON) -> JSON:
        """Return a task that has succeeded. Raises V3Error for one that has ended otherwise."""
        if task["status"] == "succeeded":
            return task
        error = task.get("error") or {}
        outcome = "cancelled" if task["status"] == "cancelled" else "failed"
        code, message = error.get("code") or task["status"], error.get("message") or "no video"
        raise V3Error(str(code), str(message), outcome, task["id"])

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Response:
        """Send a request on a new connection. Raises OSError, HTTPException."""
        url = urlsplit(self.base_url)
        connection_class = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = connection_class(url.netloc, timeout=self.timeout)
        own = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        try:
            connection.request(method, url.path + path, body, {**own, **headers})
            response = connection.getresponse()
            return Response(response.status, response.getheader("Retry-After"), response.read())
        finally:
            connection.close()
