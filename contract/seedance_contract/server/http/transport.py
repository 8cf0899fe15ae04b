"""Sends requests over HTTP, each within a limited time and with a limited response.

A server under test may be broken in any way: it may send a body without an end, or one byte a
minute. The time-out of a socket is for one read, so it stops neither.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import SHUT_RDWR, socket
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from seedance_contract.case import Mismatch
from seedance_contract.server.errors import (
    TimeLimitError,
    UnexercisedError,
    UnreachableError,
    connection_problem,
)
from seedance_contract.server.http.exchange import ReceivedResponse, SentRequest, shortened

TIMEOUT_SECONDS = 20.0
"""Seconds that a request and its whole response may take."""

MAX_SILENT_REQUESTS = 3
"""The least number of requests in a row without a complete response that end a run."""

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""The size of a response from which on it is not read further."""

SPARE_CONNECTIONS = 24
"""Connections that are kept open beside one for each thread: four races use six at once."""

CHUNK_BYTES = 64 * 1024

WATCH_INTERVAL_SECONDS = 0.1
"""How often the watch looks for requests that take too long."""


@dataclass(eq=False, slots=True)
class WatchedRequest:
    """A request that is being carried out, and the socket that it uses."""

    expires_at: float
    has_expired: bool = False
    sock: socket | None = None

    def expire(self) -> None:
        """End the request: whoever reads from its socket reads the end."""
        self.has_expired = True
        if self.sock is not None:
            # It may be closed already. Not the method of SSLSocket, which would change the object
            # under its reader.
            with suppress(OSError):
                socket.shutdown(self.sock, SHUT_RDWR)


@dataclass(slots=True)
class RequestWatch:
    """Ends every request that takes longer than it may, from a thread of its own."""

    _requests: set[WatchedRequest] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    @contextmanager
    def limit(self, seconds: float) -> Iterator[WatchedRequest]:
        """Limit the request that the current thread carries out in the block."""
        request = WatchedRequest(time.monotonic() + seconds)
        with self._lock:
            self._requests.add(request)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        before, _current.request = getattr(_current, "request", None), request
        try:
            yield request
        finally:
            _current.request = before
            with self._lock:
                self._requests.discard(request)

    def expire_all(self) -> None:
        """End every request that is being carried out."""
        with self._lock:
            requests = list(self._requests)
        for request in requests:
            request.expire()

    def _run(self) -> None:
        while True:
            time.sleep(WATCH_INTERVAL_SECONDS)
            now = time.monotonic()
            with self._lock:
                if not self._requests:
                    self._thread = None
                    return
                expired = [request for request in self._requests if request.expires_at <= now]
            for request in expired:
                request.expire()


REQUEST_WATCH = RequestWatch()

_current = threading.local()


def _watch_socket(connection: HTTPConnection) -> None:
    request: WatchedRequest | None = getattr(_current, "request", None)
    if request is not None:
        request.sock = connection.sock


class WatchedConnection(HTTPConnection):
    """A connection whose socket belongs to the request that the current thread carries out."""

    def connect(self) -> None:
        """Connect, and let the request have the socket."""
        super().connect()
        _watch_socket(self)

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        """Let the request have the socket. It is None before the connection is made."""
        _watch_socket(self)
        super().putrequest(*args, **kwargs)


class WatchedTlsConnection(WatchedConnection, HTTPSConnection):
    """The same with TLS."""


class _WatchedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = WatchedConnection


class _WatchedTlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = WatchedTlsConnection


