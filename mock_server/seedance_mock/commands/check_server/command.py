"""The options of `seedance-mock check-server`."""

from __future__ import annotations

import sys
from typing import Any

import click

from seedance_mock.commands.framework.environment import EnvironmentOption
from seedance_mock.commands.framework.suite_options import SuiteOptions, suite_options


@click.command("check-server", context_settings={"max_content_width": 100})
@click.argument("url", required=False)
@suite_options("server")
@click.option(
    "--key",
    cls=EnvironmentOption,
    envvar="TOKENLAB_API_KEY",
    show_envvar=True,
    help="The API key to use; default: a made-up one.",
)
@click.option(
    "--other-key",
    help="A key of another workspace, for the checks that tasks of workspaces are separate.",
)
@click.option("--quick", is_flag=True, help="Use fewer examples: within 15 s instead of 60.")
@click.option("--seed", default=0, show_default=True, help="Generate other examples.")
@click.option(
    "--spend-at-most",
    "spend",
    type=click.FloatRange(0),
    metavar="USD",
    help="Allow billed requests to a server on another machine, up to this estimated cost.",
)
@click.option(
    "--patience",
    "task_timeout",
    default=60.0,
    show_default=True,
    help="Seconds to wait until a task ends.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    help="How many checks run at the same time; default: 3 to 16, by the measured latency.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="End the run after this time; default: twice what a healthy server needs.",
)
@click.option("--control-token", help="The --control-token of the mock, if it has one.")
def check_server_command(url: str | None, **choices: Any) -> None:
    """Check the server at URL against the contract, and report every difference.

    A failure shows what is expected, the response, and how to reproduce it with curl.

    The exit code is 0 if the server conforms, 1 if it does not, 2 for wrong usage, 3 if the server
    cannot be reached or a case is BROKEN, and 130 after Ctrl-C. The reports are then partial, and
    marked as such. A case is BROKEN if it got no response, or if the check itself failed: read the
    reason, and run the case alone.

    A server on another machine may cost money. It receives no request that would be billed, unless
    --spend-at-most allows it.
    """
    # The run needs libraries of an extra, and --help must work without them.
    from seedance_mock.commands.check_server.run import run_check_server

    suite = SuiteOptions.take(choices)
    sys.exit(run_check_server(url, suite, choices))
