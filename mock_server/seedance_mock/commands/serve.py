"""`seedance-mock serve`: run the server."""

from __future__ import annotations

import errno
import gc
import math
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seedance_mock.commands.framework.environment import EnvironmentOption, variable_notes
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.store_options import check_prefix
from seedance_mock.domain.accounts import KEY_PATTERN
from seedance_mock.domain.lifecycle import LIFECYCLES
from seedance_mock.server import ready
from seedance_mock.settings import CORS_MODES, KEEP_ALIVE, LOG_FORMATS, Settings, is_http_url

if TYPE_CHECKING:
    from seedance_mock.web.app import MockApp

DEFAULTS = Settings()

option = partial(click.option, cls=EnvironmentOption, show_default=True, show_envvar=True)


def _check_keys(
    context: click.Context, parameter: click.Parameter, keys: tuple[str, ...]
) -> frozenset[str]:
    for key in keys:
        if re.fullmatch(KEY_PATTERN, key) is None:
            # The message does not repeat the key: it may be a real one, and logs keep messages.
            raise click.BadParameter("an API key starts with sk-")
    return frozenset(keys)


def _check_url(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    if url is not None and not is_http_url(url):
        raise click.BadParameter("give a URL such as https://mock.example.com")
    # Result URLs are this URL and a path, which starts with a slash.
    return url.rstrip("/") if url else None


def _check_finite(
    context: click.Context, parameter: click.Parameter, value: Decimal | float | None
) -> Decimal | float | None:
    if value is not None and not (math.isfinite(value) and value >= 0):
        raise click.BadParameter("give a number, 0 or more")
    return value


def _parse_amount(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> Decimal | float | None:
    try:
        amount = None if text is None else Decimal(text)
    except InvalidOperation:
        # Not a number, which `_check_finite` refuses with its message.
        amount = Decimal("NaN")
    return _check_finite(context, parameter, amount)


def _require_ready_file(
    context: click.Context, parameter: click.Parameter, path: Path | None
) -> Path | None:
    if path is not None and not path.absolute().parent.is_dir():
        raise click.BadParameter("its folder does not exist")
    # A character device such as /dev/null or a terminal can be written to. A line written to a
    # block device would destroy its content.
    kinds = (Path.is_file, Path.is_fifo, Path.is_char_device)
    if path is not None and path.exists() and not any(is_kind(path) for is_kind in kinds):
        raise click.BadParameter("it is neither a regular file nor a FIFO")
    return path


@click.command("serve", context_settings={"auto_envvar_prefix": "SEEDANCE_MOCK"})
@option(
    "--host",
    default="localhost",
    help="Address or name to listen on, on each address of the name: localhost is 127.0.0.1 and"
    " ::1, :: is every address.",
)
@option(
    "--port",
    default=8000,
    type=click.IntRange(0, 65_535),
    help="Port to listen on. 0 means any free port; the ready line names it.",
)
@option(
    "--key",
    "keys",
    multiple=True,
    callback=_check_keys,
    help="Accept this key; may be repeated. Without it: any key that starts with sk-.",
)
@option(
    "--expired-key",
    "expired_keys",
    multiple=True,
    callback=_check_keys,
    help="Refuse this key with 401 expired_api_key; may be repeated.",
)
@option(
    "--lifecycle",
    default=DEFAULTS.lifecycle,
    type=click.Choice(list(LIFECYCLES)),
    help="How long tasks take: 5 s, realistic times, no time, or until the control API ends them.",
)
@option(
    "--balance",
    metavar="DECIMAL",
    callback=_parse_amount,
    help="Grant every key this many USD. Without it: no limit.",
)
@option(
    "--rate-limit",
    type=click.IntRange(1),
    help="Allow each key this many requests a minute. Without it: no limit.",
)
@option(
    "--retention",
    type=float,
    callback=_check_finite,
    help="Delete tasks this many seconds after they end. Without it: never.",
)
@option(
    "--max-tasks",
    default=DEFAULTS.max_tasks,
    type=click.IntRange(1),
    help="Keep at most this many tasks. Beyond it, delete the task that ended first, and a running"
    " task only if none has ended.",
)
@option(
    "--max-body",
    default=DEFAULTS.max_body,
    type=click.IntRange(1),
    help="Refuse request bodies with more bytes than this with 413.",
)
@option(
    "--tolerant",
    is_flag=True,
    help="Ignore undocumented fields instead of refusing the request.",
)
@option(
    "--input-seconds",
    default=DEFAULTS.input_seconds,
    type=click.IntRange(0),
    help="Assumed length of input videos, which the mock never fetches.",
)
@option(
    "--journal",
    default=DEFAULTS.journal,
    type=click.IntRange(0),
    help="Keep this many requests for /_mock/journal.",
)
@option(
    "--journal-bytes",
    default=DEFAULTS.journal_bytes,
    type=click.IntRange(0),
    help="Keep no more of them than take this much memory.",
)
@option(
    "--control/--no-control",
    default=True,
    help="Serve the control API under /_mock, to this machine only.",
)
@option(
    "--store",
    metavar="URL",
    default=DEFAULTS.store,
    help="Where tasks and accounts are kept: memory, sqlite:PATH for a file that survives a"
    " restart, or redis://HOST:PORT/DB.",
)
@option(
    "--store-prefix",
    metavar="NAME",
    default=DEFAULTS.store_prefix,
    callback=check_prefix,
    help="Start the names of all keys in Redis with it: servers with another one share nothing.",
)
@option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    help="Serve with this many processes. More than 1 need a --store that they can share.",
)
@option("--control-token", help="Serve /_mock also to other machines that send this token.")
@option("--explain", is_flag=True, help="Name the injected fault in the response header Mock-Did.")
@option(
    "--public-url", callback=_check_url, help="Base of result URLs; default: the request's host."
)
@option(
    "--cors",
    default=DEFAULTS.cors,
    type=click.Choice(CORS_MODES),
    help="Which web pages may call the API.",
)
@option(
    "--log-format",
    default="text",
    type=click.Choice(LOG_FORMATS),
    help="Log each request on standard error, without keys, prompts or media URLs.",
)
@option(
    "--fast-path/--no-fast-path",
    default=DEFAULTS.fast_path,
    help="Respond to ordinary requests without ASGI, or let Starlette handle every request.",
)
@option(
    "--keep-alive",
    metavar="SECONDS",
    default=KEEP_ALIVE,
    type=click.IntRange(1),
    help="Close a connection that has been idle for this long.",
)
@option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_require_ready_file,
    help="Also write the ready line, which is JSON, to this file or FIFO.",
)
@option(
    "--ready-format",
    type=click.Choice(ready.READY_FORMATS),
    help="Print the ready line for a script (json), or what a person needs (text). Default: text"
    " on a terminal, else json.",
)
@option(
    "--exit-with-parent",
    is_flag=True,
    help="Stop when the process that started the server is gone (not on Windows).",
)
def serve_command(
    host: str,
    port: int,
    keep_alive: int,
    ready_file: Path | None,
    ready_format: str | None,
    exit_with_parent: bool,
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
    parent = os.getppid() if exit_with_parent else None
    # The imports stand here, so that a wrong option and --help need not wait for them.
    with _without_garbage_collection():
        from seedance_mock.server import run
        from seedance_mock.stores.errors import StoreError
        from seedance_mock.stores.urls import is_shared
        from seedance_mock.web.app import create_app

    choices["log_color"] = choices["log_format"] == "text" and _has_color()
    settings = Settings(**choices)  # type: ignore[arg-type] # click has checked each type
    if workers > 1 and not is_shared(settings.store):
        raise click.BadParameter(
            "the tasks are in the memory of one process, and other processes cannot read them;"
            " choose a --store that they can share, such as sqlite:PATH",
            param_hint="--workers",
        )
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
    announce = partial(ready.announce, announcement, line, ready_file)
    try:
        if workers == 1:
            run.serve(app, listeners, announce, keep_alive=keep_alive, parent=parent)
        else:
            _serve_with_workers(app, settings, listeners, announce, workers, keep_alive, parent)
    except OSError as error:
        click.echo(f"Cannot write the ready line to {error.filename}: {error.strerror}.", err=True)
        sys.exit(ExitCode.NO_RESULT)


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
    except WorkersFailedError:
        click.echo("Error: the workers end before they serve; see their messages above.", err=True)
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
