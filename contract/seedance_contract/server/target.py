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
from seedance_contract.server.budget import Purse

TIMEOUT = 20.0
"""Seconds to wait for an answer."""

PATIENCE = 3
"""Requests without an answer, one after the other, after which no more are sent."""

LOGGED = 40
"""The most exchanges that are kept to explain a failure."""

SHOWN_BODY = 4_000
"""The most characters of a body in a command line."""

KEY_VARIABLE = "TOKENLAB_API_KEY"


class Unreachable(Exception):
    """The server does not answer at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
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
class Answer:
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @cached_property
    def json(self) -> Any:
        """The body as JSON. Raises Mismatch where it is none."""
        try:
            return json.loads(self.raw)
        except ValueError:
            raise Mismatch("a JSON body", repr(self.raw[:80])) from None

    @property
    def told(self) -> str:
        """The status and the beginning of the body, in one line."""
        return f"{self.status} {self.raw[:300].decode(errors='replace')}".strip()


Observer = Callable[[Sent, Answer], None]


class Target:
    """A server at a URL. Safe to use from several threads, but for `log`."""

    def __init__(self, url: str, purse: Purse, observe: Observer) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no URL such as http://127.0.0.1:8000")
        self.url = url.rstrip("/")
        self.purse = purse
        self.log: list[tuple[Sent, Answer]] = []
        self._observe = observe
        self._silent = 0
        self._pool = urllib3.PoolManager(maxsize=16, timeout=TIMEOUT, retries=False)

    def begin(self) -> None:
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
    ) -> Answer:
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
        covered = method != CREATE.method or path != CREATE.path or self.purse.pay(_parsed(body))
        sent = Sent(
            method=method,
            path=path,
            url=path if whole(path) else self.url + path,
            key=key,
            headers=_headers(key, body, headers),
            body=body if isinstance(body, bytes | None) else json.dumps(body).encode(),
        )
        answer = self._exchange(sent)
        if not covered and answer.status < 300:
            self.purse.trip()
        self.log = [*self.log[1 - LOGGED :], (sent, answer)]
        if not whole(path):
            self._observe(sent, answer)
        return answer

    def _exchange(self, sent: Sent) -> Answer:
        if self._silent >= PATIENCE:
            raise Unreachable("the server has stopped answering")
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
            raise Unreachable(f"{sent.method} {sent.path}: {type(error).__name__}") from None
        self._silent = 0
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, names, response.data)

    @staticmethod
    def curl(sent: Sent) -> str:
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


def whole(path: str) -> bool:
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
