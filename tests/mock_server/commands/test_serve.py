"""`serve`: its options, and what it says if it cannot listen."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

import pytest
from click.testing import Result

from seedance_mock.server import run as server
from seedance_mock.web.app import MockApp

Run = Callable[..., Result]


def test_help_names_the_environment_variables(run: Run) -> None:
    output = run("serve", "--help").stdout

    assert "SEEDANCE_MOCK_PORT" in output.replace("\n", "")
    assert '{"ready": true, "url": "http://127.0.0.1:8000"}' in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--key", "pk-1"], "an API key starts with sk-"),
        (["--public-url", "ftp://x"], "a URL such as https://mock.example.com"),
        (["--lifecycle", "slow"], "'slow' is not one of"),
        (["--port", "70000"], "70000 is not in the range"),
        (["--balance", "much"], "a number, 0 or more"),
        (["--balance", "NaN"], "a number, 0 or more"),
        (["--balance", "-1"], "a number, 0 or more"),
        (["--retention", "inf"], "a number, 0 or more"),
        (["--ready-file", "/no/such/folder/file"], "its folder does not exist"),
    ],
)
def test_a_wrong_option_is_explained(options: list[str], message: str, run: Run) -> None:
    ended = run("serve", *options)

    assert ended.exit_code == 2
    assert message in ended.output


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "Is another server running? --port 0"),
        (OSError(errno.EADDRNOTAVAIL, "not here"), "--host needs an address"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "--host needs an address"),
        (PermissionError(errno.EACCES, "denied"), "--port 0 takes a free port that needs no perm"),
    ],
    ids=["in-use", "foreign", "unknown", "privileged"],
)
def test_the_advice_fits_the_error(
    error: OSError, advice: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(host: str, port: int) -> None:
        raise error

    monkeypatch.setattr(server, "listen", listen)

    ended = run("serve", "--host", "somewhere", "--port", "80")

    assert ended.exit_code == 3
    message, second_line = ended.stderr.splitlines()
    assert message == f"Cannot listen on somewhere port 80: {error.strerror}."
    assert second_line.startswith(advice)


@pytest.mark.parametrize(
    ("options", "is_fast"), [([], True), (["--fast-path"], True), (["--no-fast-path"], False)]
)
def test_the_fast_path_can_be_switched_off(
    options: list[str], is_fast: bool, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps: list[MockApp] = []

    def serve(app: MockApp, listener: socket.socket, ready: object) -> None:
        listener.close()
        apps.append(app)

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(server, "log_to_stderr", lambda: None)

    run("serve", "--port", "0", *options)

    [app] = apps
    assert (app.fast_path is not None) == is_fast


def test_several_workers_are_an_error(run: Run) -> None:
    ended = run("serve", "--workers", "2")

    assert ended.exit_code == 2
    assert "start several servers" in " ".join(ended.output.split())
