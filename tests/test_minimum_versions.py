"""The lowest versions of the dependencies that pyproject.toml allows are enough."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
EXTRAS = ("httpx", "httpx2", "kit", "metrics", "redis", "respx", "yaml")

# What the tests themselves need, at any version.
TOOLS = ("pytest-xdist",)

SUBSET = (
    "tests/test_exchanges.py",
    "tests/howto",
    "tests/mock_server/server/test_fast_path.py",
    "tests/mock_server/server/test_fast_path_off.py",
    "tests/mock_server/server/test_protocol.py",
    "tests/mock_server/server/test_run.py",
    "tests/mock_server/server/test_stopping.py",
    "tests/mock_server/stores",
    "tests/mock_server/web/endpoints",
    "tests/mock_server/web/metrics",
    "tests/mock_server/testing/test_respx_router.py",
    "tests/mock_server/commands/check_server",
    "tests/mock_server/commands/framework/test_progress.py",
)


def lowest_versions() -> list[str]:
    """Return a constraint for each direct dependency, such as "starlette==1.7"."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = [each for name in EXTRAS for each in project["optional-dependencies"][name]]
    constraints = []
    for requirement in map(Requirement, [*project["dependencies"], *optional]):
        [bound] = [each for each in requirement.specifier if each.operator == ">="]
        constraints.append(f"{requirement.name}=={bound.version}")
    return constraints


def test_every_dependency_has_a_lowest_version() -> None:
    names = {constraint.partition("==")[0] for constraint in lowest_versions()}

    assert {"click", "hypothesis", "httpx2", "respx", "starlette", "uvicorn"} <= names


@pytest.mark.slow("minimum-versions")
def test_the_lowest_versions_are_enough(tmp_path: Path) -> None:
    constraints = tmp_path / "lowest.txt"
    constraints.write_text("\n".join(lowest_versions()))
    python = tmp_path / "venv/bin/python"
    package = f"{ROOT}[{','.join(EXTRAS)}]"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    install = ["-m", "pip", "install", "--quiet", "--constraint", str(constraints)]
    subprocess.run([python, *install, "--editable", package, *TOOLS], check=True, timeout=200)

    # Deprecations of old versions beside new transitive ones are no fault of this project.
    options = ["-q", "-n", "2", "-p", "no:cacheprovider", "-W", "default::DeprecationWarning"]
    tests = subprocess.run(
        [python, "-m", "pytest", *options, "-m", "not slow", *SUBSET],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=400,
    )

    assert tests.returncode == 0, tests.stdout[-5000:]
