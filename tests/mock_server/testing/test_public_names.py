"""`seedance_mock.testing`: its public names, loaded lazily, and the extras that they need."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedance_mock import testing

pytestmark = pytest.mark.usefixtures("unmeasured")

SOURCE = Path(str(testing.__file__)).read_text()


def type_checking_imports() -> Iterator[tuple[str, str]]:
    """Yield each name that type checkers import, with its module."""
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("seedance_mock"):
            for alias in node.names:
                yield alias.name, str(node.module)


def test_all_is_what_the_program_can_load() -> None:
    assert testing.__all__ == sorted(testing.MODULES)


def test_all_is_what_type_checkers_see() -> None:
    assert dict(type_checking_imports()) == testing.MODULES


@pytest.mark.parametrize("name", testing.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    value = getattr(testing, name)

    assert value.__module__ == testing.MODULES[name]
    assert value.__name__ == name


def test_no_other_name_can_be_imported() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Mock'"):
        _ = testing.Mock


def test_every_assertion_is_public() -> None:
    from seedance_mock.testing import assertions

    functions = {name for name in vars(assertions) if name.startswith("assert_")}

    assert functions == {name for name in testing.__all__ if name.startswith("assert_")}


def test_reading_what_dir_lists_loads_nothing() -> None:
    # freezegun does so with every module whenever it freezes the time.
    program = (
        "import sys; from seedance_mock import testing; before = {*sys.modules}\n"
        "[getattr(testing, name) for name in dir(testing)]\n"
        "print(*{*sys.modules} - before)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ended.stdout.split() == []


@pytest.mark.parametrize(
    ("name", "library", "install"),
    [
        ("MockTransport", "httpx", "httpx"),
        ("Httpx2MockTransport", "httpx2", "httpx2"),
        ("MockRouter", "respx", "httpx respx"),
        ("MockRouter", "httpx", "httpx respx"),
    ],
)
def test_a_missing_library_names_what_to_install(
    name: str, library: str, install: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(name, monkeypatch)
    monkeypatch.delitem(
        sys.modules, "seedance_mock.testing.transports.httpx_transport", raising=False
    )
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(ModuleNotFoundError) as raised:
        getattr(testing, name)

    assert str(raised.value) == f"{name} needs {library}: pip install {install}"


def test_another_missing_module_has_no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    forget("live_server", monkeypatch)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "seedance_mock.server.run", raising=False)

    with pytest.raises(ModuleNotFoundError, match="uvicorn"):
        _ = testing.live_server


def forget(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo the import of a public name for the rest of a test."""
    monkeypatch.delitem(vars(testing), name, raising=False)
    monkeypatch.delitem(sys.modules, testing.MODULES[name], raising=False)


@pytest.mark.parametrize(
    ("names", "unused"),
    [
        ("AccountClock, Control, assert_creates", {"anyio", "httpx", "httpx2", "starlette"}),
        ("InProcess", {"click", "httpx", "httpx2", "respx", "uvicorn"}),
        ("live_server", {"httpx", "httpx2", "respx"}),
        ("MockTransport", {"httpx2", "respx", "uvicorn"}),
        ("Httpx2MockTransport", {"httpx", "respx", "uvicorn"}),
    ],
)
def test_a_name_loads_only_what_it_uses(names: str, unused: set[str]) -> None:
    program = f"import sys; from seedance_mock.testing import {names}; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert unused & set(ended.stdout.split()) == set()
