"""HTTP/1.1 on one connection: uvicorn's protocol, extended by the fast path."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import NoReturn

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_mock.domain.clock import monotonic
from seedance_mock.domain.errors import ApiError
from seedance_mock.server.coalescing import CoalescingTransport
from seedance_mock.server.descriptors import warn_if_scarce
from seedance_mock.server.draining import DRAIN_BYTES, DRAIN_SECONDS, Drain
from seedance_mock.server.request_parser import RequestParser
from seedance_mock.web.app import MockApp
from seedance_mock.web.connection import CONNECTION_EXTENSION, Connection
from seedance_mock.web.fast_path import FastPath
from seedance_mock.web.responses import encode_json

MAX_HEAD = 64 * 1024
"""The maximum size of a request line and its headers, in bytes."""

HEAD_TIMEOUT = 60.0
"""How long a client may take for the head of a request, in seconds from its first byte.

The first head counts from the start of the connection.
"""

OPTIONAL_WHITE_SPACE = b" \t"
"""The bytes around the value of a header that are no part of it (RFC 9110, 5.5 and 5.6.3)."""

HEAD_TOO_LARGE = "the head of the request is too large"
TRAILERS_TOO_LARGE = "the trailers of the request, or the extensions of a chunk, are too large"
HOST_MISSING = "the request has no Host header"
HOST_REPEATED = "the request has more than one Host header"

TESTED_UVICORN = (0, 40), (0, 54)
"""The first and the last version of uvicorn with which the fast path was tested.

