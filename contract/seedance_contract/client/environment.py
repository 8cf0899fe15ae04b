"""The interface to a client process: its environment variables, arguments and outcome line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from string import Formatter
from typing import Any

from seedance_contract.client.job_fields import FIELD_NAMES, passed_fields


class TemplateError(ValueError):
    """A template contains an unknown field or a brace without meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappings:
    """Templates for a client that expects other variables, or arguments.

    Args:
        variables: names and templates of environment variables, such as
            ("OPENAI_BASE_URL", "{base_url}/v1").
        arguments: templates to append to the command, such as "--prompt={prompt}".

    A variable or an argument with a field that a job has no value for is left out.
    """

    variables: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Validate the templates. Raises TemplateError."""
        # A typo must be reported once, before the run, and not in every case.
        for template in (*(value for _, value in self.variables), *self.arguments):
            _require_known_fields(template)

    @property
    def shows_key(self) -> bool:
        """Whether the kit itself puts the API key into the arguments."""
        return any("api_key" in _fields(template) for template in self.arguments)

    @property
    def passed_fields(self) -> tuple[str, ...] | None:
        """The parts of the job that the client receives; None if it reads all of `KIT_JOB`."""
        templates = (*(value for _, value in self.variables), *self.arguments)
        return passed_fields([name for template in templates for name in _fields(template)])


def _fields(template: str) -> list[str]:
    """Return the names of the fields of a template. Raises ValueError."""
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def _require_known_fields(template: str) -> None:
    """Raise TemplateError for an unknown field or a brace without meaning."""
    try:
        names = _fields(template)
        template.format_map(dict.fromkeys(names, ""))
    # A lone brace, and an attribute or a conversion of a field.
    except (KeyError, ValueError, AttributeError, IndexError):
        raise TemplateError(f"{template!r}: a brace begins a field; {_field_list()}") from None
    for name in names:
        if name not in FIELD_NAMES:
            near = get_close_matches(name, FIELD_NAMES, 1)
            advice = f"did you mean {{{near[0]}}}?" if near else _field_list()
            raise TemplateError(f"{template!r}: there is no field {{{name}}}; {advice}")


def _field_list() -> str:
    return f"the fields are {' '.join(f'{{{name}}}' for name in FIELD_NAMES)}"


def _fill(template: str, values: Mapping[str, str]) -> str | None:
    """Return a template with its fields replaced; None if a field has no value."""
    return template.format_map(values) if values.keys() >= set(_fields(template)) else None


def environment_variables(mappings: Mappings, values: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables of a client.

    Args:
        mappings: the templates.
        values: the values of the fields in this case, as `job_fields.field_values` returns them.
    """
    own_variables = {name: _fill(template, values) for name, template in mappings.variables}
    return {
        "TOKENLAB_BASE_URL": values["base_url"],
        "TOKENLAB_API_KEY": values["api_key"],
        "KIT_CASE": values["case"],
        "KIT_JOB": values["job"],
        "KIT_STATE_DIR": values["state_dir"],
        **{name: value for name, value in own_variables.items() if value is not None},
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


def command_line(
    command: Sequence[str], mappings: Mappings, values: Mapping[str, str]
) -> list[str]:
    """Return the command line of a client. The arguments are those of `environment_variables`."""
    words = list(command)
    option = ""
    for template in mappings.arguments:
        value = _fill(template, values)
        if value is not None:
            words.append(value)
        elif option and template.startswith("{"):
            # `--arg=--image --arg={image_url}`: the option means nothing without its value.
            words.pop()
        option = template if _is_lone_option(template) else ""
    return words


def _is_lone_option(template: str) -> bool:
    """Return whether an argument is an option such as "--image", without a value of its own."""
    return template.startswith("-") and "=" not in template and not _fields(template)


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
