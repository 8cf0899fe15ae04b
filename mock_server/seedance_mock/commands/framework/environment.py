"""Options that environment variables can set. Errors name the variable of a wrong value."""

from __future__ import annotations

import re

import click
from click.core import ParameterSource

VARIABLE_PREFIX = "SEEDANCE_MOCK"
"""What the environment variables of the options of `serve` start with."""

# Beside a Service named seedance-mock, Kubernetes sets SEEDANCE_MOCK_PORT=tcp://10.0.0.5:8000 in
# every container, as Docker does for --link. Nobody can mean that as the value of an option.
SERVICE_LINK = re.compile(r"(tcp|udp|sctp)://[^\s/]+:\d+")
"""Matches the value of an environment variable that describes a service."""


class EnvironmentOption(click.Option):
    """An option that an environment variable can set."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the value of the variable; None if there is none, or if it is a service link."""
        value = super().resolve_envvar_value(ctx)
        if value is None or SERVICE_LINK.fullmatch(value) is None:
            return value
        name = variable_name(ctx, self)
        click.echo(
            f"Warning: {name}={value} is ignored: it describes a service, as Kubernetes and Docker"
            f" set it. {self.opts[0]} sets the option; enableServiceLinks: false in the pod"
            " avoids the variable.",
            err=True,
        )
        return None

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return the name of the option for an error, with the variable that its value is from."""
        # Not of `click.Option`, which names the variable also if the value is from elsewhere.
        hint = click.Parameter.get_error_hint(self, ctx)
        return hint if ctx is None else hint + variable_note(ctx, self)


def variable_name(context: click.Context, option: click.Option) -> str:
    """Return the name of the environment variable of an option."""
    if isinstance(option.envvar, str):
        return option.envvar
    return f"{context.auto_envvar_prefix}_{str(option.name).upper()}"


def variable_note(context: click.Context, option: click.Option) -> str:
    """Return a note for an error if the value of an option is from the environment."""
    if context.get_parameter_source(str(option.name)) is not ParameterSource.ENVIRONMENT:
        return ""
    return f" (from the environment variable {variable_name(context, option)})"


def variable_notes(context: click.Context, *names: str) -> str:
    """Return the notes of the options with these parameter names, joined."""
    options = [option for option in context.command.params if option.name in names]
    return "".join(
        variable_note(context, option) for option in options if isinstance(option, click.Option)
    )
