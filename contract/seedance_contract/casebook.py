"""All cases of the kit by their ids: of the client suite, of explorations, of the server suite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedance_contract.case import Case
from seedance_contract.cause import Cause
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.causes import CAUSES
from seedance_contract.client.client_case import ClientCase, ClientCheck
from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_contract.declared.dialects import V1, Dialect
from seedance_contract.server.causes import CAUSES as SERVER_CAUSES

# The checks for servers need libraries of an extra.
if TYPE_CHECKING:
    from seedance_contract.server.check_context import ServerCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEntry:
    """A case, and what `explain` shows of it.

    Args:
        suite: "client" or "server".
        case: the case.
        script: the situation in the scripting language; empty for a case of the server suite.
        checks: the checks in that situation.
        profiles: the profiles that the case belongs to, of "core" and "SAFE".
        causes: what a failure of the case can mean.
        dialect: the dialect that a client of the case speaks.
        is_invariant: whether the case holds in every situation, so that it has none of its own.
    """

    suite: str
    case: Case
    script: str = ""
    checks: Sequence[ClientCheck] = ()
    profiles: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    dialect: Dialect = V1
    is_invariant: bool = False


def cases() -> dict[str, CaseEntry]:
    """Return the cases by id. Those for servers need the libraries of the extra `kit`."""
    return _client_cases() | _invariants() | _server_cases()


def _client_cases() -> dict[str, CaseEntry]:
    return {
        name: CaseEntry(
            suite="client",
            case=client_case.case,
            script=client_case.script,
            checks=client_case.checks,
            profiles=("core",) * client_case.core + ("SAFE",) * client_case.safe,
            causes=_client_causes(client_case),
            dialect=client_case.dialect,
        )
        for name, client_case in CASES.items()
    }


def _invariants() -> dict[str, CaseEntry]:
    return {
        invariant.case.id: CaseEntry(
            suite="client",
            case=invariant.case,
            checks=(invariant.check,),
            causes=(CAUSES[invariant.check.cause],),
            is_invariant=True,
        )
        for invariant in INVARIANTS.values()
    }


def _client_causes(client_case: ClientCase) -> tuple[Cause, ...]:
    names = dict.fromkeys(check.cause or client_case.cause for check in client_case.checks)
    return tuple(CAUSES[name] for name in names if name)


def _server_cases() -> dict[str, CaseEntry]:
    try:
        from seedance_contract.server.suite import CHECKS
    except ModuleNotFoundError as error:
        # A missing module of our own is a defect, not an extra that is not installed.
        if (error.name or "").startswith("seedance_"):
            raise
        return {}
    return {check.id: _server_entry(check) for check in CHECKS}


def _server_entry(check: ServerCheck) -> CaseEntry:
    return CaseEntry(
        suite="server",
        case=check.case,
        profiles=("SAFE",) * check.safe,
        causes=(SERVER_CAUSES[check.cause],) if check.cause else (),
    )
