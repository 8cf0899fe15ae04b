"""The server suite: all groups of checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from seedance_contract.case import Group
from seedance_contract.selection import Selection, select
from seedance_contract.server.check_context import ServerCheck
from seedance_contract.server.checks import (
    answers,
    callbacks,
    catalogue,
    deletions,
    examples,
    idempotency,
    lists,
    openapi,
    races,
    refusals,
    requests,
    tasks,
    v3,
)

GROUPS: Mapping[Group, Sequence[ServerCheck]] = {
    refusals.GROUP: refusals.CHECKS,
    catalogue.GROUP: catalogue.CHECKS,
    requests.GROUP: requests.CHECKS,
    tasks.GROUP: tasks.CHECKS,
    races.GROUP: races.CHECKS,
    v3.GROUP: v3.CHECKS,
    lists.GROUP: lists.CHECKS,
    deletions.GROUP: deletions.CHECKS,
    idempotency.GROUP: idempotency.CHECKS,
    callbacks.GROUP: callbacks.CHECKS,
    examples.GROUP: examples.CHECKS,
    openapi.GROUP: openapi.CHECKS,
    answers.GROUP: answers.CHECKS,
}
"""The checks of each group, in the order of a report."""

CHECKS: tuple[ServerCheck, ...] = tuple(check for checks in GROUPS.values() for check in checks)


@cache
def checks_by_id() -> Mapping[str, ServerCheck]:
    """Return the checks by their ids."""
    return {check.case.id: check for check in CHECKS}


def select_checks(ids: Sequence[str] = ()) -> list[ServerCheck]:
    """Return the checks whose id matches one of the patterns, such as "races.*"; all without any.

    Raises UnknownName for a pattern without a check.
    """
    return list(select(GROUPS, Selection(cases=ids)))
