"""The options of `seedance-mock check-client`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from seedance_contract.declared.dialects import DIALECTS, V1
from seedance_mock.commands.check_client.explore_options import ExplorationOptions, explore_options
from seedance_mock.commands.framework.extras import MissingExtra
from seedance_mock.commands.framework.suite_options import INPUT_FILE, SuiteOptions, suite_options

if TYPE_CHECKING:
    from seedance_mock.commands.check_client.options import ClientRunOptions


@click.command("check-client")
@click.argument("command", nargs=-1)
@suite_options("client")
@click.option(
    "--dialect",
    type=click.Choice([dialect.name for dialect in DIALECTS]),
    default=V1.name,
    show_default=True,
    help="The dialect of the API that the client speaks: the cases of its routes.",
)
@click.option("--core", is_flag=True, help="Only the core cases.")
@click.option(
    "--repeat",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Run each case this many times; the worst result counts.",
)
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a variable; fields such as {base_url} {api_key} {prompt} {duration} are replaced.",
)
@click.option(
    "--arg",
    "arguments",
    multiple=True,
    metavar="TEXT",
    help="Append to the command; the same fields are replaced: --arg=--prompt={prompt}.",
)
@click.option("--regrade", type=INPUT_FILE, help="Grade a JSON report again; run nothing.")
@click.option(
    "--jobs",
    default=32,
    show_default=True,
    type=click.IntRange(1),
    help="Run this many cases at the same time.",
)
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds for a case.")
@click.option(
    "--warp",
    default=1.0,
    show_default=True,
    type=click.FloatRange(1, 1000),
    help="Speed up the time of the client by this factor, if libfaketime is installed and works.",
)
@click.option("--pull", is_flag=True, help="Start no client: the client fetches its cases by HTTP.")
@click.option(
    "--idle",
    "idle_seconds",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="With --pull: end a case after this many seconds without a request.",
)
@click.option("--port", default=0, type=click.IntRange(0, 65_535), help="With --pull: listen here.")
@explore_options
def check_client_command(**choices: Any) -> None:
    """Run a client against scripted responses and grade what it does.

    \b
        seedance-mock check-client -- node my-client.js

    The client is started once for each case. It reads TOKENLAB_BASE_URL and TOKENLAB_API_KEY, and
    its job, as JSON, from KIT_JOB. It exits with 0 if it considers the job done, and with 127 if
    it does not support such a job.

    The exit code is 0 if the client conforms, 1 if it does not, 2 for a wrong option, 3 if there is
    no result, because the client sent no request or a case is BROKEN, and 130 after Ctrl-C. The
    reports are then partial, and marked as such. A case is BROKEN if the client ended before its
    first request, or if the check itself failed: read the reason, and run the case alone.
    """
    # The run imports the servers and the catalogue, which --help does not need.
    from seedance_mock.commands.check_client.options import ClientRunOptions
    from seedance_mock.commands.check_client.run import run_check_client

    suite, exploration = SuiteOptions.take(choices), ExplorationOptions.take(choices)
    options = ClientRunOptions(suite=suite, **choices)
    if exploration.explore:
        sys.exit(_explore(options, exploration))
    if option := exploration.given_option:
        raise click.UsageError(f"{option} needs --explore")
    sys.exit(run_check_client(options))


def _explore(options: ClientRunOptions, exploration: ExplorationOptions) -> int:
    if options.dialect != V1.name:
        raise click.UsageError(f"--explore has no situations for --dialect {options.dialect}")
    try:
        from seedance_mock.commands.check_client.explore import run_exploration
    except ModuleNotFoundError as error:
        raise MissingExtra(f"--explore needs {error.name}", "kit") from None
    return run_exploration(options, exploration)
