"""What one run of a client looked like from outside. Everything that is graded is in here.

A record can be written as JSON and read again, so that recorded traffic can be graded anew.
Keys never get in: whoever records replaces each by its name, "key#1" for the case's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

KEY = "key#1"
"""What stands in a record wherever the client showed the API key of its case."""

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire, the names as they were spelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request that a client sent, and what it was answered.

    Times are real seconds since the case began. `seen` is taken when the first byte of the
    request is read and `sent` before the first byte of the answer is written, so that
    `seen - sent` of two neighbours is never less than the time the client let pass: load on
    the machine can only make a gap look longer.

    Args:
        origin: which listener it came to: "api"; "host", under another host name; "port",
            the API's host name with another port; "third", a third host name.
        connection: the number of the connection within the case, from 1.
        turn: which request on its connection it is, from 1.
        target: the request target as it was sent.
        place: what it asked for: create, poll, cancel, models, pricing, asset; None otherwise.
        task_id: the task it is about, where there is one.
        job: the nonce in the prompt of a create, which tells logical jobs apart.
        status: of the answer; None where no whole head was sent.
        fault: the word of the fault that struck; `applied` tells whether the request was.
        complete: whether the whole answer was sent.
    """

    origin: str
    connection: int
    turn: int
    method: str
    target: str
    headers: Headers
    body: str
    seen: float
    sent: float | None = None
    ended: float | None = None
    place: str | None = None
    task_id: str | None = None
    job: str | None = None
    status: int | None = None
    answer_headers: Headers = ()
    answer_body: str = ""
    complete: bool = True
    fault: str | None = None
    applied: bool | None = None

    def header(self, name: str) -> list[str]:
        """Return the values of a request header, whatever the case of its name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A client's run in one case.

    Args:
        case: the id of the case.
        job: what the client was asked to do, as in `KIT_JOB`.
        exchanges: in the order in which their requests were first seen.
        exit: the exit status; None where the client was killed, or was not a process of ours.
        killed: whether the client was still running when its time was up.
        seconds: how long it ran, in real time.
        rate: how many seconds passed for the client in each real one; more than 1 under warp.
        outcome: its outcome line; None where it printed none.
        output: the end of what it printed, both streams, bounded.
        leaks: where the API key was found outside the traffic: "stdout", "stderr", "argv",
            "state".
        facts: what only the kit knows, such as the digest of the file that was served.
    """

    case: str
    job: Mapping[str, Any]
    exchanges: tuple[Exchange, ...]
    exit: int | None = None
    killed: bool = False
    seconds: float = 0.0
    rate: float = 1.0
    outcome: Mapping[str, Any] | None = None
    output: str = ""
    leaks: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def at(self, *places: str) -> list[Exchange]:
        """Return the exchanges at some places, in order."""
        return [one for one in self.exchanges if one.place in places]

    @property
    def creates(self) -> list[Exchange]:
        """Every create request that came, also to a listener other than the API's."""
        return self.at("create")

    @property
    def polls(self) -> list[Exchange]:
        """Every request that reads a task."""
        return self.at("poll")

    def gaps(self, exchanges: list[Exchange]) -> Iterator[tuple[Exchange, Exchange, float]]:
        """Yield neighbours, and the seconds that the client let pass at least, in its own time."""
        for before, after in pairwise(exchanges):
            since = before.sent or before.ended or before.seen
            yield before, after, (after.seen - since) * self.rate


def as_json(record: Record) -> dict[str, object]:
    """Return the record as JSON."""
    told: dict[str, object] = {each.name: getattr(record, each.name) for each in fields(record)}
    told["exchanges"] = [
        {each.name: getattr(one, each.name) for each in fields(one)} for one in record.exchanges
    ]
    return told


def from_json(told: Mapping[str, Any]) -> Record:
    """Return the record that `as_json` wrote, also after a trip through text."""
    exchanges = tuple(_exchange(one) for one in told["exchanges"])
    return Record(**{**told, "exchanges": exchanges, "leaks": tuple(told["leaks"])})


def _exchange(told: Mapping[str, Any]) -> Exchange:
    heads = ("headers", "answer_headers")
    pairs = {name: tuple((key, value) for key, value in told[name]) for name in heads}
    return Exchange(**{**told, **pairs})
