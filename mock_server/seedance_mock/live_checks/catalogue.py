"""Which checks of the kit judge live traffic, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seedance_contract.client.cases.requests import DOCUMENTED_FIELDS
from seedance_contract.client.client_case import ClientCase, ClientCheck
from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_contract.client.invariants.invariant import GROUP, Invariant
from seedance_contract.declared.sources import openapi

_ORDER = "what the client was meant to order"
_REPORT = "what the client reports to its user"
_FILES = "the output and the files of the client"
_RUNS = "where a run of the client begins and ends"

NOT_JUDGED: Mapping[str, str] = MappingProxyType(
    {
        "no-second-task": "whether a second video is meant",
        "restart-creates-nothing": _RUNS,
        "fields-unchanged": _ORDER,
        "nothing-added": _ORDER,
        "key-not-disclosed": _FILES,
        "no-poll-without-task": _RUNS,
        "success-is-true": _REPORT,
        "video-is-success": _REPORT,
        "failure-is-true": _REPORT,
        "cancellation-is-true": _REPORT,
        "cancellation-is-named": _REPORT,
        "cancels-only-if-required": "whether a cancel is meant",
        "saves-served-file": _FILES,
        "ends-by-itself": _RUNS,
    }
)
"""What the traffic does not show, by the id of the invariant that needs it."""

FAILURE_NEEDS: Mapping[str, str] = MappingProxyType(
    {"retries-create": "whether the client has ended, or waits longer before it tries again"}
)
"""What the traffic does not show of a failure. These invariants can only be passed."""


PASS_NEEDS: Mapping[str, str] = MappingProxyType(
    {
        # A scan of each header value would cost every poll 2 % of its time.
        "key-in-its-place": "whether ordinary headers such as User-Agent contain the key",
        "bearer-once": "requests whose key was refused: they belong to no account",
    }
)
"""What the traffic of an account does not show of a pass. These invariants can only be failed."""


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """A check of the kit, as it judges live traffic.

    Args:
        check: the check with its function.
        case: the case that carries the check, for the level and the source.
        missing: what the traffic does not show; empty if it is enough.
        failure_needs: what a failure would need beyond the traffic; empty if it is enough.
        pass_needs: what a pass would need beyond the traffic; empty if it is enough.
    """

    check: ClientCheck
    case: ClientCase
    missing: str = ""
    failure_needs: str = ""
    pass_needs: str = ""

    @property
    def id(self) -> str:
        """The id of the check."""
        return self.check.id


def _live_check(invariant: Invariant) -> LiveCheck:
    return LiveCheck(
        check=invariant.check,
        case=ClientCase(case=invariant.case, group=GROUP, script="", checks=(invariant.check,)),
        missing=NOT_JUDGED.get(invariant.id, ""),
        failure_needs=FAILURE_NEEDS.get(invariant.id, ""),
        pass_needs=PASS_NEEDS.get(invariant.id, ""),
    )


LIVE_CHECKS: tuple[LiveCheck, ...] = tuple(
    map(
        _live_check,
        (
            *INVARIANTS.values(),
            # No invariant, because a client may send a new field on purpose. In live traffic it is
            # the mistake of a name that nobody notices.
            Invariant(DOCUMENTED_FIELDS, openapi("VideoGenerationRequest")),
        ),
    )
)
"""Every check, in the order of a report: money and secrets first."""
