"""What the checks need before they run: a server that can be reached, keys, a budget."""

from __future__ import annotations

import ipaddress
import secrets
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace
from decimal import Decimal
from statistics import median
from urllib.parse import urlsplit

import click

from seedance_contract.case import Mismatch
from seedance_contract.declared.examples import EXAMPLE_TASK_ID
from seedance_contract.declared.routes import LIST_MODELS, READ
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.http.exchange import SentRequest
from seedance_contract.server.http.target import Target
from seedance_contract.server.http.transport import Deadline, Transport
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_mock.commands.check_server.control_adapter import find_control_adapter
from seedance_mock.commands.framework.environment import variable_notes
from seedance_mock.commands.framework.exit_codes import ExitCode

KEY_NEEDED = "accepts known keys only: pass --key"

QUICK_RUN, FULL_RUN = (45.0, 5_800), (120.0, 16_600)
"""The seconds of computing and the number of requests of a run, with and without --quick.

The seconds are four times those on a machine with nothing else to do: 11 and 27.
"""

SECONDS_PER_REQUEST = 0.0025
"""The seconds that this machine computes for each request of a run."""

MIN_CONCURRENCY, MAX_CONCURRENCY = 3, 16
"""The limits of the number of checks that run at the same time, unless --concurrency is given."""

LATENCY_SAMPLES, MAX_LATENCY_SECONDS = 5, 5.0
"""How many requests measure the latency, and the seconds after which no further one is sent."""

QUICK_EXAMPLES, FULL_EXAMPLES = 6, 20
"""The number of examples for each property, with and without --quick."""


def make_context(
    url: str,
    *,
    key: str | None,
    other_key: str | None,
    quick: bool,
    seed: int,
    spend: float | None,
    task_timeout: float,
    control_token: str | None,
    concurrency: int | None,
    time_limit: float | None,
) -> CheckContext:
    """Return the context of the checks. Exits if the server cannot be reached or used."""
    # Through str: Decimal(0.1) is a little more than 0.1.
    limit = None if is_local(url) else Decimal(str(spend or 0))
    monitor = ResponseMonitor()
    transport = Transport(concurrency=concurrency or MAX_CONCURRENCY)
    try:
        target = Target(url, Budget(limit), monitor, transport)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    _require_access(target, key)
    control = find_control_adapter(url, control_token, transport)
    response_seconds = latency(target.url, transport)
    context = CheckContext(
        target=target,
        keys=KeyPool(key, other_key, run_id=secrets.token_hex(4)),
        monitor=monitor,
        control=control,
        max_examples=QUICK_EXAMPLES if quick else FULL_EXAMPLES,
        seed=seed,
        task_timeout=task_timeout,
        concurrency=concurrency or suitable_concurrency(response_seconds),
    )
    seconds = time_limit or 2 * healthy_seconds(
        response_seconds,
        concurrency=context.effective_concurrency,
        quick=quick,
        task_timeout=0.0 if control is not None else task_timeout,
    )
    transport.deadline = Deadline(at=time.monotonic() + seconds, limit_seconds=seconds)
    return context


def release_accounts(context: CheckContext, control_token: str | None) -> None:
    """Close the accounts of the given keys after the run, so that their clocks go on.

    Whoever gave a key goes on to use it, and a task of a stopped clock never ends.
    """
    # After Ctrl-C the connections of the run send nothing more.
    with closing(Transport()) as transport, suppress(UnreachableError):
        control = find_control_adapter(context.target.url, control_token, transport)
        replace(context, control=control).close_shared_accounts()


def latency(url: str, transport: Transport) -> float:
    """Return the seconds that a response takes, the median of a few."""
    # The list of models is free, and needs no key.
    request = SentRequest(
        method=LIST_MODELS.method, path=LIST_MODELS.path, url=url + LIST_MODELS.path, headers={}
    )
    seconds: list[float] = []
    while len(seconds) < LATENCY_SAMPLES and sum(seconds) < MAX_LATENCY_SECONDS:
        started = time.monotonic()
        with suppress(UnreachableError, Mismatch):
            transport.send(request)
        seconds.append(time.monotonic() - started)
    return median(seconds)


def suitable_concurrency(latency: float) -> int:
    """Return how many checks keep this machine busy while they wait for responses.

    More would only disturb each other: Python computes in one thread at a time.
    """
    waiting = round(latency / SECONDS_PER_REQUEST)
    return min(max(MIN_CONCURRENCY, 1 + waiting), MAX_CONCURRENCY)


def healthy_seconds(latency: float, *, concurrency: int, quick: bool, task_timeout: float) -> float:
    """Return how long a run takes at most if the server is healthy.

    It is what this machine needs, the time that the requests wait for their responses, and the time
    that a task may take if its clock cannot be moved.
    """
    machine_seconds, requests = QUICK_RUN if quick else FULL_RUN
    return machine_seconds + requests * latency / concurrency + task_timeout


def is_local(url: str) -> bool:
    """Return whether the host of a URL is this machine, without a name lookup."""
    # The name decides and no lookup does: what a name resolves to can change during a run, and a
    # server that is taken for local receives billed requests.
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_access(target: Target, key: str | None) -> None:
    """Exit if the server does not respond, or raise UsageError if it does not accept the key."""
    sent_key = key or "sk-check-" + secrets.token_hex(4)
    try:
        # A poll of an unknown task is free and needs a key.
        response = target.send("GET", READ.path.format(id=EXAMPLE_TASK_ID), key=sent_key)
    except UnreachableError as error:
        click.echo(f"{target.url} cannot be reached: {error}", err=True)
        sys.exit(ExitCode.NO_RESULT)
    except Mismatch:
        # It sends something, and the checks say what is wrong with it.
        return
    if response.status == 401:
        note = variable_notes(click.get_current_context(), "key")
        problem = f"does not accept this key{note}" if key else KEY_NEEDED
        raise click.UsageError(f"the server {problem}")
