"""What an invariant is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seedance_contract.case import Case, Group
from seedance_contract.client.client_case import CheckFunction, ClientCheck, NotExercised
from seedance_contract.client.record import Record
from seedance_contract.declared.sources import Source

GROUP = Group(name="explore", prefix="EXP", title="Any situation")


@dataclass(frozen=True, slots=True)
class Invariant:
    """A check that applies to a client in every situation, and the document that requires it."""

    check: ClientCheck
    source: Source

    @property
    def id(self) -> str:
        """The name of the check, such as "one-create"."""
        return self.check.id

    @property
    def case(self) -> Case:
        """The invariant as a case of a report."""
        return Case(
            id=f"{GROUP.prefix}-{self.id}",
            group=f"{GROUP.prefix} {GROUP.title}",
            level=self.check.level,
            requirement=self.check.requirement,
            source=self.source,
        )


def only_if(
    condition: Callable[[Record], bool], reason: str, check: CheckFunction
) -> CheckFunction:
    """Return a check function that is not exercised, for a reason, by other records."""

    def evaluate(record: Record) -> None:
        if not condition(record):
            raise NotExercised(reason)
        check(record)

    return evaluate
