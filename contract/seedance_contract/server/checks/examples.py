"""Examples: the exchanges that were written by hand from the documents, one check each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.declared.sources import Document, Source
from seedance_contract.server.budget import UnexercisedError
from seedance_contract.server.check_context import CheckContext, ServerCheck
from seedance_contract.server.target import ReceivedResponse
from seedance_fixtures.exchanges import (
    Advance,
    Call,
    Exchange,
    Request,
    faults,
    load,
    request_of,
    saved,
)

GROUP = "examples"

TAGS = {
    "G": Document.GUIDE,
    "P": Document.PAGE,
    "O": Document.OPENAPI,
    "C": Document.PRICE_LIST,
    "A": Document.ASSUMPTION,
}

OURS, THEIRS = "Bearer sk-test", "Bearer sk-other"
"""The keys of the exchanges: of the account, and of a stranger."""


def _told(exchange: Exchange, subject: CheckContext) -> None:
    """Go through an exchange, and say at once all that is not as it was written."""
    if subject.control is None and _takes_time(exchange):
        raise UnexercisedError("it needs a clock that stands still")
    keys = Keys(subject, exchange)
    names: dict[str, object] = {}
    found: list[str] = []
    for number, step in enumerate(exchange.steps, start=1):
        if isinstance(step, Advance):
            subject.require_control().advance_clock(keys.own, step.seconds)
            continue
        lines = _answered(step, subject, keys, names)
        found += [f"step {number}: {line}" for line in lines]
    if found:
        raise Mismatch(exchange.fact, "; ".join(found[:5]))


def _takes_time(exchange: Exchange) -> bool:
    """Tell whether an exchange looks at a task after its creation: it may have ended by then."""
    created = [
        isinstance(step, Call) and step.request.method == "POST" and step.expect.status == 200
        for step in exchange.steps
    ]
    return True in created and created.index(True) < len(created) - 1


class Keys:
    """The keys that stand for those of an exchange."""

    def __init__(self, subject: CheckContext, exchange: Exchange) -> None:
        headers = [step.request.headers for step in exchange.steps if isinstance(step, Call)]
        shown = {sent.get("Authorization", OURS) for sent in headers}
        self.own, self._other = subject.keys.new_key(), None
        if THEIRS in shown:
            self.own, self._other = subject.keys.key_pair()
        if subject.control is not None:
            subject.control.open_account(self.own)
        self._free = subject.keys.accepts_any_key
        self._check(shown)

    def _check(self, shown: set[str]) -> None:
        others = [one for one in shown - {OURS, THEIRS} if one.startswith("Bearer sk-")]
        if others and not self._free:
            raise UnexercisedError(
                "it needs a key of its own, and the server takes known keys only"
            )

    def of(self, request: Request) -> str | None:
        """Return the key that a request shows, None where it shows none of the two."""
        return {OURS: self.own, THEIRS: self._other}.get(request.headers.get("Authorization", ""))

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the headers of a request as they are sent."""
        key = self.of(request)
        named = {} if key is None else {"Authorization": f"Bearer {key}"}
        return {**request.headers, **named}


def _answered(call: Call, subject: CheckContext, keys: Keys, names: dict[str, object]) -> list[str]:
    request = request_of(call, names)
    body = request.json if request.text is None else request.text.encode()
    answer = subject.target.send(
        request.method,
        request.path,
        key=keys.of(request),
        body=body,
        headers=keys.headers(request),
    )
    told = _json(answer)
    names |= saved(call, told)
    return faults(call, answer.status, answer.headers, told, names)


def _json(answer: ReceivedResponse) -> object:
    typed = answer.headers.get("content-type", "").startswith("application/json")
    return answer.json if typed else None


def _case(exchange: Exchange) -> Case:
    return Case(
        id=f"examples.{exchange.id}",
        group=GROUP,
        level=Level.MUST,
        requirement=exchange.fact + ".",
        source=Source(TAGS[exchange.tag], exchange.fact),
    )


CHECKS = tuple(ServerCheck(case=_case(one), run=partial(_told, one)) for one in load())
