"""The server in this process, so that a debugger and coverage see it."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from seedance_mock import server
from seedance_mock.web.app import create_app


@pytest.fixture
def quiet() -> Iterator[None]:
    """Put the loggers back as they were."""
    access, root = logging.getLogger("seedance_mock.access"), logging.getLogger()
    handlers, propagate = root.handlers[:], access.propagate
    yield
    root.handlers[:] = handlers
    access.handlers.clear()
    access.propagate = propagate


def test_serve_returns_when_told_to_stop() -> None:
    listener = server.listen("127.0.0.1", 0)
    url, answers = server.url_of(listener), []

    def visit() -> None:
        with urlopen(f"{url}/healthz", timeout=5) as answer:
            answers.append(answer.read())
        os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=visit)
    server.serve(create_app(), listener, visitor.start)
    visitor.join()

    assert answers == [b'{"status":"ok"}']


def test_the_ready_line_is_printed_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.announce("http://127.0.0.1:1", tmp_path / "ready")

    assert (tmp_path / "ready").read_text() == capsys.readouterr().out


def test_the_log_goes_to_standard_error(quiet: None, capsys: pytest.CaptureFixture[str]) -> None:
    server.log_to_stderr()

    logging.getLogger("seedance_mock.access").info("a line")

    assert capsys.readouterr().err == "a line\n"


@pytest.mark.parametrize(
    ("host", "name"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")],
)
def test_a_url_leads_back_to_the_listener(host: str, name: str) -> None:
    with server.listen(host, 0) as listener:
        port = listener.getsockname()[1]

        assert server.url_of(listener) == f"http://{name}:{port}"
