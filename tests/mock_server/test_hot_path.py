"""What a request costs, in calls of functions: the same on every machine, unlike time.

A bound is a little above what is needed. Where one is exceeded something costs every request
of its kind: find it with `make bench ARGS=--profile`, and raise the bound only if it is worth it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable
from types import FrameType

import pytest
from starlette.types import ASGIApp, Message

from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
ACCEPTED = {"model": "seedance-2.0", "prompt": "A paper boat", "resolution": "720p"}
REFUSED = {"model": "seedance-2.0-fast", "prompt": "A paper boat", "resolution": "4k"}


def finished(work: Awaitable[None]) -> None:
    """Run what never waits, without an event loop that would be counted too."""
    for _ in work.__await__():
        raise AssertionError("it waits for something")


class Caller:
    """Sends requests to an application, and counts the calls that each is worth."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.answer: list[Message] = []

    def send(self, method: str, path: str, body: object = None) -> None:
        """Send one request."""
        raw = b"" if body is None else json.dumps(body).encode()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "server": ("127.0.0.1", 8000),
            "scheme": "http",
            "method": method,
            "root_path": "",
            "path": path,
            "query_string": b"",
            "headers": [
                (b"host", b"127.0.0.1:8000"),
                (b"authorization", b"Bearer sk-bench"),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(raw)).encode()),
            ],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Message) -> None:
            self.answer.append(message)

        self.answer.clear()
        finished(self.app(scope, receive, send))

    def calls(self, method: str, path: str, body: object = None) -> int:
        """Return how many functions are called for a request that is not the first of its kind."""
        count = 0

        def counted(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        for _ in range(2):
            self.send(method, path, body)
        before = sys.getprofile()
        sys.setprofile(counted)
        self.send(method, path, body)
        sys.setprofile(before)
        return count


@pytest.fixture
def caller(lifecycle: str) -> Caller:
    return Caller(create_app(Settings(lifecycle=lifecycle)))


@pytest.mark.parametrize(
    ("name", "lifecycle", "status", "most"),
    [
        ("accepted", "instant", 200, 280),
        ("refused", "instant", 400, 260),
        ("pending", "manual", 200, 130),
        ("completed", "instant", 200, 130),
        ("models", "instant", 200, 76),
    ],
)
def test_a_request_costs_no_more_calls(name: str, status: int, most: int, caller: Caller) -> None:
    caller.send("POST", CREATE, ACCEPTED)
    task = json.loads(caller.answer[1]["body"])["id"]
    requests: dict[str, tuple[str, str, object]] = {
        "accepted": ("POST", CREATE, ACCEPTED),
        "refused": ("POST", CREATE, REFUSED),
        "pending": ("GET", f"/v1/tasks/{task}", None),
        "completed": ("GET", f"/v1/tasks/{task}", None),
        "models": ("GET", "/v1/models", None),
    }

    calls = caller.calls(*requests[name])

    assert caller.answer[0]["status"] == status
    assert calls <= most


@pytest.mark.parametrize("lifecycle", ["instant"])
def test_the_short_way_is_taken(caller: Caller) -> None:
    caller.send("POST", CREATE, ACCEPTED)
    task = json.loads(caller.answer[1]["body"])["id"]

    short = caller.calls("GET", f"/v1/tasks/{task}")
    long = caller.calls("HEAD", f"/v1/tasks/{task}")

    assert short < long
