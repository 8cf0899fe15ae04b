"""What commands with a store check of its options."""

from __future__ import annotations

import click

from seedance_mock.settings import STORE_FORMS, is_store_prefix, is_store_url


def check_store(context: click.Context, parameter: click.Parameter, url: str) -> str:
    """Return the URL of a store. Raises BadParameter if it is none."""
    if not is_store_url(url):
        raise click.BadParameter(f"give one of {', '.join(STORE_FORMS)}")
    return url


def check_prefix(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the prefix of the keys in Redis. Raises BadParameter if it is not allowed."""
    if not is_store_prefix(value):
        raise click.BadParameter("give 1 to 64 letters, digits and any of . _ : -")
    return value
