"""`seedance-mock completion`: print the script that completes command lines in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")

PROGRAM_NAME = "seedance-mock"

COMPLETE_VARIABLE = "_SEEDANCE_MOCK_COMPLETE"
"""The variable by which the script asks the program for completions, as click derives it."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and their values in SHELL.

    \b
        bash   eval "$(seedance-mock completion bash)"            in ~/.bashrc
        zsh    eval "$(seedance-mock completion zsh)"             in ~/.zshrc
        fish   seedance-mock completion fish | source             in ~/.config/fish/config.fish
    """
    completion_class = get_completion_class(shell)
    assert completion_class is not None, "click knows these shells"
    program = context.find_root().command
    click.echo(completion_class(program, {}, PROGRAM_NAME, COMPLETE_VARIABLE).source())
