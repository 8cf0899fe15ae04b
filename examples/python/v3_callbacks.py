"""A receiver for the callbacks of `/api/v3`. Standard library only: copy this file.

    with CallbackReceiver() as receiver:
        client = V3Client(base_url, api_key, receiver=receiver)

A callback has no signature, may come twice, late or never. So it is only a reason to poll the task
now: what counts is the response to the poll. A receiver of your own needs an address that the API
reaches; this one is for a server on the same machine.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Self

ENDED = ("succeeded", "failed", "cancelled", "expired")
MAX_BODY = 1_000_000


class CallbackReceiver:
    """Listens on a port of 127.0.0.1 as long as its `with` statement lasts."""

    def __enter__(self) -> Self:
        self._ends: SimpleQueue[str] = SimpleQueue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._ends))
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> list[str]:
        """Wait until a task is said to have ended. Return its id; none after so many seconds."""
        try:
            return [self._ends.get(timeout=seconds)]
        except Empty:
            return []


def _handler(ends: SimpleQueue[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            body = self.rfile.read(min(int(length), MAX_BODY)) if length.isdecimal() else b""
            # Acknowledged first: what the task says is not known from here anyway.
            self.send_response(204)
            self.end_headers()
            try:
                task = json.loads(body)
            except ValueError:
                return
            if isinstance(task, dict) and task.get("status") in ENDED:
                ends.put(str(task.get("id")))

        def log_message(self, *_: object) -> None:
            pass

    return Handler
