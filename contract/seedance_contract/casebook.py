"""Every case that this kit knows, for clients and for servers, by its id."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol, runtime_checkable

from seedance_contract.case import Case, Level

SUITES: Mapping[str, str] = {
    "client": "seedance_contract.client",
    "server": "seedance_contract.server",
}
"""Suite to the package whose modules declare its cases, under one of `NAMES`."""

NAMES = ("SCENES", "CASES", "CHECKS")


class _Check(Protocol):
    """A named sentence that a case judges."""

    @property
    def id(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def says(self) -> str: ...


@runtime_checkable
class _HasCase(Protocol):
    """Whatever puts a case to the test, such as a scene of the client suite."""

    @property
    def case(self) -> Case: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A case as the kit knows it.

    Args:
        suite: "client" or "server".
        script: the situation in the words of the mock; empty where there is none.
        checks: what is judged there, each with `id`, `level` and `says`.
        profiles: "core" and "SAFE", where it belongs to them.
    """

    suite: str
    case: Case
    script: str = ""
    checks: Sequence[_Check] = ()
    profiles: tuple[str, ...] = ()


def cases(suites: Mapping[str, str] = SUITES) -> dict[str, Entry]:
    """Return the cases by id. A suite is left out whose libraries are not installed."""
    found: dict[str, Entry] = {}
    for suite, package in suites.items():
        for module in _modules(package):
            for entry in _entries(suite, module):
                found.setdefault(entry.case.id, entry)
    return found


def _modules(package: str) -> Iterator[ModuleType]:
    if find_spec(package) is None:
        return
    names = pkgutil.iter_modules(import_module(package).__path__, f"{package}.")
    for each in names:
        try:
            yield import_module(each.name)
        except ModuleNotFoundError as missing:
            if (missing.name or "").startswith("seedance_"):
                raise


def _entries(suite: str, module: ModuleType) -> Iterator[Entry]:
    for name in NAMES:
        declared = getattr(module, name, ())
        for each in declared if isinstance(declared, Iterable) else ():
            if isinstance(each, Case):
                yield Entry(suite=suite, case=each)
            elif isinstance(each, _HasCase):
                yield _entry(suite, each)


def _entry(suite: str, scene: _HasCase) -> Entry:
    belongs = {"core": getattr(scene, "core", False), "SAFE": getattr(scene, "safe", False)}
    return Entry(
        suite=suite,
        case=scene.case,
        script=getattr(scene, "script", ""),
        checks=getattr(scene, "checks", ()),
        profiles=tuple(name for name, so in belongs.items() if so),
    )
