"""The naive model: what a client may expect of its tasks and money, and nothing cleverer.

It shares the tables of facts with the mock and none of its logic, so that it can judge it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import Body
from seedance_contract.derived.check import Accepted, check
from seedance_contract.derived.cost import estimate, usd, video_of

RANK = {"pending": 0, "processing": 1, "completed": 2, "failed": 2}
"""How far each status is; the last two are for ever."""

ENDED_RANK = 2


@dataclass(slots=True, kw_only=True)
class KnownTask:
    """A task as its client knows it. `seen` is what the last poll told, None before the first.

    `looked` is when that was, on the client's clock; `born` when it was created.
    """

    id: str
    key: str
    model: str
    reservation: Decimal
    price: Decimal
    created_at: float
    read_at: float
    poll_url: object
    rank: int = 0
    last_body: Mapping[str, Any] | None = None
    cancelled: bool = False

    @property
    def cancellable(self) -> bool:
        """Whether its model can be cancelled at all."""
        return MODELS[self.model].cancellable

    @property
    def cost(self) -> Decimal:
        """What an ended task has cost."""
        completed = self.last_body is not None and self.last_body.get("status") == "completed"
        return self.price if completed else Decimal(0)


@dataclass(slots=True)
class KnownAccount:
    """An account as its client knows it: what was granted, in USD, and its clock in seconds."""

    key: str
    granted: Decimal
    clock: float = 0.0
    tasks: list[KnownTask] = field(default_factory=list)

    @property
    def charged(self) -> Decimal:
        """What its tasks have cost."""
        return total(task.cost for task in self.tasks)

    @property
    def reserved(self) -> Decimal:
        """What is held back for tasks that have not ended."""
        return total(task.reservation for task in self.tasks if task.rank < ENDED_RANK)

    @property
    def available(self) -> Decimal:
        """What can be spent."""
        return self.granted - self.charged - self.reserved


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum."""
    return sum(amounts, Decimal(0))


def expected_costs(body: Body) -> tuple[Decimal, Decimal]:
    """Return what a legal request reserves and what its video will cost, in USD."""
    verdict = check(body)
    assert isinstance(verdict, Accepted), "the machine asks for legal videos only"
    video = video_of(verdict.request)
    return estimate(verdict.request, video), usd(video)
