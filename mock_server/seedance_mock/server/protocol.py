"""HTTP/1.1 on one connection: uvicorn's protocol, extended by the fast path."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from itertools import count

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_mock.domain.clock import monotonic
from seedance_mock.domain.errors import ApiError
from seedance_mock.server.coalescing import CoalescingTransport
from seedance_mock.web.app import MockApp
from seedance_mock.web.connection import CONNECTION_EXTENSION, Connection
from seedance_mock.web.fast_path import FastPath
from seedance_mock.web.responses import encode_json

MAX_HEAD = 64 * 1024
"""The maximum size of a request line and its headers, in bytes."""

HEAD_TOO_LARGE = "the head of the request is too large"

TESTED_UVICORN = (0, 40), (0, 54)
"""The first and the last version of uvicorn with which the fast path was tested.

It overrides methods and reads attributes of uvicorn's protocol that no document describes.
"""

_REREAD_HEAD = b"POST / HTTP/1.1\r\n%b\r\n"

_BODY_HEADERS = (b"content-length", b"transfer-encoding")

# A target that needs no decoding: uvicorn's own parsing of it would give the same.
_PLAIN_TARGET = re.compile(rb"(/[A-Za-z0-9._~/-]*)(?:\?([!-\"$-~]*))?")

_connection_numbers = count(1)

logger = logging.getLogger("seedance_mock.server")


@cache
def is_tested_uvicorn(version: str) -> bool:
    """Return whether the fast path was tested with this version of uvicorn; log it if not."""
    first, last = TESTED_UVICORN
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if first <= numbers <= last:
        return True
    logger.warning("The fast path is off: it was not tested with uvicorn %s", version)
    return False


class RequestParser(httptools.HttpRequestParser):
    """Httptools' parser, which ignores the wish for an upgrade to another protocol.

    A server may ignore it (RFC 9110, 7.8), and some clients send it with every request, such as
    Java's with h2c. Httptools however stops at such a request and leaves its body unread.
    """

    def __init__(self, protocol: HttpProtocol) -> None:
        super().__init__(protocol)
        # As uvicorn does: a request that is pipelined after `Connection: close` is no error.
        self.set_dangerous_leniencies(lenient_data_after_close=True)
        self._protocol = protocol

    def feed_data(self, data: bytes) -> None:  # type: ignore[override] # uvicorn has bytes
        """Parse the data, also beyond a request for an upgrade."""
        while data:
            try:
                super().feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                if body_headers := self._protocol.body_headers():
                    # The parser believes the message has ended. A head without the wish for an
                    # upgrade makes it expect the body that follows.
                    head = _REREAD_HEAD % body_headers
                    self._protocol.reread_head(partial(super().feed_data, head))


class HttpProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1, which gives each request its connection and has a fast path.

    A request that came in one piece, on a connection with no other request under way, is offered
    to the application's fast path as soon as it is parsed: that takes no task, no events and no
    ASGI messages. Uvicorn handles every other request, and each that the fast path declines.

    Set `use_fast_path` to False in a subclass that has to see every request and response at
    uvicorn's interface.
    """

    use_fast_path = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Set up the connection."""
        self._coalescing = CoalescingTransport(transport)
        wrapped = self.wrap_transport(self._coalescing)
        super().connection_made(wrapped)
        self._connection = Connection(wrapped, next(_connection_numbers))
        self._extensions = {CONNECTION_EXTENSION: self._connection}
        self._fast_path = self._chosen_fast_path()
        # Whether the current request waits for its end, to be offered to the fast path.
        self._is_candidate = False
        self._candidate_body = b""
        self._in_head = self._rereading = False
        self._data_size = self._head_size_so_far = 0
        self._idle_since = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None
        self.parser = RequestParser(self)

    def _chosen_fast_path(self) -> FastPath | None:
        if not (self.use_fast_path and isinstance(self.app, MockApp)):
            return None
        return self.app.fast_path if is_tested_uvicorn(uvicorn.__version__) else None

    def wrap_transport(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Return the transport for uvicorn's responses, on top of the coalescing one."""
        return transport

    def data_received(self, data: bytes) -> None:
        """Parse the data. Refuse a head that never ends."""
        self._data_size = len(data)
        if self._in_head:
            self._head_size_so_far += self._data_size
        super().data_received(data)
        if self._is_candidate and not self.transport.is_closing():
            # The rest of the body is still on its way: uvicorn receives it piece by piece.
            self._fall_back()
        if self._in_head and self._head_size_so_far > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response(HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a request: note its time, and put the connection into its scope."""
        if self._rereading:
            return
        super().on_message_begin()
        self._in_head, self._head_size_so_far = True, 0
        self._connection.turn += 1
        self._connection.received = monotonic()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item] # ours

    def on_headers_complete(self) -> None:
        """Keep the request for the fast path, or start uvicorn's request cycle."""
        if self._rereading:
            return
        self._in_head = False
        # Adding up the headers takes time, so it is done only if they can be too large: if they
        # came in several pieces, or in one that is larger than a head may be.
        may_be_large = self._head_size_so_far or self._data_size > MAX_HEAD
        if may_be_large and self._head_size() > MAX_HEAD:
            raise ValueError(HEAD_TOO_LARGE)
        self._is_candidate = self._fast_path is not None and self._is_ordinary()
        if not self._is_candidate:
            super().on_headers_complete()

    def _is_ordinary(self) -> bool:
        """Return whether the fast path may answer the request; if so, complete its scope."""
        target = _PLAIN_TARGET.fullmatch(self.url)
        if (
            target is None
            or self._has_running_request()
            or self.expect_100_continue
            or self.flow.write_paused
        ):
            return False
        parser = self.parser
        if parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        # Interned, as the journal keeps the method of thousands of requests.
        self.scope["method"] = sys.intern(parser.get_method().decode("ascii"))
        self.scope["path"] = target[1].decode("ascii")
        self.scope["query_string"] = target[2] or b""
        self._candidate_body = b""
        return not parser.should_upgrade()

    def _has_running_request(self) -> bool:
        """Return whether uvicorn handles a request whose response has not ended."""
        return self.cycle is not None and not self.cycle.response_complete

    def _fall_back(self) -> None:
        """Pass the current request to uvicorn, as far as it has come."""
        self._is_candidate = False
        super().on_headers_complete()
        if self._candidate_body:
            super().on_body(self._candidate_body)

    def on_body(self, body: bytes) -> None:
        """Keep the body for the fast path, or pass it to uvicorn."""
        if self._is_candidate:
            self._candidate_body += body
        else:
            super().on_body(body)

    def _head_size(self) -> int:
        """Return the size of the current head, in bytes."""
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def on_message_complete(self) -> None:
        """End the request: answer it on the fast path if possible."""
        if self._is_candidate and self._respond():
            return
        # At a wish for an upgrade the parser reports the end before it has read the body.
        if not (self.parser.should_upgrade() and self.body_headers()):
            super().on_message_complete()

    def _respond(self) -> bool:
        """Answer the request on the fast path, or pass it to uvicorn and return False."""
        assert self._fast_path is not None
        response = self._fast_path.respond(self.scope, self._candidate_body)  # type: ignore[arg-type] # a typed dict
        if response is None:
            self._fall_back()
            return False
        self._is_candidate = False
        self._coalescing.write(response)
        self._start_idle_timer()
        return True

    def _start_idle_timer(self) -> None:
        """Count the response, and close the connection later if no further request comes.

        Uvicorn sets a timer after each response and cancels it for each request. This timer stays
        for as long as the connection is busy, and looks at the time when it fires.
        """
        self.server_state.total_requests += 1
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)

    def _close_if_idle(self) -> None:
        """Close the connection if it was idle for long enough, else set the timer again."""
        self._idle_timer = None
        remaining = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if remaining > 0:
            self._idle_timer = self.loop.call_later(remaining, self._close_if_idle)
        elif self.timeout_keep_alive_task is None and not (
            self._in_head or self._has_running_request()
        ):
            self.timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the idle timer, which would keep the protocol alive."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        super().connection_lost(exc)

    def body_headers(self) -> bytes:
        """Return the header lines that say how long the body is, or nothing if there is none."""
        lines = [line for line in self.headers if line[0] in _BODY_HEADERS and line[1].strip(b" 0")]
        return b"".join(name + b": " + value + b"\r\n" for name, value in lines)

    def reread_head(self, feed: Callable[[], None]) -> None:
        """Let the parser read a made-up head, for the sake of the body that follows it."""
        header_count = len(self.headers)
        self._rereading = True
        feed()
        self._rereading = False
        del self.headers[header_count:]

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the error envelope of the API."""
        body = encode_json(ApiError(INVALID_REQUEST, msg).body("req_unread"))
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"x-request-id: req_unread\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def shutdown(self) -> None:
        """Let the running request end, unless it may never do so.

        That is the case if its response is withheld on purpose, or if its body is incomplete.
        """
        if self._connection.response_held or self._is_receiving():
            self.transport.abort()
        super().shutdown()

    def _is_receiving(self) -> bool:
        """Return whether the body of the running request is incomplete."""
        return self._has_running_request() and self.cycle.more_body
