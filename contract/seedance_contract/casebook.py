"""Every case of this kit, for clients and for servers, by its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedance_contract.case import Case
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.client_case import ClientCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEntry:
    """A case as the kit knows it.

    Args:
        suite: "client" or "server".
        script: the situation in the words of the mock; empty where there is none.
        checks: what is checked in that situation.
        profiles: "core" and "SAFE", where it belongs to them.
    """

    suite: str
    case: Case
    script: str = ""
    checks: Sequence[ClientCheck] = ()
    profiles: tuple[str, ...] = ()


def cases() -> dict[str, CaseEntry]:
    """Return the cases by id; those for servers only where the extra `kit` is installed."""
    return _client_cases() | _server_cases()


def _client_cases() -> dict[str, CaseEntry]:
    return {
        name: CaseEntry(
            suite="client",
            case=scene.case,
            script=scene.script,
            checks=scene.checks,
            profiles=("core",) * scene.core + ("SAFE",) * scene.safe,
        )
        for name, scene in CASES.items()
    }


def _server_cases() -> dict[str, CaseEntry]:
    try:
        from seedance_contract.server.suite import CHECKS
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("seedance_"):
            raise
        return {}
    return {check.case.id: CaseEntry(suite="server", case=check.case) for check in CHECKS}
