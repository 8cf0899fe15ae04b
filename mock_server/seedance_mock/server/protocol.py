"""HTTP/1.1 on one connection: uvicorn's, with a short way for ordinary requests."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_mock.domain.errors import ApiError
from seedance_mock.server.coalescing import CoalescingTransport
from seedance_mock.web.app import MockApp
from seedance_mock.web.connection import CONNECTION_EXTENSION, Connection
from seedance_mock.web.responses import encode_json

MAX_HEAD = 64 * 1024
"""The most bytes that a request line and its headers may have."""

TOO_LARGE = "the head of the request is too large"

AGAIN = b"POST / HTTP/1.1\r\n%b\r\n"

_LENGTHS = (b"content-length", b"transfer-encoding")

_connections = count(1)


class RequestParser(httptools.HttpRequestParser):
    """Httptools' parser, going on where it would leave the connection to another protocol.

    HTTP lets a server ignore the wish for an upgrade, which some clients have always. Their
    request counts as it is, but httptools leaves its body unread.
    """

    def __init__(self, protocol: HttpProtocol) -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
        self._protocol = protocol

    def feed_data(self, data: bytes) -> None:  # type: ignore[override] # uvicorn has bytes
        """Read what came, all of it."""
        while data:
            try:
                super().feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                if length := self._protocol.length():
                    self._protocol.reread(partial(super().feed_data, AGAIN % length))


_TARGET = re.compile(rb"(/[A-Za-z0-9._~/-]*)(?:\?([!-\"$-~]*))?")
"""A path that is sent as it is meant, and a query."""


class HttpProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1, giving each request the connection it came on.

    A head is measured only where it may be too large: where it came in several pieces, or in
    one that is larger than a head may be.

    A mock is asked for the answer of a request that came in one piece, on a connection where
    nothing else is under way: that takes no task, no events and no messages. Every other
    request, and one that the mock cannot answer so, is uvicorn's.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Number the connection."""
        self._joining = CoalescingTransport(transport)
        written = self.wrap_transport(self._joining)
        super().connection_made(written)
        self._wire = Connection(written, next(_connections))
        self._extensions = {CONNECTION_EXTENSION: self._wire}
        self._again = self._in_head = self._whole = False
        self._piece = self._more = 0
        self._body = b""
        self._rested = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._mock = self.app if isinstance(self.app, MockApp) else None
        self.parser = RequestParser(self)

    def wrap_transport(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Return the transport that uvicorn writes answers to, above the one that joins them."""
        return transport

    def data_received(self, data: bytes) -> None:
        """Read what came, unless it is a head without an end."""
        self._piece = len(data)
        if self._in_head:
            self._more += self._piece
        super().data_received(data)
        if self._whole and not self.transport.is_closing():
            self._go_long()
        if self._in_head and self._more > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response(TOO_LARGE)

    def on_message_begin(self) -> None:
        """Stamp the request, and put the connection into its scope."""
        if self._again:
            return
        super().on_message_begin()
        self._in_head, self._more = True, 0
        wire = self._wire
        wire.turn += 1
        wire.received = time.monotonic()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item] # ours

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        if self._again:
            return
        self._in_head = False
        if (self._more or self._piece > MAX_HEAD) and self._head() > MAX_HEAD:
            raise ValueError(TOO_LARGE)
        self._whole = self._mock is not None and self._ordinary()
        if not self._whole:
            super().on_headers_complete()

    def _ordinary(self) -> bool:
        """Tell whether a request may be answered at once, when it has all come."""
        target = _TARGET.fullmatch(self.url)
        if target is None or self._busy() or self.expect_100_continue or self.flow.write_paused:
            return False
        parser = self.parser
        if parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        self.scope["method"] = sys.intern(parser.get_method().decode("ascii"))
        self.scope["path"] = target[1].decode("ascii")
        self.scope["query_string"] = target[2] or b""
        self._body = b""
        return not parser.should_upgrade()

    def _busy(self) -> bool:
        """Tell whether a request is with uvicorn."""
        return self.cycle is not None and not self.cycle.response_complete

    def _go_long(self) -> None:
        """Leave a request to uvicorn, as far as it has come."""
        self._whole = False
        super().on_headers_complete()
        if self._body:
            super().on_body(self._body)

    def on_body(self, body: bytes) -> None:
        """Keep the body of a request that may be answered at once."""
        if self._whole:
            self._body += body
        else:
            super().on_body(body)

    def _head(self) -> int:
        """Return the size of the head that has come, in bytes."""
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def on_message_complete(self) -> None:
        """End the body, unless the parser has not read it yet; answer at once if that can be."""
        if self._whole and self._answered():
            return
        if not (self.parser.should_upgrade() and self.length()):
            super().on_message_complete()

    def _answered(self) -> bool:
        """Answer at once, or leave the request to uvicorn."""
        assert self._mock is not None
        answer = self._mock.answer(self.scope, self._body)  # type: ignore[arg-type] # a typed dict
        if answer is None:
            self._go_long()
            return False
        self._whole = False
        self._joining.write(answer)
        self._rest()
        return True

    def _rest(self) -> None:
        """Count an answer, and see to it that the connection ends if no request comes.

        Uvicorn sets a timer after each answer and cancels it for each request. This one looks
        again when it is due.
        """
        self.server_state.total_requests += 1
        self._rested = time.monotonic()
        if self._watch is None:
            self._watch = self.loop.call_later(self.timeout_keep_alive, self._look)

    def _look(self) -> None:
        """End the connection if it has been idle for long enough."""
        self._watch = None
        left = self._rested + self.timeout_keep_alive - time.monotonic()
        if left > 0:
            self._watch = self.loop.call_later(left, self._look)
        elif self.timeout_keep_alive_task is None and not (self._in_head or self._busy()):
            self.timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def length(self) -> bytes:
        """Return the header lines that tell how long the body is; none where there is no body."""
        told = [line for line in self.headers if line[0] in _LENGTHS and line[1].strip(b" 0")]
        return b"".join(name + b": " + value + b"\r\n" for name, value in told)

    def reread(self, feed: Callable[[], None]) -> None:
        """Let the parser read a head of its own making, for the body that follows it."""
        known = len(self.headers)
        self._again = True
        feed()
        self._again = False
        del self.headers[known:]

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP in the error body of the API."""
        body = encode_json(ApiError(INVALID_REQUEST, msg).body("req_unread"))
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"x-request-id: req_unread\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def shutdown(self) -> None:
        """Let a running request end, unless nobody can tell whether it ever would.

        So it is with an answer that is held back on purpose, and a body that has not all come.
        """
        if self._wire.response_held or self._comes():
            self.transport.abort()
        super().shutdown()

    def _comes(self) -> bool:
        """Tell whether a request is still on its way."""
        return self._busy() and self.cycle.more_body
