"""The recording of one client run, as JSON values. Grading reads a record and nothing else.

A record survives a trip through JSON, so that `--regrade` can grade recorded traffic again.
It never contains an API key: the recorder replaces each key by its name, "key#1".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any, NamedTuple

REDACTED_KEY = "key#1"
"""The text that a record contains wherever the client showed the API key of its case."""

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order of the connection, with the names spelled as they were sent."""


class OutputChunk(NamedTuple):
    """Whole lines that a client printed at the same time.

    Args:
        seconds: when the first byte arrived, in real seconds since the case began.
        stream: "stdout" or "stderr".
        text: one or several lines with their ends. The last line of a stream may have none.
    """

    seconds: float
    stream: str
    text: str


Output = tuple[OutputChunk, ...]
"""What a client printed on both streams, in the order of time."""


def output_text(output: Output) -> str:
    """Return the lines of both streams as one text, in the order of time."""
    return "".join(chunk.text for chunk in output)


# The field names of the two classes are the keys of "evidence" in a JSON report. Renaming a field
# makes reports that users have stored unreadable for `--regrade`, `diff` and the HTML report.
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExchange:
    """A request that a client sent, and the response that it received.

    Times are real seconds since the case began. `seen` is the time when the server read the
    first byte of the request. `sent` is the time before the server writes the first byte of the
    response. For two neighbours, the later `seen` minus the earlier `sent` is therefore never
    less than the time that the client waited: load on the machine can only lengthen a gap.

    Args:
        origin: the listener that received the request: "api"; "host", the API's listener under
            another host name; "port", another port of the API's host; "third", a third host.
        connection: the number of the connection within the case, from 1.
        turn: the number of the request on its connection, from 1.
        target: the request target as it was sent.
        place: the kind of request: create, poll, cancel, models, pricing, asset; None otherwise.
        task_id: the task that the request is about, if there is one.
        job: the nonce in the prompt of a create, which identifies the logical job.
        status: the status of the response; None if the server sent no complete head.
        fault: the word of the injected fault, if there is one.
        applied: whether the server carried the request out before the fault.
        complete: whether the server sent the whole response.
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
        """Return the values of a request header. The case of the name does not matter."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The run of a client in one case.

    Args:
        case: the id of the case.
        job: the job of the client, as in `KIT_JOB`.
        passed_fields: the parts of the job that --env and --arg pass to the client; None if it
            reads the whole job from `KIT_JOB`.
        exchanges: in the order of the first bytes of their requests.
        exit: the exit status; None if the client was killed, or is not a process of the kit.
        killed: whether the client was still running at the end of its time.
        seconds: the length of the run in real time.
        rate: how many seconds passed for the client in each real second; above 1 under warp.
        outcome: the outcome line of the client; None if it printed none.
        output: the end of both output streams, each limited in size.
        leaks: where the API key was found outside the traffic: "stdout", "stderr", "argv",
            "state".
        facts: values that only the kit knows, such as the digest of the file that was served.
    """

    case: str
    job: Mapping[str, Any]
    exchanges: tuple[RecordedExchange, ...]
    exit: int | None = None
    killed: bool = False
    seconds: float = 0.0
    rate: float = 1.0
    outcome: Mapping[str, Any] | None = None
    output: Output = ()
    leaks: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    passed_fields: tuple[str, ...] | None = None

    def exchanges_at(self, *places: str) -> list[RecordedExchange]:
        """Return the exchanges of some kinds, in order."""
        return [exchange for exchange in self.exchanges if exchange.place in places]

    @property
    def creates(self) -> list[RecordedExchange]:
        """Every create request, also those that another listener received."""
        return self.exchanges_at("create")

    @property
    def polls(self) -> list[RecordedExchange]:
        """Every request that reads a task."""
        return self.exchanges_at("poll")

    def gaps(
        self, exchanges: list[RecordedExchange]
    ) -> Iterator[tuple[RecordedExchange, RecordedExchange, float]]:
        """Yield neighbours and the seconds between them, on the clock of the client."""
        for before, after in pairwise(exchanges):
            # A request without a response has no `sent`: a hanging response, for example.
            since = before.sent or before.ended or before.seen
            yield before, after, (after.seen - since) * self.rate


def record_to_json(record: Record) -> dict[str, object]:
    """Return a record as a JSON object."""
    exchanges = [_members(exchange) for exchange in record.exchanges]
    return {**_members(record), "exchanges": exchanges}


# dataclasses.asdict() copies every nested value; the evidence of a full run is some megabytes.
def _members(value: Record | RecordedExchange) -> dict[str, object]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def record_from_json(members: Mapping[str, Any]) -> Record:
    """Return the record that `record_to_json` wrote."""
    exchanges = tuple(_exchange_from_json(exchange) for exchange in members["exchanges"])
    passed = members.get("passed_fields")
    return Record(
        **{
            **members,
            "exchanges": exchanges,
            "output": tuple(OutputChunk(*chunk) for chunk in members["output"]),
            "leaks": tuple(members["leaks"]),
            "passed_fields": None if passed is None else tuple(passed),
        }
    )


def _exchange_from_json(members: Mapping[str, Any]) -> RecordedExchange:
    # JSON has lists only, but records are compared by value and hold tuples.
    headers = {
        name: tuple((key, value) for key, value in members[name])
        for name in ("headers", "answer_headers")
    }
    return RecordedExchange(**{**members, **headers})
