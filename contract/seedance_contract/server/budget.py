"""Money: which requests no server may bill, and what is set aside for those that it does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from seedance_contract.declared.field_rules import Accessible
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.rule import Rule
from seedance_contract.declared.sources import Weight
from seedance_contract.derived.check import Accepted, check, violations
from seedance_contract.derived.cost import estimate, video_of


class UnexercisedError(Exception):
    """A check cannot be put to the test on this server. The message says why."""


class UnsafeServerError(Exception):
    """A server accepted what it must refuse, so that anything more might be billed."""


def documented_rules(rules: list[Rule]) -> list[Rule]:
    """Return the rules that the vendor documents and that do not depend on an account."""
    return [
        rule
        for rule in rules
        if rule.source.weight is Weight.DOCUMENTED and not isinstance(rule, Accessible)
    ]


def certainly_refused(body: object) -> bool:
    """Return whether no server of this API may accept, and so bill, a create with `body`.

    A rule of ours that no document states is not enough: a server may not have it. Nor is
    another model, or none: a server may have that model, or a default.
    """
    if not isinstance(body, Mapping):
        return True
    model = body.get("model")
    return isinstance(model, str) and model in MODELS and bool(documented_rules(violations(body)))


class Budget:
    """Keeps a run from spending money: what would be billed is sent only while it is covered.

    Args:
        limit: USD that may be spent; None where nothing is ever billed, as on this machine.
    """

    def __init__(self, limit: Decimal | None) -> None:
        self.limit = limit
        self.spent = Decimal(0)
        self._tripped = False

    @property
    def allows_spending(self) -> bool:
        """Whether anything may be sent that would be accepted."""
        return self.limit is None or self.limit > 0

    def is_free(self, body: object) -> bool:
        """Tell whether a create request costs nothing, whatever the server makes of it."""
        return self.limit is None or certainly_refused(body)

    def reserve(self, body: object) -> bool:
        """Set money aside for a create request; tell whether it may be accepted.

        Raises Unexercised where it is not covered, Overspent once the server has let a request
        pass that it must refuse.
        """
        if self.limit is None:
            return True
        if self._tripped:
            raise UnsafeServerError("the server accepted a request that it must refuse")
        if certainly_refused(body):
            return False
        assert isinstance(body, Mapping)
        verdict = check(body)
        if not isinstance(verdict, Accepted):
            raise UnexercisedError(
                "no document makes sure that this is refused: it might be billed"
            )
        cost = estimate(verdict.request, video_of(verdict.request))
        if self.spent + cost > self.limit:
            raise UnexercisedError(f"it would cost {cost:f} USD, more than may be spent")
        self.spent += cost
        return True

    def block(self) -> None:
        """Note that a server has accepted what it must refuse: from now on nothing is sent."""
        self._tripped = self.limit is not None
