"""`seedance-mock check-client`: the options. What they lead to is in `checking`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from seedance_contract.client.selection import PROMISES, Profile

FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("check-client")
@click.argument("command", nargs=-1)
@click.option("--case", "cases", multiple=True, help="Only these, such as POLL-17 or 'DUP-*'.")
@click.option("--group", "groups", multiple=True, help="Only these groups, such as POLL.")
@click.option(
    "--profile",
    type=click.Choice(list(Profile), case_sensitive=False),
    help="Only what a profile needs: " + "; ".join(f"{p}: {t}" for p, t in PROMISES.items()) + ".",
)
@click.option("--core", is_flag=True, help="Only the core of the catalogue.")
@click.option("--list", "listing", is_flag=True, help="List the cases instead of running them.")
@click.option("--strict", is_flag=True, help="What SHOULD hold must hold.")
@click.option("--require-exercised", is_flag=True, help="Everything must be put to the test.")
@click.option(
    "--repeat",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Run each case so often; the worst counts.",
)
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a variable; {base_url} {api_key} {prompt} {model} {job} are filled in.",
)
@click.option(
    "--arg",
    "arguments",
    multiple=True,
    metavar="TEXT",
    help="Append to the command, with the same fields: --arg=--prompt={prompt}.",
)
@click.option("--baseline", type=READABLE, help="What is known to fail, in TOML.")
@click.option(
    "--json", type=FILE, help="Write JSON: the report with all that was recorded, or the --list."
)
@click.option("--junit", type=FILE, help="Write JUnit XML.")
@click.option("--markdown", type=FILE, help="Write a summary for the page of a CI job.")
@click.option("--html", type=FILE, help="Write a single page with every exchange.")
@click.option("--regrade", type=READABLE, help="Grade a JSON report anew; run nothing.")
@click.option(
    "--jobs", default=32, show_default=True, type=click.IntRange(1), help="Cases side by side."
)
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds for a case.")
@click.option(
    "--warp",
    default=1.0,
    show_default=True,
    type=click.FloatRange(1, 1000),
    help="Let time pass so much faster, through libfaketime where it is installed and works.",
)
@click.option("--pull", is_flag=True, help="Start nothing: the client fetches its cases by HTTP.")
@click.option(
    "--quiet",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="With --pull: seconds without a request after which a case has ended.",
)
@click.option("--port", default=0, type=click.IntRange(0, 65_535), help="With --pull: listen here.")
@click.option("--name", help="What the client is called in reports.")
def check_client(**choices: Any) -> None:
    """Run a client through scripted situations and grade what it does.

    \b
        seedance-mock check-client -- node my-client.js

    The client is started once for each case with TOKENLAB_BASE_URL and TOKENLAB_API_KEY, and
    with the job that it is to do, as JSON, in KIT_JOB. It exits with 0 where it considers the
    job done and with 127 where it cannot do such a thing.

    Exits with 0 where the client conforms, 1 where it does not, 2 for a wrong option, and 3
    where nothing could be found out: the client never came.
    """
    from seedance_mock.commands.client_run import Choices, checked

    sys.exit(checked(Choices(**choices)))
