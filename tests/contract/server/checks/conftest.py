"""Servers whose responses a test chooses, and a fixture that runs one check against them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import pytest

from seedance_contract.case import Finding
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool
from seedance_contract.server.control_adapter import ControlAdapter
from seedance_contract.server.http.target import Target
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import checks_by_id

Reply = tuple[int, dict[str, str], bytes]
Respond = Callable[[str, str, bytes], Reply | None]
"""Returns the reply to a method, a path and a body. None closes the connection without one."""


class FindingOf(Protocol):
    """Runs one check against a server with the given responses."""

    def __call__(
        self, respond: Respond, check: str, control: ControlAdapter | None = None
    ) -> Finding: ...


def json_reply(status: int, body: object, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    defaults = {"Content-Type": "application/json", "X-Request-ID": "req_1"}
    return status, defaults | named, json.dumps(body).encode()


def error_reply(status: int, code: str = "invalid_request_error", **members: object) -> Reply:
    error = {"message": "no", "type": "invalid_request_error", "code": code, "request_id": "req_1"}
    return json_reply(status, {"error": {**error, **members}})


def handler_class(respond: Respond) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            reply = respond(self.command, self.path, self.rfile.read(length))
            if reply is None:
                self.close_connection = True
                return
            status, headers, body = reply
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = handle_any

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


def context_for(url: str, **changes: Any) -> CheckContext:
    monitor = ResponseMonitor()
    choices: dict[str, Any] = {
        "keys": KeyPool("sk-one", "sk-two", run_id="test"),
        "max_examples": 3,
        "shrink": False,
        "task_timeout": 0.5,
    }
    budget = changes.pop("budget", Budget(None))
    return CheckContext(target=Target(url, budget, monitor), monitor=monitor, **choices | changes)


@pytest.fixture
def finding_of() -> Iterator[FindingOf]:
    """Give a function that runs one check against a server with the given responses."""
    servers: list[ThreadingHTTPServer] = []

    def run(respond: Respond, check: str, control: ControlAdapter | None = None) -> Finding:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler_class(respond))
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        context = context_for(f"http://127.0.0.1:{server.server_port}", control=control)
        # The checks of this group look at responses that another check has received.
        leading = [checks_by_id()["catalogue.family"]] if check.startswith("answers.") else []
        *_, result = run_checks(context, [*leading, checks_by_id()[check]])
        return result.findings[0]

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


def always(reply: Reply) -> Respond:
    return lambda method, path, body: reply
