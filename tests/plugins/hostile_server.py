"""A server on a real port that sends what a test wants: any bytes, in pieces, without an end."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from socket import socket
from typing import Any

Answer = Callable[[str, str, bytes], Iterable[bytes]]
"""Takes method, path and body of a request. Returns the bytes of the response, piece by piece."""


def http_response(status: int, body: bytes, **headers: str) -> bytes:
    """Return a whole response. `_` in the name of a header stands for `-`."""
    lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        # The client closes most of these connections, as it should.
        with suppress(OSError):
            while self._answer_one():
                pass

    def _answer_one(self) -> bool:
        words = self.rfile.readline().decode("latin-1").split()
        if len(words) < 2:
            return False
        body = self.rfile.read(self._body_length())
        for piece in self.server.answer(words[0], words[1], body):
            if self.server.is_stopped:
                return False
            self.wfile.write(piece)
        return True

    def _body_length(self) -> int:
        length = 0
        while line := self.rfile.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return length


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.is_stopped, self._tls = answer, False, tls

    def get_request(self) -> tuple[socket, Any]:
        connection, address = super().get_request()
        if self._tls is None:
            return connection, address
        return self._tls.wrap_socket(connection, server_side=True), address


@contextmanager
def hostile_server(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a server that answers with `answer`, and give its URL."""
    with _Server(answer, tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.is_stopped = True
            server.shutdown()
            thread.join()
