"""Habits of misreading how long to wait."""

from __future__ import annotations

import re

import seedance_client
from seedance_client import Answer, Client, seconds


def reading(read: str) -> type[Client]:
    """Return a client that reads Retry-After in a wrong way."""
    pause = READERS[read]

    class Reads(Client):
        def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
            answer = super().call(method, path, body, until)
            answer.retry_after = lambda: pause(answer)  # type: ignore[method-assign]  # on purpose
            return answer

    return Reads


def header(answer: Answer) -> str:
    """Return the header as it came."""
    return answer.headers.get("Retry-After") or ""


def in_body(answer: Answer) -> float:
    """Return what the body asks for."""
    error = (answer.data or {}).get("error")
    return seconds(str(error.get("retry_after"))) if isinstance(error, dict) else 0.0


def no_date(answer: Answer) -> float:
    """Read whole seconds in the header, and nothing else."""
    return float(header(answer)) if header(answer).isdigit() else 0.3


def crashes(answer: Answer) -> float:
    """Expect whole seconds, and break on anything else."""
    return float(int(header(answer))) if header(answer) else in_body(answer)


def only_header(answer: Answer) -> float:
    """Ignore the body."""
    return seconds(header(answer)) if header(answer) else 0.3


def shorter(answer: Answer) -> float:
    """Take the shorter of header and body."""
    asked = [seconds(header(answer)), in_body(answer)]
    return min([one for one in asked if one] or [0.0])


def negative(answer: Answer) -> float:
    """Take a negative or meaningless number for `at once`."""
    text = header(answer)
    return 0.01 if text and not re.fullmatch("[0-9]+", text) else answer_hint(answer)


def answer_hint(answer: Answer) -> float:
    """Read it as the reference client does."""
    return seedance_client.Answer.retry_after(answer)


READERS = {
    "no-date": no_date,
    "crash": crashes,
    "header": only_header,
    "shorter": shorter,
    "junk-is-now": negative,
}


class SleepsForADay(Client):
    """Sleeps as long as it is told, whatever time the job has."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.deadline = 1e9
