"""The group of commands: its list, its version, and that it loads one command only."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable

import pytest
from click import Context
from click.testing import Result

from seedance_mock.commands.main import COMMANDS, main

Run = Callable[..., Result]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded(name: str) -> None:
    command = main.get_command(Context(main), name)

    assert command is not None
    assert command.name == name
    assert command.help


def test_an_unknown_command_is_none() -> None:
    assert main.get_command(Context(main), "nothing") is None


def test_a_mistyped_command_is_corrected(run: Run) -> None:
    assert "No such command 'serv'. Did you mean 'serve'?" in run("serv").stderr
    assert run("nothing-like-it").exit_code == run("--serve").exit_code == 2


def test_help_lists_every_command(run: Run) -> None:
    output = run("--help").stdout

    assert [name for name in COMMANDS if f"\n  {name} " not in output] == []


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version").stdout.startswith("seedance-mock, version ")


def loaded_modules(program: str) -> set[str]:
    """Return the modules of this project that a Python program loads."""
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; {program}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in ended.stdout.split() if name.startswith("seedance_")}


def test_the_group_loads_no_command() -> None:
    assert loaded_modules("import seedance_mock.commands.main") == {
        "seedance_mock",
        "seedance_mock.commands",
        "seedance_mock.commands.framework",
        "seedance_mock.commands.framework.exit_codes",
        "seedance_mock.commands.framework.lazy_group",
        "seedance_mock.commands.main",
        "seedance_mock.commands.framework.program",
    }


def test_serve_loads_only_what_a_server_needs() -> None:
    modules = loaded_modules(
        "from click import Context; from seedance_mock.commands.main import main;"
        " main.get_command(Context(main), 'serve');"
        " import seedance_mock.server.run, seedance_mock.web.app;"
        " seedance_mock.web.app.create_app()"
    )

    assert {name for name in modules if name.startswith("seedance_mock.commands.")} == {
        "seedance_mock.commands.framework",
        "seedance_mock.commands.framework.environment",
        "seedance_mock.commands.framework.exit_codes",
        "seedance_mock.commands.framework.lazy_group",
        "seedance_mock.commands.main",
        "seedance_mock.commands.framework.program",
        "seedance_mock.commands.framework.store_options",
        "seedance_mock.commands.serve",
        "seedance_mock.commands.serve.command",
        "seedance_mock.commands.serve.option_checks",
        "seedance_mock.commands.serve.options",
    }
    # Each of them is imported by the first request that needs it.
    unused = (
        "seedance_contract.case",
        "seedance_contract.client",
        "seedance_contract.declared.materials.requests",
        "seedance_contract.declared.v3.rules.v3_rules",
        "seedance_contract.derived.catalogue",
        "seedance_contract.derived.openapi",
        "seedance_contract.derived.v3",
        "seedance_contract.reports",
        "seedance_contract.server",
        "seedance_fixtures",
        "seedance_mock.live_checks",
        "seedance_mock.service.v3_tasks",
        "seedance_mock.stores.redis",
        "seedance_mock.stores.sqlite",
        "seedance_mock.testing",
        "seedance_mock.web.control.openapi",
        "seedance_mock.web.control.endpoints.accounts",
        "seedance_mock.web.endpoints.assets",
        "seedance_mock.web.endpoints.materials",
        "seedance_mock.web.v3",
    )
    assert [name for name in modules if name.startswith(unused)] == []


def test_a_worker_imports_the_program_without_running_it() -> None:
    module = importlib.import_module("seedance_mock.__main__")

    assert module.main is main
