"""`seedance-mock serve`: run the server."""

from __future__ import annotations

import errno
import gc
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seedance_mock.commands.framework.environment import VARIABLE_PREFIX, variable_notes
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.serve.option_checks import is_local_host
from seedance_mock.commands.serve.options import serve_options
from seedance_mock.server import ready
from seedance_mock.server.standard_input import stop_at_end_of_input
from seedance_mock.settings import Settings

if TYPE_CHECKING:
    from seedance_mock.web.app import MockApp

ON_WINDOWS = sys.platform == "win32"


@click.command("serve", context_settings={"auto_envvar_prefix": VARIABLE_PREFIX})
@serve_options
def serve_command(
    host: str,
    port: int,
    keep_alive: int,
    ready_file: Path | None,
    ready_format: str | None,
    exit_with_parent: bool,
    exit_with_stdin: bool,
    workers: int,
    **choices: object,
) -> None:
    """Run the server until Ctrl-C.

    When the server accepts connections, it prints one line of JSON if standard output is no
    terminal. A script can read it instead of polling:

    \b
        {"ready": true, "url": "http://127.0.0.1:8000"}

    Every option can be set by an environment variable; its name is shown with the option.
    """
    # First, because the parent may end while the imports take their time.
    parent = _parent() if exit_with_parent else None
    # The imports stand here, so that a wrong option and --help need not wait for them.
    with _without_garbage_collection():
        from seedance_mock.server import run
        from seedance_mock.stores.errors import StoreError
        from seedance_mock.web.app import create_app

    choices["log_color"] = choices["log_format"] == "text" and _has_color()
    settings = Settings(**choices)  # type: ignore[arg-type] # click has checked each type
    _check_combination(settings, host, workers)
    try:
        app = create_app(settings)
    except StoreError as error:
        click.echo(f"Error: {error}.", err=True)
        sys.exit(ExitCode.NO_RESULT)
    try:
        listeners = run.listen_on_host(host, port)
    except OSError as error:
        notes = variable_notes(click.get_current_context(), "host", "port")
        click.echo(
            f"Cannot listen on {error.filename or host} port {port}{notes}: {error.strerror}.",
            err=True,
        )
        click.echo(_advice(error, host), err=True)
        sys.exit(ExitCode.NO_RESULT)
    run.log_to_stderr()
    line = ready.ready_line(url := run.url_for(listeners[0]))
    is_text = (ready_format or ("text" if ready.is_terminal("stdout") else "json")) == "text"
    announcement = (
        ready.ready_text(url, _example_key(settings), control=settings.control) if is_text else line
    )

    def announce() -> None:
        if exit_with_stdin:
            # Not earlier: before the server starts, its signal would kill the process.
            stop_at_end_of_input()
        ready.announce(announcement, line, ready_file)

    try:
        if workers == 1:
            run.serve(app, listeners, announce, keep_alive=keep_alive, parent=parent)
        else:
            _serve_with_workers(app, settings, listeners, announce, workers, keep_alive, parent)
    except OSError as error:
        click.echo(f"Cannot write the ready line to {error.filename}: {error.strerror}.", err=True)
        sys.exit(ExitCode.NO_RESULT)


def _parent() -> int:
    """Return the id of the process that has started this one. Raises BadParameter on Windows."""
    if ON_WINDOWS:
        raise click.BadParameter(
            "Windows does not show that a parent is gone; take --exit-with-stdin and a pipe",
            param_hint="--exit-with-parent",
        )
    return os.getppid()


def _check_combination(settings: Settings, host: str, workers: int) -> None:
    """Raise UsageError for options that do not go together, MissingExtra for a missing library."""
    from seedance_mock.stores.urls import is_shared

    if workers > 1 and not is_shared(settings.store):
        raise click.BadParameter(
            "the tasks are in the memory of one process, and other processes cannot read them;"
            " choose a --store that they can share, such as sqlite:PATH",
            param_hint="--workers",
        )
    if settings.metrics and find_spec("prometheus_client") is None:
        # Only here: a server that starts does not need it.
        from seedance_mock.commands.framework.extras import MissingExtra

        raise MissingExtra("--metrics needs prometheus_client", "metrics")
    if settings.journal_bodies:
        _require_private_server(host, workers)


def _require_private_server(host: str, workers: int) -> None:
    """Raise BadParameter if prompts and media would be kept where others can read them."""
    if not is_local_host(host):
        reason = (
            f"prompts and media are kept for this machine only, and --host {host} is for others"
        )
        raise click.BadParameter(reason, param_hint="--journal-bodies")
    if workers > 1:
        reason = "they are in the memory of one process, so that --workers must be 1"
        raise click.BadParameter(reason, param_hint="--journal-bodies")


def _serve_with_workers(
    app: MockApp,
    settings: Settings,
    listeners: Sequence[socket.socket],
    announce: Callable[[], None],
    count: int,
    keep_alive: int,
    parent: int | None,
) -> None:
    import asyncio

    from seedance_mock.server.workers import WorkersFailedError, serve_with_workers

    # Each worker opens the store itself. Here it was opened only to see whether that works.
    asyncio.run(app.close())
    try:
        serve_with_workers(
            settings, listeners, announce, count=count, keep_alive=keep_alive, parent=parent
        )
    except WorkersFailedError as error:
        click.echo(f"Error: {error}.", err=True)
        sys.exit(ExitCode.NO_RESULT)


def _has_color() -> bool:
    """Return whether standard error is a terminal that shows colors. Source: no-color.org"""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return ready.is_terminal("stderr")


def _example_key(settings: Settings) -> str | None:
    """Return a key that the server accepts, or None if it accepts the chosen ones only."""
    if settings.keys:
        return None
    numbered = (f"sk-test-{number}" for number in range(2, len(settings.expired_keys) + 3))
    return next(key for key in ("sk-test", *numbered) if key not in settings.expired_keys)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    # Imported modules stay until the process exits, so a collection during the imports finds
    # nothing. It costs 10 of 200 ms of CPU time at the start, measured with Python 3.11. `freeze`
    # exempts the modules from later collections too.
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _advice(error: OSError, host: str) -> str:
    # gaierror has numbers of its own, which may be equal to other numbers of `errno`.
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return "--host needs an address or a name of this machine, such as 127.0.0.1 or 0.0.0.0."
    if error.errno == errno.EADDRINUSE:
        # Some servers listen on ::1 only. Clients of "localhost" would get either server.
        is_half_free = error.filename == "::1" and host != "::1"
        alone = " --host 127.0.0.1 listens there only." if is_half_free else ""
        return f"Is another server running? --port 0 takes a free port.{alone}"
    return "--port 0 takes a free port that needs no permission."
