"""Options from the environment: service links are ignored, errors name the variable."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click
import pytest
from click.testing import CliRunner, Result

from seedance_mock.commands.framework.environment import EnvironmentOption
from seedance_mock.commands.main import COMMANDS, main
from seedance_mock.server import run as server

RunWith = Callable[..., Result]


@pytest.fixture
def run_with() -> RunWith:
    """Give a function that runs the program in this process with environment variables."""

    def run_program(*arguments: str, **variables: str) -> Result:
        return CliRunner(env=variables).invoke(main, arguments)

    return run_program


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the ports on which servers were to listen. None of them listens."""
    ports: list[int] = []

    def listen(host: str, port: int) -> None:
        ports.append(port)
        raise OSError(0, "not here")

    monkeypatch.setattr(server, "listen_on_host", listen)
    return ports


@pytest.mark.parametrize(
    "value", ["tcp://10.0.0.5:8000", "udp://10.0.0.5:53", "tcp://[fd00::5]:8000", "sctp://a:1"]
)
def test_a_service_link_is_ignored(value: str, ports: list[int], run_with: RunWith) -> None:
    ended = run_with("serve", SEEDANCE_MOCK_PORT=value)

    assert ports == [8000]
    assert f"Warning: SEEDANCE_MOCK_PORT={value} is ignored" in ended.stderr


def test_a_command_line_option_wins_over_a_service_link(
    ports: list[int], run_with: RunWith
) -> None:
    ended = run_with("serve", "--port", "9000", SEEDANCE_MOCK_PORT="tcp://10.0.0.5:8000")

    assert ports == [9000]
    assert "Warning" not in ended.stderr


def options_with_variables() -> Iterator[tuple[str, click.Option]]:
    """Yield each option that the environment can set, with its command."""
    for name in COMMANDS:
        context = click.Context(main)
        command = main.get_command(context, name)
        assert command is not None
        prefix = command.context_settings.get("auto_envvar_prefix")
        for option in command.params:
            if isinstance(option, click.Option) and (prefix or option.envvar):
                yield name, option


def test_every_option_with_a_variable_is_an_environment_option() -> None:
    options = list(options_with_variables())

    assert {name for name, _ in options} == {"check-server", "serve"}
    assert [option for _, option in options if not isinstance(option, EnvironmentOption)] == []


@pytest.mark.parametrize(
    "option",
    [
        option
        for name, option in options_with_variables()
        # A token may be any text.
        if name == "serve" and option.name != "control_token"
    ],
    ids=lambda option: option.opts[0],
)
def test_an_error_names_the_variable(
    option: click.Option, ports: list[int], run_with: RunWith
) -> None:
    variable = f"SEEDANCE_MOCK_{str(option.name).upper()}"

    ended = run_with("serve", **{variable: "no/such value"})

    assert f"(from the environment variable {variable})" in " ".join(ended.stderr.split())


def test_an_address_in_use_names_the_variable(ports: list[int], run_with: RunWith) -> None:
    ended = run_with("serve", SEEDANCE_MOCK_PORT="9001")

    assert ended.exit_code == 3
    assert "port 9001 (from the environment variable SEEDANCE_MOCK_PORT): not here" in ended.stderr


def test_a_value_of_the_command_line_names_no_variable(run_with: RunWith) -> None:
    ended = run_with("serve", "--port", "x", SEEDANCE_MOCK_PORT="9000")

    assert "environment variable" not in ended.stderr
