"""The tables about the command line: commands, options, help texts and exit codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import click

from seedance_contract.derived.tables import markdown_table
from seedance_mock.commands.docs_tables.cells import cell, code_list
from seedance_mock.commands.framework.environment import EnvironmentOption, variable_name
from seedance_mock.commands.framework.exit_codes import EXIT_CODE_MEANINGS, EXIT_CODES_OF_COMMANDS
from seedance_mock.commands.main import COMMANDS, main

HELP_WIDTH = 100
"""The width of a help text, in characters."""


def _command(name: str) -> click.Command:
    command = main.get_command(click.Context(main), name)
    assert command is not None, "the name is from the list of commands"
    return command


def commands_table() -> str:
    """Return the commands, with the first sentence of their help."""
    rows = ((f"`{name}`", cell(_command(name).get_short_help_str(200))) for name in COMMANDS)
    return markdown_table(("command", "does"), rows)


def help_pages() -> str:
    """Return what `--help` prints for each command, under a heading each."""
    return "\n\n".join(
        f"## {path}\n\n```text\n{context.get_help()}\n```"
        for path, context in _command_contexts(("seedance-mock",), None, main)
    )


def _command_contexts(
    path: tuple[str, ...], parent: click.Context | None, command: click.Command
) -> Iterator[tuple[str, click.Context]]:
    """Yield the path and the context of a command and of all commands below it."""
    # A fixed width: that of a terminal would make another page on each machine.
    settings = {**command.context_settings, "terminal_width": HELP_WIDTH}
    context = click.Context(command, parent, path[-1], **settings)
    yield " ".join(path), context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, "the name is from the list of commands"
            yield from _command_contexts((*path, name), context, below)


def exit_codes_table() -> str:
    """Return what each exit code means for every command."""
    rows = ((code.value, text) for code, text in EXIT_CODE_MEANINGS.items())
    return markdown_table(("code", "meaning"), rows)


def command_exit_codes_table() -> str:
    """Return what the exit codes of each command mean in particular."""
    rows = (
        (f"`{name}`", code.value, text)
        for name, meanings in EXIT_CODES_OF_COMMANDS.items()
        for code, text in meanings.items()
    )
    return markdown_table(("command", "code", "meaning"), rows)


def check_exit_codes_table() -> str:
    """Return what each exit code of the two suites means for a CI job."""
    columns = ("check-client", "check-server")
    rows = (
        (code.value, *(EXIT_CODES_OF_COMMANDS[name].get(code, text) for name in columns))
        for code, text in EXIT_CODE_MEANINGS.items()
    )
    return markdown_table(("code", *(f"`{name}`" for name in columns)), rows)


def options_table(name: str) -> str:
    """Return the arguments and options of a command, with environment variables if it has any."""
    command = _command(name)
    if isinstance(command, click.Group):
        return _group_table(command)
    head = ["option", "default", "effect"]
    rows = [
        [_usage(parameter), _default(parameter), cell(getattr(parameter, "help", None) or "")]
        for parameter in command.params
    ]
    context = click.Context(command, **command.context_settings)
    variables = [_variable(context, parameter) for parameter in command.params]
    if any(variables):
        head.insert(2, "environment variable")
        for row, variable in zip(rows, variables, strict=True):
            row.insert(2, f"`{variable}`" if variable else "–")
    return markdown_table(head, rows)


def _group_table(group: click.Group) -> str:
    """Return the commands of a group with their arguments and options."""
    rows = [
        (
            f"`{name}`",
            ", ".join(map(_usage, command.params)),
            cell(command.get_short_help_str(200)),
        )
        for name, command in group.commands.items()
    ]
    return markdown_table(("command", "arguments and options", "does"), rows)


def _variable(context: click.Context, parameter: click.Parameter) -> str | None:
    """Return the environment variable of a parameter; None if it has none."""
    if not isinstance(parameter, EnvironmentOption):
        return None
    return variable_name(context, parameter)


def _usage(parameter: click.Parameter) -> str:
    """Return how a parameter is written on the command line."""
    if isinstance(parameter, click.Argument):
        return f"`{parameter.human_readable_name}`"
    assert isinstance(parameter, click.Option)
    spelling = "/".join((*parameter.opts, *parameter.secondary_opts))
    if parameter.is_flag:
        return f"`{spelling}`"
    if isinstance(parameter.type, click.Choice):
        return f"`{spelling}` {code_list(parameter.type.choices)}"
    # The name of a range type is "integer range".
    value = parameter.metavar or parameter.type.name.partition(" ")[0].upper()
    return f"`{spelling} {value}`"


def _default(parameter: click.Parameter) -> str:
    # A flag without a default, an option that may be repeated and an option that is off differ
    # between versions of click (None, False, an empty tuple, a sentinel). None of them is a value.
    default = parameter.default
    is_shown = isinstance(default, str | int | float) and not isinstance(default, bool)
    return f"`{default}`" if is_shown and default != "" else "–"


def option_tables() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the name and the function of the table of options of each command."""
    for name in COMMANDS:
        yield f"options_{name.replace('-', '_')}", partial(options_table, name)
