"""The checks of the values of `serve`'s options, as callbacks of click."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from pathlib import Path

import click

from seedance_contract.declared.models import MODELS
from seedance_mock.domain.accounts import KEY_PATTERN
from seedance_mock.settings import AMOUNT_LIMITS, is_amount, is_http_url, unknown_models


def check_keys(
    context: click.Context, parameter: click.Parameter, keys: tuple[str, ...]
) -> frozenset[str]:
    """Return API keys as a set. Raises BadParameter if one of them is no API key."""
    for key in keys:
        if re.fullmatch(KEY_PATTERN, key) is None:
            # The message does not repeat the key: it may be a real one, and logs keep messages.
            raise click.BadParameter("an API key starts with sk-")
    return frozenset(keys)


def check_url(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    """Return a base URL without a slash at its end. Raises BadParameter if it is no URL."""
    if url is not None and not is_http_url(url):
        raise click.BadParameter("give a URL such as https://mock.example.com")
    # Result URLs are this URL and a path, which starts with a slash.
    return url.rstrip("/") if url else None


def check_hosts(
    context: click.Context, parameter: click.Parameter, hosts: tuple[str, ...]
) -> tuple[str, ...]:
    """Return host names. Raises BadParameter for anything else."""
    for host in hosts:
        # A URL or a port would never equal the host of a callback, and so allow nothing.
        if re.fullmatch(r"[\w.-]+|[0-9a-fA-F:]+", host) is None:
            raise click.BadParameter(f"{host} is no host name; give it without scheme and port")
    return hosts


def check_finite(
    context: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    """Return a number that is neither negative nor infinite. Raises BadParameter."""
    if value is not None and not (math.isfinite(value) and value >= 0):
        raise click.BadParameter("give a number, 0 or more")
    return value


def parse_amount(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> Decimal | None:
    """Return an amount of USD. Raises BadParameter if the text is none."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not is_amount(amount):
        raise click.BadParameter(f"give a number, {AMOUNT_LIMITS}")
    return amount


def parse_models(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> tuple[str, ...]:
    """Return names and patterns of models. Raises BadParameter for one that no model has."""
    if text is None:
        return ()
    names = tuple(name.strip() for name in text.split(","))
    if unknown := unknown_models(names):
        known = ", ".join(MODELS)
        raise click.BadParameter(
            f"no model is named {', '.join(map(repr, unknown))}; the models are {known},"
            " and * stands for any text"
        )
    return names


def is_local_host(host: str) -> bool:
    """Return whether only this machine can connect to an address or name to listen on."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def require_ready_file(
    context: click.Context, parameter: click.Parameter, path: Path | None
) -> Path | None:
    """Return a path that the ready line can be written to. Raises BadParameter."""
    if path is not None and not path.absolute().parent.is_dir():
        raise click.BadParameter("its folder does not exist")
    # A character device such as /dev/null or a terminal can be written to. A line written to a
    # block device would destroy its content.
    kinds = (Path.is_file, Path.is_fifo, Path.is_char_device)
    if path is not None and path.exists() and not any(is_kind(path) for is_kind in kinds):
        raise click.BadParameter("it is neither a regular file nor a FIFO")
    return path
