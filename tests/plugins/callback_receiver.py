"""A receiver of callbacks: an HTTP server on this machine that records what it gets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

WAIT_SECONDS = 10.0
"""How long a test waits for a callback before it fails."""


@dataclass
class CallbackReceiver:
    """The received callbacks, oldest first. `statuses` are those of the next responses."""

    url: str
    statuses: list[int] = field(default_factory=list)
    received: Queue[tuple[dict[str, str], Any]] = field(default_factory=Queue)

    def next_body(self) -> Any:
        """Return the body of the next callback, which may still be on its way."""
        return self.received.get(timeout=WAIT_SECONDS)[1]

    def next_statuses(self, count: int) -> list[str]:
        """Return the statuses in the next callbacks."""
        return [self.next_body()["status"] for _ in range(count)]


@contextmanager
def callback_receiver(statuses: Sequence[int] = ()) -> Iterator[CallbackReceiver]:
    """Serve a receiver on a free port. It responds with `statuses`, and with 200 after them."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.put((dict(self.headers.items()), json.loads(body)))
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", receiver.url)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = CallbackReceiver(f"http://127.0.0.1:{server.server_port}/hook", list(statuses))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
