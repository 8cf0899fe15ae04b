"""Habits of reading HTTP as if every server wrote it alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse

from seedance_client import JSON, Answer, Client, Failed, Job, Lost, Unsure, origin, target


class EarlyHintsAreTheAnswer(Client):
    """Takes 103 for the final answer, as http.client itself does."""

    @contextmanager
    def exchange(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        where = origin(url)
        assert where is not None
        connection = HTTPConnection(*where[1:], timeout=timeout)
        try:
            connection.request(method, target(url), body, headers)
            yield connection.getresponse()
        except (OSError, HTTPException) as error:
            raise Lost from error
        finally:
            connection.close()


class ReadsOnce(Client):
    """Takes what comes first for the whole answer."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        headers = {"Authorization": f"Bearer {self.api_key}", "Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        with self.exchange(method, self.host + path, headers, body, self.timeout) as response:
            answer = Answer(response.status, response.headers, response.read1(65_536))
        if method == "POST" and answer.data is None:
            raise Unsure("unexpected", "not JSON")
        return answer


class WaitsTwoSeconds(Client):
    """Allows 2 s for an answer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.timeout = 2.0


class SlowIsFailure(Client):
    """Reports a failure, whatever came of the task, if any poll took its time."""

    slowest = 0.0

    def look(self, job: Job) -> tuple[JSON | None, float]:
        began = self.clock()
        seen, hint = super().look(job)
        self.slowest = max(self.slowest, self.clock() - began)
        if self.slowest > 2.0 and seen and seen["status"] == "completed":
            raise Failed("slow", "that took too long", job)
        return seen, hint


class KeepsOneConnection(Client):
    """Sends everything on one connection, and fails where the server has closed it."""

    kept: HTTPConnection | None = None

    @contextmanager
    def exchange(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        where = origin(url)
        assert where is not None
        if self.kept is None:
            self.kept = HTTPConnection(*where[1:], timeout=timeout)
            self.kept.connect()
            self.kept.auto_open = 0
        try:
            self.kept.request(method, target(url), body, headers)
            yield self.kept.getresponse()
        except (OSError, HTTPException) as error:
            raise Unsure("broken", "the connection was closed") from error
