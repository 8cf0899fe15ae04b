"""A group of commands of which some are loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click

LATER: Mapping[str, str] = MappingProxyType(
    {
        "check-client": "seedance_mock.commands.check_client:check_client",
        "check-server": "seedance_mock.commands.check_server:check_server",
        "diff": "seedance_mock.commands.reports:diff",
        "drift": "seedance_mock.commands.drift:drift_command",
        "explain": "seedance_mock.commands.reports:explain",
        "report": "seedance_mock.commands.reports:report",
    }
)
"""Name of a command to where it is. A server that starts need not wait for them."""


class LazyCommands(click.Group):
    """A group that has the commands of `LATER` too."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the name of every command."""
        return sorted({*self.commands, *LATER})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None where there is none of that name."""
        if cmd_name not in LATER:
            return super().get_command(ctx, cmd_name)
        module, _, name = LATER[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command
