"""All cases of the kit by their ids, of the client suite and of the server suite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedance_contract.case import Case
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.client_case import ClientCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEntry:
    """A case, and what `explain` shows of it.

    Args:
        suite: "client" or "server".
        case: the case.
        script: the situation in the scripting language; empty for a case of the server suite.
        checks: the checks in that situation.
        profiles: the profiles that the case belongs to, of "core" and "SAFE".
    """

    suite: str
    case: Case
    script: str = ""
    checks: Sequence[ClientCheck] = ()
    profiles: tuple[str, ...] = ()


def cases() -> dict[str, CaseEntry]:
    """Return the cases by id. Those for servers need the libraries of the extra `kit`."""
    return _client_cases() | _server_cases()


def _client_cases() -> dict[str, CaseEntry]:
    return {
        name: CaseEntry(
            suite="client",
            case=client_case.case,
            script=client_case.script,
            checks=client_case.checks,
            profiles=("core",) * client_case.core + ("SAFE",) * client_case.safe,
        )
        for name, client_case in CASES.items()
    }


def _server_cases() -> dict[str, CaseEntry]:
    try:
        from seedance_contract.server.suite import CHECKS
    except ModuleNotFoundError as error:
        # A missing module of our own is a defect, not an extra that is not installed.
        if (error.name or "").startswith("seedance_"):
            raise
        return {}
    return {check.case.id: CaseEntry(suite="server", case=check.case) for check in CHECKS}
