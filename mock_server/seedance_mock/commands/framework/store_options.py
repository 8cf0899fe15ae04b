"""What commands with a store check of its options."""

from __future__ import annotations

import click

from seedance_mock.settings import is_store_prefix


def check_prefix(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the prefix of the keys in Redis. Raises BadParameter if it is not allowed."""
    if not is_store_prefix(value):
        raise click.BadParameter("give 1 to 64 letters, digits and any of . _ : -")
    return value
