"""Httptools' parser of requests, and what it lacks: ignored upgrades, and ignored trailers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import httptools

_REREAD_HEAD = b"POST / HTTP/1.1\r\n%b\r\n"


class ParserCallbacks(Protocol):
    """What the parser needs of the HTTP protocol, beside the callbacks of httptools."""

    def body_headers(self) -> bytes:
        """Return the header lines that say how long the body is, or nothing if there is none."""

    def reread_head(self, feed: Callable[[], None]) -> None:
        """Call `feed`, and ignore the head that the parser reads meanwhile."""


class RequestParser(httptools.HttpRequestParser):
    """Httptools' parser, which ignores the wish for an upgrade to another protocol.

    A server may ignore it (RFC 9110, 7.8), and some clients send it with every request, such as
    Java's with h2c. Httptools however stops at such a request and leaves its body unread.
    """

    def __init__(self, protocol: ParserCallbacks) -> None:
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

    def ignore_trailers(self) -> None:
        """Let the trailers of the current request change nothing. Its head has been read."""
        # llhttp treats trailers as headers. After `Connection: close` it would discard the next
        # request, and a Content-Length it would refuse as one that contradicts the chunks.
        self.set_dangerous_leniencies(
            lenient_keep_alive=self.should_keep_alive(),
            lenient_chunked_length=True,
            lenient_transfer_encoding=True,
        )

    def heed_headers(self) -> None:
        """Be strict again, before the head of the next request is read."""
        self.set_dangerous_leniencies(
            lenient_keep_alive=False,
            lenient_chunked_length=False,
            lenient_transfer_encoding=False,
        )
