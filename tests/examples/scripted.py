"""A server that answers byte for byte what a test says, and keeps what it was asked."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Thread

TASK = "ldtask_0123456789abcdef0123456789abcdef"
Answer = Sequence[bytes]
"""Pieces, each sent by itself; none at all: the connection is closed without a word."""


def answer(code: int, /, *head: str, **body: object) -> list[bytes]:
    """Return an answer of the API in one piece."""
    return [raw(code, json.dumps(body).encode(), *head)]


def raw(status: int, body: bytes, *head: str) -> bytes:
    """Return an answer with a length, and further lines of its head."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *head]
    return "\r\n".join([*lines, "", ""]).encode() + body


def created(**more: object) -> list[bytes]:
    """Return the answer to a create request."""
    return answer(200, **{"id": TASK, "status": "pending", "poll_url": f"/v1/tasks/{TASK}", **more})


def completed(**more: object) -> list[bytes]:
    """Return the answer to the last poll."""
    return answer(200, **{"id": TASK, "status": "completed", "video_url": "http://h/v", **more})


@dataclass
class Scripted:
    """Listens until closed, gives one answer a connection, and repeats the last."""

    answers: list[Answer]
    asked: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Scripted:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    @property
    def lines(self) -> list[str]:
        """The request lines without their version."""
        return [one.split(b"\r\n")[0].decode().removesuffix(" HTTP/1.1") for one in self.asked]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                request = _read(connection)
                said = self.answers[min(len(self.asked), len(self.answers) - 1)]
                self.asked.append(request)
                for piece in said:
                    connection.sendall(piece)
                    time.sleep(0.001)


def _read(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65_536)
    head, _, body = found.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", 0)):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
