"""A group of commands that imports a command when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group of commands. `lazy_commands` maps each name to a "module:function"."""

    def __init__(self, *args: Any, lazy_commands: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._lazy_commands = lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(self._lazy_commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of the arguments. A mistyped one is an error with the nearest name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            # click knows the names of commands that are loaded, which none of these is.
            nearest = get_close_matches(args[0], self._lazy_commands, n=1)
            if not nearest:
                raise
            ctx.fail(f"No such command {args[0]!r}. Did you mean {nearest[0]!r}?")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None if there is none of this name."""
        # `--help` of the group calls this for every command, to print the first lines of their
        # help texts, and so imports them all. Every other call imports one command.
        if cmd_name not in self._lazy_commands:
            return None
        module, _, function = self._lazy_commands[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), function)
        return command
