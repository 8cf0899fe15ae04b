"""Habits of expecting HTTP responses in one form only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse

from habits.habit import Habit
from seedance_client import (
    JSON,
    Client,
    Response,
    Task,
    TaskFailedError,
    TransportError,
    UncertainCreateError,
    origin,
    request_target,
)


class EarlyHintsAreFinal(Client):
    """Treats a 103 response as the final one, as http.client does."""

    @contextmanager
    def stream(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        address = origin(url)
        assert address is not None
        connection = HTTPConnection(*address[1:], timeout=timeout)
        try:
            connection.request(method, request_target(url), body, headers)
            yield connection.getresponse()
        except (OSError, HTTPException) as error:
            raise TransportError from error
        finally:
            connection.close()


class ReadsOnce(Client):
    """Treats the first chunk of the body as the whole body."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        headers = {"Authorization": f"Bearer {self.api_key}", "Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        with self.stream(method, self.host + path, headers, body, self.timeout) as stream:
            # read1() returns what one read of the socket yields, often less than the body.
            response = Response(stream.status, stream.headers, stream.read1(65_536))
        if method == "POST" and response.data is None:
            raise UncertainCreateError("unexpected", "not JSON")
        return response


class ShortTimeout(Client):
    """Waits 2 s for a response."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.timeout = 2.0


class SlowPollIsFailure(Client):
    """Reports a completed task as failed if any poll was slow."""

    slowest = 0.0

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        started = self.clock()
        snapshot, retry_after = super().poll(task)
        self.slowest = max(self.slowest, self.clock() - started)
        if self.slowest > 2.0 and snapshot and snapshot["status"] == "completed":
            raise TaskFailedError("slow", "a poll took more than 2 s", task)
        return snapshot, retry_after


class ReusesConnection(Client):
    """Sends all requests on one connection, and fails if the server has closed it."""

    connection: HTTPConnection | None = None

    @contextmanager
    def stream(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        address = origin(url)
        assert address is not None
        if self.connection is None:
            self.connection = HTTPConnection(*address[1:], timeout=timeout)
            self.connection.connect()
            # http.client would open a new connection by itself.
            self.connection.auto_open = 0
        try:
            self.connection.request(method, request_target(url), body, headers)
            response = self.connection.getresponse()
            yield response
            # Before Python 3.13 http.client takes the next request only after such a read.
            response.read()
        except (OSError, HTTPException) as error:
            raise UncertainCreateError("broken", "the connection was closed") from error


class RequiresPlainContentType(Client):
    """Rejects a response whose Content-Type is not exactly `application/json`."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        response = super().send(method, path, body, deadline)
        if response.headers.get("Content-Type") != "application/json":
            raise UncertainCreateError("unexpected", "not JSON")
        return response


class InvalidPollIsResult(Client):
    """Treats a poll response that cannot be read as the end of the task."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        snapshot, retry_after = super().poll(task)
        if snapshot is None:
            raise TaskFailedError("unreadable", "the poll response is not a task", task)
        return snapshot, retry_after


HABITS = (
    Habit("--read-once", "reads one chunk of a body", ReadsOnce),
    Habit("--slow-is-failure", "reports a failure after a slow poll", SlowPollIsFailure),
    Habit("--timeout-2s", "has a timeout of 2 s", ShortTimeout),
    Habit("--keep-connection", "requires an open connection", ReusesConnection),
    Habit("--early-hints", "treats 103 as the final response", EarlyHintsAreFinal),
    Habit("--cut-poll-is-end", "treats an invalid poll as the end", InvalidPollIsResult),
    Habit("--exact-content-type", "rejects a charset in Content-Type", RequiresPlainContentType),
)
