"""Habits of showing the key, or what belongs to the user, to those whom it does not concern."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urljoin

from seedance_client import JSON, Answer, Client, Job, origin

REDIRECTS = (301, 302, 303, 307, 308)


class Sends(Client):
    """Base of those that send the key in another way."""

    def headers(self, headers: JSON) -> JSON:
        """Return the headers to send instead."""
        return headers

    @contextmanager
    def exchange(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        changed = self.headers(headers)
        with super().exchange(method, url, changed, body, timeout) as response:
            yield response


class LeaksToAssets(Sends):
    """Sends the key to whoever keeps the file."""

    def headers(self, headers: JSON) -> JSON:
        return {"Authorization": f"Bearer {self.api_key}", **headers}


class OtherHeader(Sends):
    """Sends the key as x-api-key."""

    def headers(self, headers: JSON) -> JSON:
        key = headers.get("Authorization", "").removeprefix("Bearer ")
        rest = {name: value for name, value in headers.items() if name != "Authorization"}
        return {**rest, **({"X-Api-Key": key} if key else {})}


class TwoHeaders(Sends):
    """Sends the key twice."""

    def headers(self, headers: JSON) -> JSON:
        key = headers.get("Authorization", "").removeprefix("Bearer ")
        return {**headers, **({"X-Api-Key": key} if key else {})}


class KeyInCookie(Sends):
    """Sends the key as a cookie as well."""

    def headers(self, headers: JSON) -> JSON:
        return {**headers, "Cookie": f"key={self.api_key}"}


class KeyInQuery(Client):
    """Sends the key in the URL as well."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        joint = "&" if "?" in path else "?"
        return super().call(method, f"{path}{joint}key={self.api_key}", body, until)


class KeyInBody(Client):
    """Sends the key in the body as well."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        sent = json.dumps({**json.loads(body), "user": self.api_key}).encode() if body else None
        return super().call(method, path, sent, until)


class FollowsWithKey(Client):
    """Follows every redirect of the API and takes the key along."""

    same_origin_counts = False

    @contextmanager
    def exchange(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        location = url
        for _ in range(5):
            with super().exchange(method, location, headers, body, timeout) as response:
                if response.status not in REDIRECTS:
                    yield response
                    return
                location = urljoin(location, response.headers.get("Location", ""))
                if self.leaves(url, location):
                    yield response
                    return

    def leaves(self, url: str, location: str) -> bool:
        """Tell whether to stop following."""
        return False


class FollowsToOtherPorts(FollowsWithKey):
    """Takes another port of the same host for the API."""

    def leaves(self, url: str, location: str) -> bool:
        here, there = origin(url), origin(location)
        return here is None or there is None or here[1] != there[1]


class PrintsKey(Client):
    """Prints the key to see whether it is set."""

    def __post_init__(self) -> None:
        super().__post_init__()
        print("key:", self.api_key, flush=True)


class LogsKey(Client):
    """Logs the headers of every request."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        print(f"{method} {path} Authorization: Bearer {self.api_key}", file=sys.stderr)
        return super().call(method, path, body, until)


class KeepsKey(Client):
    """Writes the key into the file of the job."""

    def create(self, request: JSON, state: Path | None = None) -> Job:
        job = super().create(request, state)
        if state:
            state.with_suffix(".settings").write_text(self.api_key)
        return job


class LogsPrompt(Client):
    """Logs the request."""

    def create(self, request: JSON, state: Path | None = None) -> Job:
        print("asking for", json.dumps(request), file=sys.stderr)
        return super().create(request, state)
