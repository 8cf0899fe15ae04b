"""HTTP/1.1 on one connection: uvicorn's protocol, extended by the fast path."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Callable
from functools import cache
from typing import NoReturn

import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from seedance_mock.domain.clock import monotonic
from seedance_mock.server.closing import ClosingProtocol
from seedance_mock.server.request_parser import RequestParser
from seedance_mock.web.app import MockApp
from seedance_mock.web.connection import CONNECTION_EXTENSION, SEND_WHOLE
from seedance_mock.web.fast_path import FastPath, is_suspended

MAX_HEAD = 64 * 1024
"""The maximum size of a request line and its headers, in bytes."""

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


class HttpProtocol(ClosingProtocol):
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
        super().connection_made(transport)
        self._extensions = {CONNECTION_EXTENSION: self._connection}
        self._fast_path = self._chosen_fast_path()
        # Whether the current request waits for its end, to be offered to the fast path.
        self._is_candidate = False
        self._candidate_body = b""
        # Uvicorn's cycle of the latest request whose handler was suspended on the fast path.
        self._suspended_cycle: RequestResponseCycle
        self.rereading = False
        self._data_size = self._head_size_so_far = 0
        # The size of the trailers, and of all data since the last part of the body: a line that
        # does not end is not reported by the parser.
        self._trailer_size = self._framing_size = 0
        self._host_count, self._is_chunked = 0, False
        self.parser: RequestParser = RequestParser(self)

    def _chosen_fast_path(self) -> FastPath | None:
        if not (self.use_fast_path and isinstance(self.app, MockApp)):
            return None
        return self.app.fast_path if is_tested_uvicorn(uvicorn.__version__) else None

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
        elif self._in_body and self._framing_size > MAX_HEAD:
            self.send_400_response(TRAILERS_TOO_LARGE)

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
        self._unfinished.append(self.cycle)

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
            if is_suspended(self.scope):  # type: ignore[arg-type] # a typed dict
                self.scope[SEND_WHOLE] = self._send_whole  # type: ignore[literal-required] # ours
                self._suspended_cycle = self.cycle
            return False
        self._is_candidate = False
        self._coalescing.write(response)
        self.server_state.total_requests += 1
        self._waiting_since = monotonic()
        return True

    def _send_whole(self, response: bytes) -> bool:
        """Send the response to a request whose handler was suspended."""
        # Another request may have come meanwhile, but uvicorn handles one after the other.
        cycle = self._suspended_cycle
        if not cycle.keep_alive or self.flow.write_paused:
            return False
        self.transport.write(response)
        cycle.response_started = cycle.response_complete = True
        cycle.on_response()
        return True

    def body_headers(self) -> bytes:
        """Return the header lines that say how long the body is, or nothing if there is none."""
        lines = [line for line in self.headers if line[0] in _BODY_HEADERS and line[1].strip(b" 0")]
        return b"".join(name + b": " + value + b"\r\n" for name, value in lines)

    def reread_head(self, feed: Callable[[], None]) -> None:
        """Let the parser read a made-up head, for the sake of the body that follows it."""
        self.rereading = True
        feed()
        self.rereading = False
