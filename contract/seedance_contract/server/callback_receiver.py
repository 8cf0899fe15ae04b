"""A receiver of callbacks on this machine, for the checks of callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import NamedTuple

from seedance_contract.server.http.exchange import member, parse_json

HOOK_PATH, OTHER_PATH = "/hook", "/elsewhere"
"""The path of the callback URL, and the one that a redirect leads to."""

MAX_BODY_BYTES = 1024 * 1024


class ReceivedCallback(NamedTuple):
    """A request to the receiver. The names of its headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def status(self) -> object:
        """The status of the task in the body."""
        return member(parse_json(self.body), "status")


class CallbackReceiver:
    """The callbacks that have come, in their order. `status` is that of every response."""

    def __init__(self, url: str, status: int) -> None:
        self.url = url
        self.status = status
        self._callbacks: list[ReceivedCallback] = []
        self._changed = Condition()

    @property
    def callbacks(self) -> list[ReceivedCallback]:
        """What has come so far."""
        with self._changed:
            return list(self._callbacks)

    def add(self, callback: ReceivedCallback) -> None:
        """Add a callback."""
        with self._changed:
            self._callbacks.append(callback)
            self._changed.notify_all()

    def wait_for(self, status: str, seconds: float) -> bool:
        """Wait until a callback with the status has come. Return whether it has."""
        with self._changed:
            return self._changed.wait_for(
                lambda: any(callback.status == status for callback in self._callbacks), seconds
            )


@contextmanager
def callback_receiver(status: int = 200) -> Iterator[CallbackReceiver]:
    """Open a receiver on a free port of 127.0.0.1 and close it in the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    origin = f"http://127.0.0.1:{server.server_port}"
    receiver = CallbackReceiver(origin + HOOK_PATH, status)
    server.RequestHandlerClass = _handler_class(receiver, origin + OTHER_PATH)
    # With the default interval of 0.5 s each check would end half a second later.
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler_class(receiver: CallbackReceiver, location: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            # The server under test may send anything, also a length that is no number.
            size = min(int(length), MAX_BODY_BYTES) if length.isdecimal() else 0
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.add(ReceivedCallback(self.path, headers, self.rfile.read(size)))
            self.send_response(receiver.status)
            if 300 <= receiver.status < 400:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Write nothing: the terminal belongs to the run."""

    return Handler
