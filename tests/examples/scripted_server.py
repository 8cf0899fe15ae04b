"""A server that sends exactly the bytes that a test specifies, and records the requests."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Thread

TASK_ID = "ldtask_0123456789abcdef0123456789abcdef"

RawResponse = Sequence[bytes]
"""Pieces of a response, each sent on its own. An empty sequence closes the connection."""

PIECE_GAP = 0.0002
"""Seconds between two pieces, so that the client receives them separately."""


def response(status: int, /, *head: str, **body: object) -> list[bytes]:
    """Return a JSON response in one piece."""
    return [raw_response(status, json.dumps(body).encode(), *head)]


def raw_response(status: int, body: bytes, *head: str) -> bytes:
    """Return a response with a Content-Length and further header lines."""
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(body)}", *head]
    return "\r\n".join([*lines, "", ""]).encode() + body


def created(**members: object) -> list[bytes]:
    """Return the response to a create request."""
    task = {"id": TASK_ID, "status": "pending", "poll_url": f"/v1/tasks/{TASK_ID}"}
    return response(200, **{**task, **members})


def completed(**members: object) -> list[bytes]:
    """Return the response to the last poll."""
    task = {"id": TASK_ID, "status": "completed", "video_url": "http://h/v"}
    return response(200, **{**task, **members})


@dataclass
class ScriptedServer:
    """Sends one response for each connection, and repeats the last.

    Args:
        responses: the responses, in order.
        clock: the clock of the client, for `times`.
        requests: the requests received.
        times: when each request was received.
    """

    responses: list[RawResponse]
    clock: Callable[[], float] = time.monotonic
    requests: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __enter__(self) -> ScriptedServer:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    @property
    def request_lines(self) -> list[str]:
        """The request lines without the HTTP version."""
        lines = [request.split(b"\r\n")[0].decode() for request in self.requests]
        return [line.removesuffix(" HTTP/1.1") for line in lines]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                # Without this option the system joins small pieces that wait for a confirmation.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
                request = _read_request(connection)
                pieces = self.responses[min(len(self.requests), len(self.responses) - 1)]
                self.times.append(self.clock())
                self.requests.append(request)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(PIECE_GAP)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", 0)):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