def watch_connections(pool: urllib3.PoolManager) -> None:
    """Let the requests of a pool be limited by `REQUEST_WATCH`."""
    pool.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTlsPool}


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a run, in seconds on the monotonic clock, and the limit as the user knows it."""

    at: float
    limit_seconds: float

    @property
    def remaining(self) -> float:
        """The seconds that remain, negative after the end."""
        return self.at - time.monotonic()

    def require_time(self) -> float:
        """Return the seconds that remain. Raises TimeLimitError if none do."""
        remaining = self.remaining
        if remaining <= 0:
            raise TimeLimitError(self.limit_seconds)
        return remaining


def read_limited(response: urllib3.BaseHTTPResponse, limit: int) -> bytes | None:
    """Return the body of a response, None if it has more than `limit` bytes."""
    body, is_complete = bytearray(), False
    try:
        while chunk := response.read(CHUNK_BYTES):
            body += chunk
            if len(body) > limit:
                return None
        is_complete = True
        return bytes(body)
    finally:
        if not is_complete:
            # The rest of this response must not be taken for the next one.
            response.close()
        response.release_conn()


class Transport:
    """The connections to a server. Safe to use from several threads.

    Args:
        concurrency: how many requests are sent at the same time. As many in a row may fail before
            the server counts as gone, because one event can fail all of them.
        timeout: seconds that a request and its whole response may take.
        deadline: the end of the run, None if it has none.
    """

    def __init__(
        self,
        *,
        concurrency: int = 1,
        timeout: float = TIMEOUT_SECONDS,
        deadline: Deadline | None = None,
    ) -> None:
        self.deadline = deadline
        self.is_stopped = False
        self._timeout = timeout
        self._silent_requests = 0
        self._max_silent_requests = max(MAX_SILENT_REQUESTS, concurrency)
        # No retries: a repeated create could be billed twice, and a lost response is a finding.
        self._pool = urllib3.PoolManager(
            maxsize=concurrency + SPARE_CONNECTIONS, timeout=timeout, retries=False
        )
        watch_connections(self._pool)

    def stop(self) -> None:
        """Send no more requests, and end those that are being carried out."""
        self.is_stopped = True
        REQUEST_WATCH.expire_all()

    def close(self) -> None:
        """Close the connections that no request uses; the others follow at the end of theirs."""
        # By itself a pool that is dropped stays open for as long as an exception, such as the one
        # of a check that failed, refers to one of its responses.
        self._pool.pools.dispose_func = urllib3.HTTPConnectionPool.close
        self._pool.clear()

    def require_open(self) -> None:
        """Raise UnexercisedError if no more requests may be sent."""
        if self.is_stopped:
            raise UnexercisedError("the run was interrupted")
        if self.deadline is not None:
            self.deadline.require_time()

    def send(self, request: SentRequest) -> tuple[ReceivedResponse, float]:
        """Send a request. Return the response, and when its head was read.

        Raises:
            UnreachableError: there is no response.
            Mismatch: the response has no end, or is too large.
            TimeLimitError: the time of the run is over.
        """
        self.require_open()
        seconds = self._timeout
        if self.deadline is not None:
            seconds = min(seconds, self.deadline.require_time())
        # A full run makes some 11,000 requests. At 20 s each, a server that hangs would keep it
        # busy for two days. The count need not be exact when several threads change it.
        if self._silent_requests >= self._max_silent_requests:
            raise UnreachableError("the server has stopped responding")
        try:
            with REQUEST_WATCH.limit(seconds) as watched:
                response = self._head(request, watched)
                answered_at = time.monotonic()
                body = self._body(request, response, watched)
        except (UnreachableError, Mismatch):
            self._silent_requests += 1
            raise
        self._silent_requests = 0
        headers = {name.lower(): value for name, value in response.headers.items()}
        return ReceivedResponse(response.status, headers, body), answered_at

    def _head(self, request: SentRequest, watched: WatchedRequest) -> urllib3.BaseHTTPResponse:
        try:
            # A redirect is a response like any other: the contract has none, and following it
            # would send the key to another place.
            return self._pool.request(
                request.method,
                request.url,
                body=request.body,
                headers=request.headers,
                redirect=False,
                preload_content=False,
            )
        except (urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            self._require_time(watched)
            reason = connection_problem(error)
            # An expired request ends like one whose connection the server has closed.
            if isinstance(error, urllib3.exceptions.ReadTimeoutError) or (
                watched.has_expired and not self.is_stopped
            ):
                reason = f"nothing within {self._timeout:.0f} s"
            message = f"{request.method} {request.path}: {reason}"
            raise UnreachableError(message) from None

    def _body(
        self, request: SentRequest, response: urllib3.BaseHTTPResponse, watched: WatchedRequest
    ) -> bytes:
        try:
            body = read_limited(response, MAX_RESPONSE_BYTES)
        except (urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            self._require_complete(request, response, watched)
            actual = f"{_head_summary(request, response)}, {type(error).__name__}"
            raise Mismatch("a complete response", actual) from None
        # Without a Content-Length the end of the connection looks like the end of the body.
        self._require_complete(request, response, watched)
        if body is None:
            expected = f"a response of at most {MAX_RESPONSE_BYTES} bytes"
            raise Mismatch(expected, f"{_head_summary(request, response)} with more")
        return body

    def _require_complete(
        self, request: SentRequest, response: urllib3.BaseHTTPResponse, watched: WatchedRequest
    ) -> None:
        if watched.has_expired:
            self._require_time(watched)
            expected = f"a complete response within {self._timeout:.0f} s"
            raise Mismatch(expected, f"{_head_summary(request, response)} without an end")

    def _require_time(self, watched: WatchedRequest) -> None:
        if watched.has_expired and self.deadline is not None:
            self.deadline.require_time()


def _head_summary(request: SentRequest, response: urllib3.BaseHTTPResponse) -> str:
    return shortened(f"{request.method} {request.path}: {response.status}")
