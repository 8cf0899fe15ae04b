"""What commands with a store check of its options."""

from __future__ import annotations

import os
from importlib.util import find_spec

import click

from seedance_mock.commands.framework.environment import VARIABLE_PREFIX
from seedance_mock.settings import (
    MEMORY,
    REDIS_SCHEMES,
    SHARED_STORE_FORMS,
    is_store_prefix,
    store_url_problem,
)

STORE_VARIABLE = f"{VARIABLE_PREFIX}_STORE"
"""The environment variable of `serve --store`."""

PREFIX_VARIABLE = f"{STORE_VARIABLE}_PREFIX"
"""The environment variable of `serve --store-prefix`."""


def check_store(context: click.Context, parameter: click.Parameter, url: str) -> str:
    """Return the URL of a store.

    Raises BadParameter if it is none, MissingExtra if its library is not installed.
    """
    problem = store_url_problem(url)
    if problem is not None:
        raise click.BadParameter(problem)
    _require_library(url)
    return url


def shared_store_url(url: str | None) -> str:
    """Return the URL of a store outside the memory of a process: an argument, or the variable.

    Raises UsageError if there is none, BadParameter if it is wrong or the memory, MissingExtra if
    its library is not installed.
    """
    hint = "URL" if url else f"the environment variable {STORE_VARIABLE}"
    url = url or os.environ.get(STORE_VARIABLE)
    if not url:
        raise click.UsageError(f"Missing argument 'URL': give it, or set {STORE_VARIABLE}.")
    problem = store_url_problem(url, SHARED_STORE_FORMS)
    if url == MEMORY:
        forms = ", ".join(SHARED_STORE_FORMS)
        problem = f"the memory of a server cannot be reached from here; give one of {forms}"
    if problem is not None:
        raise click.BadParameter(problem, param_hint=hint)
    _require_library(url)
    return url


def _require_library(url: str) -> None:
    if url.startswith(REDIS_SCHEMES) and find_spec("redis") is None:
        # Only here: a server that starts does not need it.
        from seedance_mock.commands.framework.extras import MissingExtra

        raise MissingExtra("a store in Redis needs the library redis", "redis")


def check_prefix(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the prefix of the keys in Redis. Raises BadParameter if it is not allowed."""
    if not is_store_prefix(value):
        raise click.BadParameter("give 1 to 64 letters, digits and any of . _ : -")
    return value
