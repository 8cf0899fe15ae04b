"""The server under test, seen over HTTP: what was sent, what was answered, what it may cost."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import urllib3

from seedance_contract.case import Mismatch
from seedance_contract.declared.routes import CREATE
from seedance_contract.server.budget import Budget

TIMEOUT_SECONDS = 20.0
"""Seconds to wait for an answer."""

MAX_SILENT_REQUESTS = 3
"""Requests without an answer, one after the other, after which no more are sent."""

MAX_LOG_ENTRIES = 40
"""The most exchanges that are kept to explain a failure."""

SHOWN_BODY = 4_000
"""The most characters of a body in a command line."""

KEY_VARIABLE = "TOKENLAB_API_KEY"


class UnreachableError(Exception):
    """The server does not answer at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRequest:
    """A request as it was sent; `key` is None where none was.

    `url` is whole; `path` is what was asked for: a whole URL too where that was a result's.
    """

    method: str
    path: str
    url: str
    key: str | None = None
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True)
class ReceivedResponse:
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body as JSON. Raises Mismatch where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Mismatch("a JSON body", repr(self.body[:80])) from None

    @property
    def summary(self) -> str:
        """The status and the beginning of the body, in one line."""
        return f"{self.status} {self.body[:300].decode(errors='replace')}".strip()


Observer = Callable[[SentRequest, ReceivedResponse], None]


class Target:
    """A server at a URL. Safe to use from several threads, but for `log`."""

    def __init__(self, url: str, budget: Budget, observe: Observer) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no URL such as http://127.0.0.1:8000")
        self.url = url.rstrip("/")
        self.budget = budget
        self.log: list[tuple[SentRequest, ReceivedResponse]] = []
        self._observe = observe
        self._silent = 0
        self._pool = urllib3.PoolManager(maxsize=16, timeout=TIMEOUT_SECONDS, retries=False)

    def clear_log(self) -> None:
        """Forget what was sent: a new example begins."""
        self.log.clear()

    def send(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> ReceivedResponse:
        """Send a request and return the answer.

        Args:
            method: the HTTP method.
            path: the path and query, from /v1 on, or the whole URL of a result.
            key: the API key to show, or None.
            body: JSON to send, or bytes to send as they are.
            headers: more headers.

        Raises Unexercised where the request might be billed and is not covered, Unreachable
        where no answer comes, Overspent once the server has let a forbidden request pass.
        """
        covered = (
            method != CREATE.method or path != CREATE.path or self.budget.reserve(_parsed(body))
        )
        sent = SentRequest(
            method=method,
            path=path,
            url=path if is_absolute_url(path) else self.url + path,
            key=key,
            headers=_headers(key, body, headers),
            body=body if isinstance(body, bytes | None) else json.dumps(body).encode(),
        )
        answer = self._exchange(sent)
        if not covered and answer.status < 300:
            self.budget.block()
        self.log = [*self.log[1 - MAX_LOG_ENTRIES :], (sent, answer)]
        if not is_absolute_url(path):
            self._observe(sent, answer)
        return answer

    def _exchange(self, sent: SentRequest) -> ReceivedResponse:
        if self._silent >= MAX_SILENT_REQUESTS:
            raise UnreachableError("the server has stopped answering")
        try:
            response = self._pool.request(
                sent.method,
                sent.url,
                body=sent.body,
                headers=sent.headers,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            self._silent += 1
            raise UnreachableError(f"{sent.method} {sent.path}: {type(error).__name__}") from None
        self._silent = 0
        names = {name.lower(): value for name, value in response.headers.items()}
        return ReceivedResponse(response.status, names, response.data)

    @staticmethod
    def curl(sent: SentRequest) -> str:
        """Return a command line that sends the request again; the key is a variable in it."""
        words = ["curl", "-sS", "-i", "-X", sent.method, shlex.quote(sent.url)]
        if sent.key is not None:
            words += ["-H", f'"Authorization: Bearer ${KEY_VARIABLE}"']
        for name, value in sent.headers.items():
            if name != "Authorization" or sent.key is None:
                words += ["-H", shlex.quote(f"{name}: {value}")]
        if sent.body is not None:
            shown = sent.body[:SHOWN_BODY].decode(errors="replace")
            words += ["--data-binary", shlex.quote(shown)]
        return " ".join(words)


def is_absolute_url(path: str) -> bool:
    """Tell whether a path is a whole URL: that of a result, which is not of the API."""
    return path.startswith(("http://", "https://"))


def _parsed(body: object) -> object:
    """Return what a lenient server may read in a body; None where nobody can read a request."""
    if not isinstance(body, bytes):
        return body
    try:
        return json.loads(body.decode(errors="replace"))
    except ValueError:
        return None


def _headers(key: str | None, body: object, headers: Mapping[str, str] | None) -> dict[str, str]:
    shown = {} if key is None else {"Authorization": f"Bearer {key}"}
    typed = {} if body is None else {"Content-Type": "application/json"}
    return {"User-Agent": "seedance-mock", "Accept": "*/*", **shown, **typed, **(headers or {})}
