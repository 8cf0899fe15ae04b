"""The interface to a client process: its environment variables, arguments and outcome line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedance_contract.client.arena import Assignment

TEMPLATE_FIELDS = ("base_url", "api_key", "prompt", "model", "job")
"""The fields that templates of variables and arguments may contain, in braces."""


class TemplateError(ValueError):
    """A template contains an unknown field or a brace without meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappings:
    """Templates for a client that expects other variables, or arguments.

    Args:
        variables: names and templates of environment variables, such as
            ("OPENAI_BASE_URL", "{base_url}/v1").
        arguments: templates to append to the command, such as "--prompt={prompt}".
    """

    variables: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Validate the templates. Raises TemplateError."""
        # A typo must be reported once, before the run, and not in every case.
        for template in (*(value for _, value in self.variables), *self.arguments):
            fill_template(template, dict.fromkeys(TEMPLATE_FIELDS, ""))

    @property
    def shows_key(self) -> bool:
        """Whether the kit itself puts the API key into the arguments."""
        return any("{api_key}" in template for template in self.arguments)


def fill_template(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its fields replaced. Raises TemplateError."""
    try:
        return template.format_map(values)
    except (KeyError, ValueError, IndexError, AttributeError):
        fields = " ".join(f"{{{name}}}" for name in TEMPLATE_FIELDS)
        raise TemplateError(f"{template!r} may have these fields: {fields}") from None


def template_values(assignment: Assignment) -> dict[str, str]:
    """Return the values of `TEMPLATE_FIELDS` for a case."""
    request = assignment.job["request"]
    return {
        "base_url": assignment.base_url,
        "api_key": assignment.secret.key,
        "prompt": request["prompt"],
        "model": request["model"],
        "job": json.dumps(assignment.job),
    }


def environment_variables(
    assignment: Assignment, state: Path, mappings: Mappings
) -> dict[str, str]:
    """Return the environment variables of a client in a case."""
    values = template_values(assignment)
    return {
        "TOKENLAB_BASE_URL": values["base_url"],
        "TOKENLAB_API_KEY": values["api_key"],
        "KIT_CASE": assignment.client_case.id,
        "KIT_JOB": values["job"],
        "KIT_STATE_DIR": str(state),
        **{name: fill_template(template, values) for name, template in mappings.variables},
    }


LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1", "127.0.0.2")
"""The hosts at which an arena may serve a case and the files of its results."""


def bypass_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with `LOCAL_HOSTS` added to NO_PROXY and no_proxy.

    A proxy does not reach the loopback addresses of this machine, and must not see the traffic.
    """
    upper, lower = environment.get("NO_PROXY", ""), environment.get("no_proxy", "")
    # Programs differ in which of the two they read, and some read the other one if it is missing.
    return {
        **environment,
        "NO_PROXY": _with_local_hosts(upper or lower),
        "no_proxy": _with_local_hosts(lower or upper),
    }


def _with_local_hosts(hosts: str) -> str:
    # An asterisk means every host, but only if nothing else is there.
    if hosts.strip() == "*":
        return hosts
    return ",".join([*filter(None, [hosts.strip().rstrip(",")]), *LOCAL_HOSTS])


def command_line(command: Sequence[str], assignment: Assignment, mappings: Mappings) -> list[str]:
    """Return the command line of a client in a case."""
    values = template_values(assignment)
    return [*command, *(fill_template(template, values) for template in mappings.arguments)]


def parse_outcome(stdout: str) -> dict[str, Any] | None:
    """Return the outcome line: the last line that is a JSON object with "kit": 1."""
    return next(_parse_outcomes(reversed(stdout.splitlines())), None)


def _parse_outcomes(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            outcome = json.loads(line)
        except ValueError:
            continue
        if isinstance(outcome, dict) and outcome.get("kit") == 1:
            yield outcome
