"""Habits of misreading how long to wait before a retry."""

from __future__ import annotations

import re
from collections.abc import Callable

from habits.habit import Habit
from seedance_client import Client, Response, parse_retry_after

Reader = Callable[[Response], float]
"""Returns the seconds to wait that a response asks for."""


def reads_retry_after(reader: Reader) -> type[Client]:
    """Return a client that reads Retry-After with `reader`."""

    class ReadsRetryAfter(Client):
        def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
            response = super().send(method, path, body, deadline)
            # Not on the class, which all clients of the process share.
            response.retry_after = lambda: reader(response)  # type: ignore[method-assign]
            return response

    return ReadsRetryAfter


def _header(response: Response) -> str:
    return response.headers.get("Retry-After") or ""


def _in_body(response: Response) -> float:
    error = (response.data or {}).get("error")
    return parse_retry_after(str(error.get("retry_after"))) if isinstance(error, dict) else 0.0


def seconds_only(response: Response) -> float:
    """Read whole seconds in the header, and nothing else."""
    header = _header(response)
    return float(header) if header.isdigit() else 0.3


def seconds_or_crash(response: Response) -> float:
    """Read whole seconds in the header, and crash on any other value."""
    return float(int(_header(response))) if _header(response) else _in_body(response)


def header_only(response: Response) -> float:
    """Ignore the body."""
    return parse_retry_after(_header(response)) if _header(response) else 0.3


def shorter_of_both(response: Response) -> float:
    """Read the shorter of header and body."""
    values = [parse_retry_after(_header(response)), _in_body(response)]
    return min([value for value in values if value] or [0.0])


def invalid_as_zero(response: Response) -> float:
    """Read a value that is no whole number as `retry at once`."""
    header = _header(response)
    if header and not re.fullmatch("[0-9]+", header):
        return 0.01
    return Response.retry_after(response)


class SleepsForDay(Client):
    """Sleeps as long as Retry-After says, whatever time limit the job has."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.time_limit = 1e9


class IgnoresRetryAfter(Client):
    """Waits a second at most, whatever Retry-After says."""

    def sleep_with_jitter(self, seconds: float) -> None:
        super().sleep_with_jitter(min(seconds, 1.0))


HABITS = (
    Habit("--ignore-retry-after", "waits a second at most", IgnoresRetryAfter),
    Habit(
        "--ignore-http-date",
        "reads seconds in Retry-After, but no date",
        reads_retry_after(seconds_only),
    ),
    Habit(
        "--crash-on-http-date",
        "crashes on a Retry-After that is no number",
        reads_retry_after(seconds_or_crash),
    ),
    Habit(
        "--ignore-body-retry-after",
        "ignores retry_after in the body",
        reads_retry_after(header_only),
    ),
    Habit(
        "--shorter-retry-after",
        "waits the shorter of header and body",
        reads_retry_after(shorter_of_both),
    ),
    Habit(
        "--invalid-retry-after-is-zero",
        "retries at once after an invalid Retry-After",
        reads_retry_after(invalid_as_zero),
    ),
    Habit("--sleep-for-a-day", "sleeps longer than the time limit", SleepsForDay),
)
