"""A public name means one thing, and no folder of the server has too many modules."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PACKAGES = [
    "contract/seedance_contract",
    "fixtures/seedance_fixtures",
    "mock_server/seedance_mock",
]


def public_names(module: Path) -> Iterator[str]:
    """Yield the public classes and functions at the top level of a module."""
    for node in ast.parse(module.read_text()).body:
        match node:
            case (
                ast.ClassDef(name=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
            ):
                if not name.startswith("_"):
                    yield name


def defined_twice(package: Path) -> dict[str, list[str]]:
    """Return the names that several modules of a package define, each with the modules."""
    modules: defaultdict[str, list[str]] = defaultdict(list)
    for module in sorted(package.rglob("*.py")):
        for name in public_names(module):
            modules[name].append(module.relative_to(package).as_posix())
    return {name: found for name, found in modules.items() if len(set(found)) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_public_name_is_defined_once(package: str) -> None:
    assert defined_twice(ROOT / package) == {}


def test_a_second_definition_is_found(tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text("class Exchange: ...\ndef _private(): ...\n")
    (tmp_path / "second.py").write_text("async def Exchange(): ...\ndef _private(): ...\n")

    assert defined_twice(tmp_path) == {"Exchange": ["first.py", "second.py"]}


MAX_MODULES = 14
"""How many modules lie flat in a folder of the server: more are hard to find one's way in."""

SERVER = ROOT / "mock_server/seedance_mock"


@pytest.mark.parametrize(
    "folder",
    [path.parent for path in sorted(SERVER.rglob("__init__.py")) if path.parent != SERVER],
    ids=lambda path: path.relative_to(SERVER).as_posix(),
)
def test_a_folder_has_few_modules(folder: Path) -> None:
    modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]

    assert len(modules) <= MAX_MODULES, sorted(modules)
