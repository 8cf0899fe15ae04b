"""What commands with a store check of its options."""

from __future__ import annotations

from importlib.util import find_spec

import click

from seedance_mock.settings import REDIS_SCHEMES, is_store_prefix, store_url_problem


def check_store(context: click.Context, parameter: click.Parameter, url: str) -> str:
    """Return the URL of a store.

    Raises BadParameter if it is none, MissingExtra if its library is not installed.
    """
    problem = store_url_problem(url)
    if problem is not None:
        raise click.BadParameter(problem)
    if url.startswith(REDIS_SCHEMES) and find_spec("redis") is None:
        # Only here: a server that starts does not need it.
        from seedance_mock.commands.framework.extras import MissingExtra

        raise MissingExtra("a store in Redis needs the library redis", "redis")
    return url


def check_prefix(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the prefix of the keys in Redis. Raises BadParameter if it is not allowed."""
    if not is_store_prefix(value):
        raise click.BadParameter("give 1 to 64 letters, digits and any of . _ : -")
    return value
