"""The reference model: what a client may expect of its tasks and its money, and nothing more.

It shares the declared facts with the mock but none of its logic. So a fault in that logic does not
also appear here, and the model checks the mock and any other server alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import Body
from seedance_contract.derived.cost import cost_usd, estimated_cost, requested_video
from seedance_contract.derived.validation import Accepted, validate_request

# Completed and failed have the same rank, because neither may become the other.
RANK = {"pending": 0, "processing": 1, "completed": 2, "failed": 2}
"""The order of the statuses. A task that has the last rank never changes again."""

ENDED_RANK = 2


@dataclass(slots=True, kw_only=True)
class KnownTask:
    """A task as its client knows it.

    Args:
        reservation: USD that create reserves for it.
        price: USD that its video costs.
        created_at: seconds on the clock of its account.
        read_at: when it was last read, on the same clock.
        rank: the highest rank that was read so far.
        last_body: the body of the last read, None before the first.
        is_cancelled: whether a cancellation succeeded.
    """

    id: str
    key: str
    model: str
    reservation: Decimal
    price: Decimal
    created_at: float
    read_at: float
    rank: int = 0
    last_body: Mapping[str, Any] | None = None
    is_cancelled: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether the last read showed an end."""
        return self.rank == ENDED_RANK

    @property
    def cancellable(self) -> bool:
        """Whether tasks of its model can be cancelled at all."""
        return MODELS[self.model].cancellable

    @property
    def cost(self) -> Decimal:
        """What the task has cost, in USD: its price if it is completed, otherwise nothing."""
        is_completed = self.last_body is not None and self.last_body.get("status") == "completed"
        return self.price if is_completed else Decimal(0)


@dataclass(slots=True)
class KnownAccount:
    """An account as its client knows it: the USD it was granted, and its clock in seconds."""

    key: str
    granted: Decimal
    clock: float = 0.0
    tasks: list[KnownTask] = field(default_factory=list)

    @property
    def charged(self) -> Decimal:
        """What its tasks have cost, in USD."""
        return sum((task.cost for task in self.tasks), Decimal(0))

    @property
    def reserved(self) -> Decimal:
        """What is reserved for tasks that have not ended, in USD."""
        reservations = (task.reservation for task in self.tasks if not task.has_ended)
        return sum(reservations, Decimal(0))

    @property
    def available(self) -> Decimal:
        """What can be spent, in USD."""
        return self.granted - self.charged - self.reserved


def expected_costs(body: Body) -> tuple[Decimal, Decimal]:
    """Return what a legal request reserves and what its video will cost, in USD."""
    verdict = validate_request(body)
    assert isinstance(verdict, Accepted), "costs are expected of legal requests only"
    video = requested_video(verdict.request)
    return estimated_cost(verdict.request, video), cost_usd(video)