It overrides methods and reads attributes of uvicorn's protocol that no document describes.
"""

_BODY_HEADERS = (b"content-length", b"transfer-encoding")

_NOTED_HEADERS = (b"expect", b"transfer-encoding")

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


class HttpProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1, which gives each request its connection and has a fast path.

    A request that came in one piece, on a connection with no other request under way, is offered
    to the application's fast path as soon as it is parsed: that takes no task, no events and no
    ASGI messages. Uvicorn handles every other request, and each that the fast path declines.

    Set `use_fast_path` to False in a subclass that has to see every request and response at
    uvicorn's interface.
    """

    use_fast_path = True

    head_timeout = HEAD_TIMEOUT
    drain_seconds = DRAIN_SECONDS
    drain_bytes = DRAIN_BYTES

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Set up the connection."""
        self._coalescing = CoalescingTransport(transport, self._close_lingering)
        wrapped = self.wrap_transport(self._coalescing)
        super().connection_made(wrapped)
        self._connection = Connection(wrapped, next(_connection_numbers))
        self._extensions = {CONNECTION_EXTENSION: self._connection}
        self._fast_path = self._chosen_fast_path()
        # Whether the current request waits for its end, to be offered to the fast path.
        self._is_candidate = False
        self._candidate_body = b""
        # What the parser is in; both are False between two requests.
        self.in_head = self._in_body = self.rereading = False
        self._data_size = self._head_size_so_far = 0
        # The size of the trailers, and of all data since the last part of the body: a line that
        # does not end is not reported by the parser.
        self._trailer_size = self._framing_size = 0
        self._host_count, self._is_chunked = 0, False
        # How many requests uvicorn has begun, or has in its queue, without a complete response.
        self._unanswered_count = 0
        # What discards the rest of a request, or everything after the last response.
        self._drain: Drain | None = None
        # The response to what is not HTTP, its message, and the request whose body was no HTTP.
        self._refusal: bytes | None = None
        self._reason = ""
        self._broken: RequestResponseCycle | None = None
        # Not if the client is idle or gone, or if the server stops.
        self._may_linger = True
        self._waiting_since = monotonic()
        self._timer = self.loop.call_later(self._timer_interval(), self._close_if_waiting)
        self.parser: RequestParser = RequestParser(self)
        warn_if_scarce(transport)

    def _chosen_fast_path(self) -> FastPath | None:
        if not (self.use_fast_path and isinstance(self.app, MockApp)):
            return None
        return self.app.fast_path if is_tested_uvicorn(uvicorn.__version__) else None

    def wrap_transport(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Return the transport for uvicorn's responses, on top of the coalescing one."""
        return transport

    def data_received(self, data: bytes) -> None:
        """Parse the data. Refuse a head, or trailers, that never end."""
        size = self._data_size = len(data)
        if (self._drain or self._refusal) is not None and self._discards(size):
            return
        if self.in_head:
            self._head_size_so_far += size
        elif self._in_body:
            self._framing_size += size
        super().data_received(data)
        if self._is_candidate and not self.transport.is_closing():
            # The rest of the body is still on its way: uvicorn receives it piece by piece.
            self._fall_back()
        if self.in_head and self._head_size_so_far > MAX_HEAD:
            self.send_400_response(HEAD_TOO_LARGE)
        elif self._framing_size > MAX_HEAD:
            self.send_400_response(TRAILERS_TOO_LARGE)

    def _discards(self, size: int) -> bool:
        """Count data that nobody waits for. Return whether it must not be parsed either."""
        if self._drain is not None:
            self._drain.discard(size)
        # After the last response, and after what was not HTTP, there are no requests.
        return self._refusal is not None or self.transport.is_closing()

    def on_message_begin(self) -> None:
        """Begin a request: note its time, and put the connection into its scope."""
        if self.rereading:
            return
        super().on_message_begin()
        self.in_head, self._head_size_so_far = True, 0
        self._host_count = 0
        if self._is_chunked:
            self._is_chunked, self._trailer_size = False, 0
            self.parser.heed_headers()
        self._connection.turn += 1
        self._connection.received = self._waiting_since = monotonic()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item] # ours

    # Uvicorn's method is not called, as this one is called for every header.
    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header to the request. Ignore a trailer, as nothing here needs one."""
        if not self.in_head:
            self._trailer_size += len(name) + len(value)
            if self._trailer_size > MAX_HEAD:
                self._refuse(TRAILERS_TOO_LARGE)
            return
        name = name.lower()
        # Httptools has removed what is before a value, but not what is after it.
        if value[-1:] in OPTIONAL_WHITE_SPACE:
            value = value.rstrip(OPTIONAL_WHITE_SPACE)
        if name == b"host":
            self._host_count += 1
        elif name in _NOTED_HEADERS:
            self._note_header(name, value)
        self.headers.append((name, value))

    def _note_header(self, name: bytes, value: bytes) -> None:
        """Note what the protocol itself needs to know of the headers."""
        if name == b"transfer-encoding":
            self._is_chunked = True
        elif value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Keep the request for the fast path, or start uvicorn's request cycle."""
        if self.rereading:
            return
        self.in_head = False
        # Adding up the headers takes time, so it is done only if they can be too large: if they
        # came in several pieces, or in one that is larger than a head may be.
        may_be_large = self._head_size_so_far or self._data_size > MAX_HEAD
        if may_be_large and self._head_size() > MAX_HEAD:
            self._refuse(HEAD_TOO_LARGE)
        if self._host_count != 1:
            self._require_one_host()
        if self._is_chunked:
            self.parser.ignore_trailers()
        self._is_candidate = self._fast_path is not None and self._is_ordinary()
        if not self._is_candidate:
            self._start_cycle()
        self._in_body, self._framing_size = True, 0

    def _require_one_host(self) -> None:
        """Refuse a request without exactly one Host header (RFC 9112, 3.2)."""
        if self._host_count:
            self._refuse(HOST_REPEATED)
        # HTTP/1.0 has no Host header.
        if self.parser.get_http_version() == "1.1":
            self._refuse(HOST_MISSING)

    def _refuse(self, reason: str) -> NoReturn:
        """Let the parser stop, and uvicorn call `send_400_response`."""
        self._reason = reason
        raise ValueError(reason)

    def _start_cycle(self) -> None:
        """Let uvicorn handle the current request."""
        super().on_headers_complete()
        self._unanswered_count += 1

    def _is_ordinary(self) -> bool:
        """Return whether the fast path may answer the request; if so, complete its scope."""
        target = _PLAIN_TARGET.fullmatch(self.url)
        if (
            target is None
            or self._is_chunked
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
        self._start_cycle()
        if self._candidate_body:
            super().on_body(self._candidate_body)

    def on_body(self, body: bytes) -> None:
        """Keep the body for the fast path, or pass it to uvicorn."""
        self._framing_size = 0
        if self._is_candidate:
            self._candidate_body += body
        else:
            super().on_body(body)

    def _head_size(self) -> int:
        """Return the size of the current head, in bytes."""
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def on_message_complete(self) -> None:
        """End the request: answer it on the fast path if possible."""
        # At a wish for an upgrade the parser reports the end before it has read the body.
        if self.parser.should_upgrade() and self.body_headers():
            return
        self._in_body = False
        if self._drain is not None:
            self._drain.cancel()
            self._drain, self._waiting_since = None, monotonic()
        if not (self._is_candidate and self._respond()):
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
        self.server_state.total_requests += 1
        self._waiting_since = monotonic()
        return True

    def on_response_complete(self) -> None:
        """Go on with the next request, or with what the client still sends of this one."""
        self._unanswered_count -= 1
        super().on_response_complete()
        # Uvicorn's timer would be cancelled by any data, also by the rest of this request.
        self._unset_keepalive_if_required()
        self._waiting_since = monotonic()
        if self.transport.is_closing():
            return
        if self._refusal is not None:
            self._proceed_to_refusal()
        elif self._in_body and self.cycle.response_complete:
            self._drain = self._new_drain()

    def _new_drain(self) -> Drain:
        # A client that is not read cannot find its response.
        self.flow.resume_reading()
        return Drain(
            self.loop,
            self._coalescing.abort,
            seconds=self.drain_seconds,
            max_bytes=self.drain_bytes,
        )

    def _close_lingering(self) -> bool:
        """Close only the server's side if the client may still be sending. Return whether."""
        if not (self._may_linger and self._may_be_sending()):
            return False
        self._end_drain()
        self._coalescing.write_eof()
        self._drain = self._new_drain()
        return True

    def _may_be_sending(self) -> bool:
        """Return whether more data is on its way, or could be."""
        if self.in_head or self._in_body or self._refusal is not None or self.pipeline:
            return True
        # Clients send further requests before they know that the server closes the connection.
        # What closes it before a response is complete is an injected fault.
        return self.cycle is not None and self.cycle.response_complete

    def _end_drain(self) -> None:
        if self._drain is not None:
            self._drain.cancel()
            self._drain = None

    def _timer_interval(self) -> float:
        return max(0.01, min(self.timeout_keep_alive, self.head_timeout))

    def _close_if_waiting(self) -> None:
        """Close the connection if it has waited for too long, else set the timer again.

        Uvicorn sets a timer after each response and cancels it for each piece of data. This timer
        stays for as long as the connection lasts, and looks at the time when it fires.
        """
        is_busy = self._in_body or self._unanswered_count
        in_head = self.in_head or not self._connection.turn
        limit = self.head_timeout if in_head else self.timeout_keep_alive
        remaining = self._waiting_since + limit - monotonic()
        if is_busy or remaining > 0:
            interval = self._timer_interval()
            delay = interval if is_busy else min(interval, remaining)
            self._timer = self.loop.call_later(delay, self._close_if_waiting)
            return
        self._may_linger = False
        self.timeout_keep_alive_handler()

    def eof_received(self) -> None:
        """Send what is pending before the connection is closed."""
        self._coalescing.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers, which would keep the protocol alive."""
        self._may_linger = False
        self._timer.cancel()
        self._end_drain()
        super().connection_lost(exc)

    def body_headers(self) -> bytes:
        """Return the header lines that say how long the body is, or nothing if there is none."""
        lines = [line for line in self.headers if line[0] in _BODY_HEADERS and line[1].strip(b" 0")]
        return b"".join(name + b": " + value + b"\r\n" for name, value in lines)

    def reread_head(self, feed: Callable[[], None]) -> None:
        """Let the parser read a made-up head, for the sake of the body that follows it."""
        self.rereading = True
        feed()
        self.rereading = False

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the error envelope of the API.

        It is sent when the requests before it have been answered: a client would take it for
        their response.
        """
        body = encode_json(ApiError(INVALID_REQUEST, self._reason or msg).body("req_unread"))
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"x-request-id: req_unread\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self._refusal = head.encode() + body
        # Whether it is the body of the latest request that is broken, or what follows it.
        self._broken = self.cycle if self._in_body else None
        self._proceed_to_refusal()

    def _proceed_to_refusal(self) -> None:
        """Send the refusal if its turn has come."""
        if not self._unanswered_count:
            # A request that has its response already needs no second one.
            self._end_with(b"" if self._broken is not None else self._refusal)
        elif self._broken is not None and not self.pipeline:
            # The application may respond without the body, as it does if the request comes in
            # pieces. A request that has come in one piece has not even started.
            self.loop.call_soon(self._give_up_broken)

    def _give_up_broken(self) -> None:
        """Refuse the request whose body is broken, unless its response has begun."""
        cycle = self._broken
        if cycle is None or cycle.response_complete or self.transport.is_closing():
            return
        if cycle.response_started:
            cycle.keep_alive = False
            return
        cycle.disconnected = True
        cycle.message_event.set()
        self._end_with(self._refusal)

    def _end_with(self, response: bytes | None) -> None:
        """Send the last response, if there is one, and close the connection."""
        if response:
            self.transport.write(response)
        self.transport.close()

    def shutdown(self) -> None:
        """Let the running request end, unless it may never do so.

        That is the case if its response is withheld on purpose, or if its body is incomplete.
        """
        self._may_linger = False
        if self._connection.response_held or self._in_body or self._drain is not None:
            self.transport.abort()
        super().shutdown()
