"""The options of `serve`: their names, defaults and help texts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from seedance_mock.commands.framework.environment import EnvironmentOption
from seedance_mock.commands.framework.store_options import check_prefix, check_store
from seedance_mock.commands.serve.option_checks import (
    check_finite,
    check_hosts,
    check_keys,
    check_url,
    parse_amount,
    parse_models,
    require_ready_file,
)
from seedance_mock.server import ready
from seedance_mock.settings import (
    CORS_MODES,
    KEEP_ALIVE,
    LIFECYCLE_NAMES,
    LOG_FORMATS,
    MAX_INTEGER,
    Settings,
)

FunctionOrCommand = TypeVar("FunctionOrCommand", bound=Callable[..., object] | click.Command)

DEFAULTS = Settings()

option = partial(click.option, cls=EnvironmentOption, show_default=True, show_envvar=True)


SERVE_OPTIONS = (
    option(
        "--host",
        default="localhost",
        help="Address or name to listen on, on each address of the name: localhost is 127.0.0.1 and"
        " ::1, :: is every address.",
    ),
    option(
        "--port",
        default=8000,
        type=click.IntRange(0, 65_535),
        help="Port to listen on. 0 means any free port; the ready line names it.",
    ),
    option(
        "--key",
        "keys",
        multiple=True,
        callback=check_keys,
        help="Accept this key; may be repeated. Without it: any key that starts with sk-.",
    ),
    option(
        "--expired-key",
        "expired_keys",
        multiple=True,
        callback=check_keys,
        help="Refuse this key with 401 expired_api_key; may be repeated.",
    ),
    option(
        "--models",
        metavar="NAMES",
        callback=parse_models,
        help="Serve these models only, separated by commas; * is any text: 'seedance-2.0*' is a"
        " family. Without it: all models.",
    ),
    option(
        "--lifecycle",
        default=DEFAULTS.lifecycle,
        type=click.Choice(LIFECYCLE_NAMES),
        help="How long tasks take: 5 s, realistic times, no time, or until the control API ends"
        " them.",
    ),
    option(
        "--balance",
        metavar="DECIMAL",
        callback=parse_amount,
        help="Grant every key this many USD. Without it: no limit.",
    ),
    option(
        "--rate-limit",
        type=click.IntRange(1, MAX_INTEGER),
        help="Allow each key this many requests a minute. Without it: no limit.",
    ),
    option(
        "--retention",
        type=float,
        callback=check_finite,
        help="Delete tasks this many seconds after they end. Without it: never.",
    ),
    option(
        "--max-tasks",
        default=DEFAULTS.max_tasks,
        type=click.IntRange(1, MAX_INTEGER),
        help="Keep at most this many tasks. Beyond it, delete the task that ended first, and a"
        " running task only if none has ended. Servers that share a store need the same number.",
    ),
    option(
        "--max-body",
        default=DEFAULTS.max_body,
        type=click.IntRange(1, MAX_INTEGER),
        help="Refuse request bodies with more bytes than this with 413.",
    ),
    option(
        "--tolerant",
        is_flag=True,
        help="Ignore undocumented fields instead of refusing the request.",
    ),
    option(
        "--wire",
        default=DEFAULTS.wire,
        type=click.Choice(["tokenlab", "ark"]),
        help="The forms of /api/v3: those of TokenLab, or those of the model's maker. A key can"
        " choose with the word wire-ark.",
    ),
    option(
        "--callbacks",
        default=DEFAULTS.callbacks,
        type=click.Choice(["loopback", "any", "none"]),
        help="Send callbacks to this machine only, to any public address, or not at all.",
    ),
    option(
        "--callback-host",
        "callback_hosts",
        metavar="NAME",
        multiple=True,
        callback=check_hosts,
        help="Send callbacks to this host too, whatever its address. Can be repeated.",
    ),
    option(
        "--input-seconds",
        default=DEFAULTS.input_seconds,
        type=click.IntRange(0, MAX_INTEGER),
        help="Assumed length of input videos, which the mock never fetches.",
    ),
    option(
        "--journal",
        default=DEFAULTS.journal,
        type=click.IntRange(0, MAX_INTEGER),
        help="Keep this many requests for /_mock/journal.",
    ),
    option(
        "--journal-bytes",
        default=DEFAULTS.journal_bytes,
        type=click.IntRange(0, MAX_INTEGER),
        help="Keep no more of them than take this much memory.",
    ),
    option(
        "--journal-bodies",
        is_flag=True,
        help="Keep headers and bodies too, with prompts and media but without keys, in as much"
        " memory again. Only on an address of this machine, and with one worker.",
    ),
    option(
        "--control/--no-control",
        default=True,
        help="Serve the control API under /_mock, to this machine only.",
    ),
    option(
        "--store",
        metavar="URL",
        default=DEFAULTS.store,
        callback=check_store,
        help="Where tasks and accounts are kept: memory, sqlite:PATH for a file that survives a"
        " restart, or redis://HOST:PORT/DB; rediss:// with TLS, unix:///PATH for a socket,"
        " redis+cluster:// and rediss+cluster:// for a cluster.",
    ),
    option(
        "--store-prefix",
        metavar="NAME",
        default=DEFAULTS.store_prefix,
        callback=check_prefix,
        help="Start the names of all keys in Redis with it: servers with another one share"
        " nothing.",
    ),
    option(
        "--workers",
        type=click.IntRange(1),
        default=1,
        help="Serve with this many processes. More than 1 need a --store that they can share.",
    ),
    option(
        "--metrics",
        is_flag=True,
        help="Serve /metrics for Prometheus, to this machine or with the control token.",
    ),
    option("--control-token", help="Serve /_mock also to other machines that send this token."),
    option(
        "--explain", is_flag=True, help="Name the injected fault in the response header Mock-Did."
    ),
    option(
        "--public-url",
        callback=check_url,
        help="Base of result URLs; default: the request's host.",
    ),
    option(
        "--cors",
        default=DEFAULTS.cors,
        type=click.Choice(CORS_MODES),
        help="Which web pages may call the API.",
    ),
    option(
        "--log-format",
        default="text",
        type=click.Choice(LOG_FORMATS),
        help="Log each request on standard error, without keys, prompts or media URLs.",
    ),
    option(
        "--fast-path/--no-fast-path",
        default=DEFAULTS.fast_path,
        help="Respond to ordinary requests without ASGI, or let Starlette handle every request.",
    ),
    option(
        "--keep-alive",
        metavar="SECONDS",
        default=KEEP_ALIVE,
        type=click.IntRange(1),
        help="Close a connection that has been idle for this long.",
    ),
    option(
        "--ready-file",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=require_ready_file,
        help="Also write the ready line, which is JSON, to this file or FIFO.",
    ),
    option(
        "--ready-format",
        type=click.Choice(ready.READY_FORMATS),
        help="Print the ready line for a script (json), or what a person needs (text). Default:"
        " text on a terminal, else json.",
    ),
    option(
        "--exit-with-parent",
        is_flag=True,
        help="Stop when the process that started the server is gone (not on Windows).",
    ),
    option(
        "--exit-with-stdin",
        is_flag=True,
        help="Stop when standard input ends: when the process at the other end of a pipe is gone.",
    ),
)
"""The options, in the order of the help."""


def serve_options(command: FunctionOrCommand) -> FunctionOrCommand:
    """Add the options to a command, as a decorator."""
    # The decorator that is applied last is the first in the help.
    for decorate in reversed(SERVE_OPTIONS):
        command = decorate(command)
    return command
