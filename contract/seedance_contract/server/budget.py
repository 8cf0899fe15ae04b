"""Money: which create requests no server may bill, and what the others may cost."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar

from seedance_contract.declared.models import MODELS
from seedance_contract.declared.rules.rule import Rule
from seedance_contract.declared.rules.unsupported_rules import MaterialAccessRule
from seedance_contract.declared.sources import Weight
from seedance_contract.declared.v3.rules.rule import V3Rule
from seedance_contract.derived.cost import estimated_cost, requested_video
from seedance_contract.derived.validation import Accepted, validate_request, violated_rules
from seedance_contract.server.errors import UnexercisedError, UnsafeServerError

AnyRule = TypeVar("AnyRule", bound=Rule | V3Rule)


def documented_rules(rules: list[AnyRule]) -> list[AnyRule]:
    """Return the rules that the vendor documents and that do not depend on an account."""
    return [
        rule
        for rule in rules
        if rule.source.weight is Weight.DOCUMENTED and not isinstance(rule, MaterialAccessRule)
    ]


def certainly_rejected(body: object) -> bool:
    """Return whether every server of this API rejects a create request with `body`.

    Only then the request is certain to cost nothing.
    """
    if not isinstance(body, Mapping):
        return True
    # A server may have models that we do not know, and a default for a missing one.
    model = body.get("model")
    if not isinstance(model, str) or model not in MODELS:
        return False
    # Rules that this project assumes do not count: a server need not have them.
    return bool(documented_rules(violated_rules(body)))


UNSAFE = "the server accepted a request that it must refuse"

NOTHING_MAY_BE_SPENT = "it would be billed: --spend-at-most allows that"


class Budget:
    """Keeps a run from spending money: a request that may be billed is sent only if it is covered.

    Safe to use from several threads.

    Args:
        limit: USD that may be spent. None if nothing is ever billed, as on this machine.
    """

    def __init__(self, limit: Decimal | None) -> None:
        self.limit = limit
        self.spent = Decimal(0)
        self._blocked = False
        self._lock = threading.Lock()
        self._refusal_lock = threading.Lock()

    @property
    def allows_spending(self) -> bool:
        """Whether requests that the server accepts may be sent."""
        return self.limit is None or self.limit > 0

    def is_free(self, body: object) -> bool:
        """Return whether a create request costs nothing, whether it is accepted or rejected."""
        return self.limit is None or certainly_rejected(body)

    def reserve(self, body: object) -> bool:
        """Reserve the money for a create request. Return whether the server may accept it.

        Raises UnexercisedError if the request is not covered, UnsafeServerError once the server
        has accepted a request that it must reject.
        """
        if self.limit is None:
            return True
        if self._blocked:
            raise UnsafeServerError(UNSAFE)
        if certainly_rejected(body):
            return False
        assert isinstance(body, Mapping)
        verdict = validate_request(body)
        if not isinstance(verdict, Accepted):
            raise UnexercisedError(
                "no document says that this request is rejected, so it may be billed"
            )
        if not self.limit:
            raise UnexercisedError(NOTHING_MAY_BE_SPENT)
        cost = estimated_cost(verdict.request, requested_video(verdict.request))
        with self._lock:
            if self.spent + cost > self.limit:
                raise UnexercisedError(f"it would cost more than {self.limit:f} USD in total")
            # The estimate stays spent even if the server rejects the request. Whether a rejected
            # request was billed is not visible from here.
            self.spent += cost
        return True

    def require_unlimited(self) -> None:
        """Raise UnexercisedError unless nothing is ever billed, as on this machine."""
        # What a create of v3 costs is not known to a budget, so none is sent to a paid server.
        if self.limit is not None:
            raise UnexercisedError("creates under /api/v3 are sent only where nothing is billed")

    @contextmanager
    def one_refusal(self) -> Iterator[None]:
        """Send a request in the block that the server must refuse, and no other one meanwhile.

        Raises UnsafeServerError if the server has accepted such a request meanwhile.
        """
        # Side by side, several would be accepted and billed before the first response says so.
        with self._refusal_lock:
            if self._blocked:
                raise UnsafeServerError(UNSAFE)
            yield

    def block(self) -> None:
        """Record that the server accepted what it must reject: from now on nothing is sent."""
        self._blocked = self.limit is not None
