"""Habits of showing the key, or the prompt, to somebody who must not see it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urljoin

from habits.habit import Habit
from seedance_client import JSON, Client, Response, Task, origin

REDIRECTS = (301, 302, 303, 307, 308)


class ChangesHeaders(Client):
    """The base class of clients that change the headers of every request."""

    def changed(self, headers: JSON) -> JSON:
        """Return the headers to send."""
        return headers

    @contextmanager
    def stream(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        with super().stream(method, url, self.changed(headers), body, timeout) as response:
            yield response


class SendsKeyToAssets(ChangesHeaders):
    """Sends the key with downloads too."""

    def changed(self, headers: JSON) -> JSON:
        return {"Authorization": f"Bearer {self.api_key}", **headers}


class KeyInOtherHeader(ChangesHeaders):
    """Sends the key as X-Api-Key."""

    def changed(self, headers: JSON) -> JSON:
        key = headers.get("Authorization", "").removeprefix("Bearer ")
        rest = {name: value for name, value in headers.items() if name != "Authorization"}
        return {**rest, **({"X-Api-Key": key} if key else {})}


class KeyInTwoHeaders(ChangesHeaders):
    """Sends the key in Authorization and in X-Api-Key."""

    def changed(self, headers: JSON) -> JSON:
        key = headers.get("Authorization", "").removeprefix("Bearer ")
        return {**headers, **({"X-Api-Key": key} if key else {})}


class KeyInCookie(ChangesHeaders):
    """Sends the key as a cookie too."""

    def changed(self, headers: JSON) -> JSON:
        return {**headers, "Cookie": f"key={self.api_key}"}


class KeyInQuery(Client):
    """Sends the key in the URL too."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        separator = "&" if "?" in path else "?"
        return super().send(method, f"{path}{separator}key={self.api_key}", body, deadline)


class KeyInBody(Client):
    """Sends the key in the body too."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        changed = json.dumps({**json.loads(body), "user": self.api_key}).encode() if body else None
        return super().send(method, path, changed, deadline)


class FollowsWithKey(Client):
    """Follows every redirect of the API, and sends the key along."""

    @contextmanager
    def stream(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        location = url
        for _ in range(5):
            with super().stream(method, location, headers, body, timeout) as response:
                if response.status not in REDIRECTS:
                    yield response
                    return
                location = urljoin(location, response.headers.get("Location", ""))
                if self.stops_at(url, location):
                    yield response
                    return

    def stops_at(self, url: str, location: str) -> bool:
        """Return whether a redirect is not followed."""
        return False


class FollowsToOtherPorts(FollowsWithKey):
    """Follows redirects to another port of the same host."""

    def stops_at(self, url: str, location: str) -> bool:
        first, second = origin(url), origin(location)
        return first is None or second is None or first[1] != second[1]


class PrintsKey(Client):
    """Prints the key on standard output."""

    def __post_init__(self) -> None:
        super().__post_init__()
        print("key:", self.api_key, flush=True)


class LogsKey(Client):
    """Logs the headers of every request."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        print(f"{method} {path} Authorization: Bearer {self.api_key}", file=sys.stderr)
        return super().send(method, path, body, deadline)


class SavesKey(Client):
    """Writes the key into a file beside the state file."""

    def create(self, request: JSON, state_file: Path | None = None) -> Task:
        task = super().create(request, state_file)
        if state_file:
            state_file.with_suffix(".settings").write_text(self.api_key)
        return task


class LogsPrompt(Client):
    """Logs the request."""

    def create(self, request: JSON, state_file: Path | None = None) -> Task:
        print("create", json.dumps(request), file=sys.stderr)
        return super().create(request, state_file)


HABITS = (
    Habit("--x-api-key", "sends the key as X-Api-Key", KeyInOtherHeader),
    Habit("--two-schemes", "sends the key in two headers", KeyInTwoHeaders),
    Habit("--key-in-query", "sends the key in the URL", KeyInQuery),
    Habit("--key-in-body", "sends the key in the body", KeyInBody),
    Habit("--key-in-cookie", "sends the key as a cookie", KeyInCookie),
    Habit("--key-in-stdout", "prints the key", PrintsKey),
    Habit("--key-in-stderr", "logs the key", LogsKey),
    Habit("--key-in-state", "saves the key in a file", SavesKey),
    Habit("--prompt-in-log", "logs the prompt", LogsPrompt),
    Habit("--leak-key-to-assets", "sends the key with downloads", SendsKeyToAssets),
    Habit(
        "--leak-key-on-redirect", "follows a redirect to another host with the key", FollowsWithKey
    ),
    Habit(
        "--leak-key-to-other-port",
        "follows a redirect to another port with the key",
        FollowsToOtherPorts,
    ),
)
