"""The cases and the invariants as Markdown tables for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from seedance_contract.case import Group
from seedance_contract.client.catalogue import CASES_BY_GROUP
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_contract.derived.tables import markdown_table


def _row(client_case: ClientCase) -> tuple[object, ...]:
    case = client_case.case
    profiles = ["core"] * client_case.core + ["SAFE"] * client_case.safe
    return (
        f"`{case.id}`",
        case.effective_level,
        case.requirement,
        " ".join(profiles) or "–",
        ", ".join(sorted(client_case.needs)) or "traffic",
        f"`{client_case.script}`",
        case.source,
    )


def case_table(group: Group) -> str:
    """Return the cases of a group, in their order."""
    head = ("case", "level", "requirement", "profile", "needs", "words", "source")
    return markdown_table(head, map(_row, CASES_BY_GROUP[group]))


def invariants_table() -> str:
    """Return the invariants, in the order of a report."""
    rows = (
        (
            f"`{invariant.id}`",
            invariant.check.level,
            invariant.check.requirement,
            f"`{invariant.check.cause}`",
            invariant.source,
        )
        for invariant in INVARIANTS.values()
    )
    return markdown_table(("invariant", "level", "requirement", "cause", "source"), rows)


CASE_TABLES: Mapping[str, Callable[[], str]] = {
    group.prefix: partial(case_table, group) for group in CASES_BY_GROUP
}
"""The tables by the id prefix of their group, which is the name of the table in the document."""
