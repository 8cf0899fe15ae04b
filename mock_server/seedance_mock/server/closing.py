"""How a connection ends: after which response, how late, and so that the client learns of it.

A server that closes a connection with unread bytes sends RST, and the client may lose the response
(RFC 9112, 9.6). So it closes its own side first, and reads on up to a bound.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import count

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_mock.domain.clock import monotonic
from seedance_mock.domain.errors import ApiError
from seedance_mock.server.coalescing import CoalescingTransport
from seedance_mock.server.descriptors import warn_if_scarce
from seedance_mock.server.draining import DRAIN_BYTES, DRAIN_SECONDS, Drain
from seedance_mock.web.connection import Connection
from seedance_mock.web.errors.bodies import v1_error_body
from seedance_mock.web.responses import encode_json

HEAD_TIMEOUT = 60.0
"""How long a client may take for the head of a request, in seconds from its first byte.

The first head counts from the start of the connection.
"""

_connection_numbers = count(1)


class ClosingProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1, which closes connections so that the last response arrives.

    A subclass parses the requests. It says what the parser is in with `in_head` and `_in_body`,
    and adds the cycle of each request that it passes to uvicorn to `_unfinished`.
    """

    head_timeout = HEAD_TIMEOUT
    drain_seconds = DRAIN_SECONDS
    drain_bytes = DRAIN_BYTES

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Set up the connection."""
        self._coalescing = CoalescingTransport(transport, self._close_lingering)
        wrapped = self.wrap_transport(self._coalescing)
        super().connection_made(wrapped)
        self._connection = Connection(wrapped, next(_connection_numbers))
        # Both are False between two requests.
        self.in_head = self._in_body = False
        # The requests without a complete response: the one that uvicorn handles, and its queue.
        self._unfinished = deque[RequestResponseCycle]()
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
        warn_if_scarce(transport)

    def wrap_transport(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Return the transport for uvicorn's responses, on top of the coalescing one."""
        return transport

    def _discards(self, size: int) -> bool:
        """Count data that nobody waits for. Return whether it must not be parsed either."""
        if self._drain is not None:
            self._drain.discard(size)
        # After the last response, and after what was not HTTP, there are no requests.
        return self._refusal is not None or self.transport.is_closing()

    def on_response_complete(self) -> None:
        """Go on with the next request, or with what the client still sends of this one."""
        self._unfinished.popleft()
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
        is_busy = self._in_body or self._unfinished
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
        """Cancel the timers, which would keep the protocol alive; notify the running request."""
        self._may_linger = False
        self._timer.cancel()
        self._end_drain()
        if self._unfinished:
            # Uvicorn notifies the latest request only. If others came behind the running one, that
            # would wait for ever, and so would a server that stops.
            running = self._unfinished[0]
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the error envelope of the API.

        It is sent when the requests before it have been answered: a client would take it for
        their response.
        """
        error = ApiError(INVALID_REQUEST, self._reason or msg)
        body = encode_json(v1_error_body(error, "req_unread").content)
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
        if not self._unfinished:
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
