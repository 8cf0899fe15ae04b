"""`serve`: its options, and what it says if it cannot listen."""

from __future__ import annotations

import errno
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import Result

from seedance_mock.commands.serve import command
from seedance_mock.server import ready, workers
from seedance_mock.server import run as server
from seedance_mock.server.run import Ready, close_all
from seedance_mock.settings import Settings
from seedance_mock.web import app as app_module
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
        (["--balance", "1e9"], "a number, 0 or more, below 1000000000, with at most 8 decimals"),
        (["--rate-limit", "9" * 20], "is not in the range"),
        (["--retention", "inf"], "a number, 0 or more"),
        (["--ready-file", "/no/such/folder/file"], "its folder does not exist"),
        (["--models", "seedance-2.0,seedance-3*"], "no model is named 'seedance-3*'"),
        (["--models", ""], "seedance-2.0, seedance-2.0-fast, seedance-2.0-mini, seedance-2.5"),
        (["--keep-alive", "0"], "0 is not in the range"),
        (["--ready-format", "yaml"], "'yaml' is not one of"),
        (["--journal-bodies", "--host", "0.0.0.0"], "--host 0.0.0.0 is for others"),
        (["--journal-bodies", "--host", "mock.local"], "--host mock.local is for others"),
        (
            ["--journal-bodies", "--workers", "2", "--store", "sqlite:unused.db"],
            "--workers must be 1",
        ),
    ],
)
def test_a_wrong_option_is_explained(options: list[str], message: str, run: Run) -> None:
    ended = run("serve", *options)

    assert ended.exit_code == 2
    assert message in " ".join(ended.output.split())


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "Is another server running? --port 0"),
        (
            OSError(errno.EADDRINUSE, "in use", "::1"),
            "Is another server running? --port 0 takes a free port. --host 127.0.0.1 listens",
        ),
        (OSError(errno.EADDRNOTAVAIL, "not here"), "--host needs an address"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "--host needs an address"),
        (PermissionError(errno.EACCES, "denied"), "--port 0 takes a free port that needs no perm"),
    ],
    ids=["in-use", "half-in-use", "foreign", "unknown", "privileged"],
)
def test_the_advice_fits_the_error(
    error: OSError, advice: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(host: str, port: int) -> None:
        raise error

    monkeypatch.setattr(server, "listen_on_host", listen)

    ended = run("serve", "--host", "somewhere", "--port", "80")

    assert ended.exit_code == 3
    message, second_line = ended.stderr.splitlines()
    place = error.filename or "somewhere"
    assert message == f"Cannot listen on {place} port 80: {error.strerror}."
    assert second_line.startswith(advice)


@pytest.mark.parametrize(
    ("options", "is_fast"), [([], True), (["--fast-path"], True), (["--no-fast-path"], False)]
)
def test_the_fast_path_can_be_switched_off(
    options: list[str], is_fast: bool, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps: list[MockApp] = []

    def serve(app: MockApp, listeners: list[socket.socket], *_: object, **__: object) -> None:
        server.close_all(listeners)
        apps.append(app)

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(server, "log_to_stderr", lambda: None)

    run("serve", "--port", "0", *options)

    [app] = apps
    assert (app.fast_path is not None) == is_fast


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Give the list of the settings with which servers are started. None of them serves."""
    chosen: list[Settings] = []

    def create_app(settings: Settings) -> MockApp:
        chosen.append(settings)
        return original(settings)

    def serve(app: MockApp, listeners: list[socket.socket], *_: object, **__: object) -> None:
        server.close_all(listeners)

    original = app_module.create_app
    monkeypatch.setattr(app_module, "create_app", create_app)

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(server, "log_to_stderr", lambda: None)

    return chosen


def test_bodies_are_kept_and_callbacks_sent_to_a_named_host(
    run: Run, chosen: list[Settings]
) -> None:
    run("serve", "--port", "0", "--journal-bodies", "--callback-host", "app.internal")

    [settings] = chosen
    assert (settings.journal_bodies, settings.callback_hosts) == (True, ("app.internal",))


def test_models_are_chosen_by_names_and_patterns(
    run: Run, chosen: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("serve", "--port", "0")
    run("serve", "--port", "0", "--models", "seedance-2.0-fast")
    monkeypatch.setenv("SEEDANCE_MOCK_MODELS", "seedance-2.0*, seedance-2.5")
    run("serve", "--port", "0")

    assert [settings.models for settings in chosen] == [
        (),
        ("seedance-2.0-fast",),
        ("seedance-2.0*", "seedance-2.5"),
    ]


def test_a_socket_is_no_ready_file(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))

        ended = run("serve", "--ready-file", str(path))

    assert ended.exit_code == 2
    assert "it is neither a regular file nor a FIFO" in " ".join(ended.output.split())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "sk-test, or"),
        (["--expired-key", "sk-test"], "sk-test-2, or"),
        (["--expired-key", "sk-test-2"], "sk-test, or"),
        (["--key", "sk-real"], "one of the keys in --key"),
    ],
)
def test_the_text_for_a_person_has_a_key_that_works(
    options: list[str], expected: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(app: MockApp, listeners: list[socket.socket], ready: Ready, **_: object) -> None:
        server.close_all(listeners)
        ready()

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(server, "log_to_stderr", lambda: None)

    ended = run("serve", "--port", "0", "--ready-format", "text", *options)

    assert f"API key      {expected}" in ended.stdout
    assert "sk-real" not in ended.output


@pytest.mark.parametrize(
    ("is_terminal", "options", "variables", "expected"),
    [
        (True, [], {}, True),
        (False, [], {}, False),
        (True, ["--log-format", "json"], {}, False),
        (True, [], {"NO_COLOR": "1"}, False),
        (True, [], {"NO_COLOR": ""}, True),
        (True, [], {"TERM": "dumb"}, False),
    ],
)
def test_the_log_has_colors_on_a_terminal(
    is_terminal: bool,
    options: list[str],
    variables: dict[str, str],
    expected: bool,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apps: list[MockApp] = []

    def serve(app: MockApp, listeners: list[socket.socket], *_: object, **__: object) -> None:
        server.close_all(listeners)
        apps.append(app)

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(server, "log_to_stderr", lambda: None)
    monkeypatch.setattr(ready, "is_terminal", lambda name: is_terminal)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    run("serve", "--port", "0", *options)

    [app] = apps
    assert app.state.settings.log_color is expected


def test_several_workers_are_an_error(run: Run) -> None:
    ended = run("serve", "--workers", "2")

    assert ended.exit_code == 2
    assert "choose a --store that they can share" in " ".join(ended.output.split())


def test_workers_that_never_serve_are_no_result(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(
        settings: Settings, listeners: Sequence[socket.socket], *others: object, **options: object
    ) -> None:
        close_all(listeners)
        raise workers.WorkersFailedError("the reason")

    monkeypatch.setattr(workers, "serve_with_workers", fail)

    ended = run("serve", "--port", "0", "--store", f"sqlite:{tmp_path}/mock.db", "--workers", "2")

    assert ended.exit_code == 3
    assert ended.stderr == "Error: the reason.\n"


def test_metrics_need_an_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)

    ended = run("serve", "--metrics")

    assert ended.exit_code == 2
    assert "--metrics needs prometheus_client: pip install" in ended.stderr
    assert "[metrics]" in ended.stderr


def test_windows_has_another_way_to_end_with_a_parent(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "ON_WINDOWS", True)

    ended = run("serve", "--exit-with-parent")

    assert ended.exit_code == 2
    assert "take --exit-with-stdin and a pipe" in ended.stderr.replace("\n", " ")


def test_metrics_of_workers_need_a_temporary_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    store = f"sqlite:{tmp_path / 'mock.db'}"

    ended = run("serve", "--port", "0", "--store", store, "--workers", "2", "--metrics")

    assert (ended.exit_code, ended.stdout) == (3, "")
    assert ended.stderr.startswith("Error: no temporary folder can be written, in which workers")
    assert "TMPDIR" in ended.stderr
