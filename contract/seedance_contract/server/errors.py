"""Why a check ends without a verdict about its own requirement.

A wrong response is none of these: it raises `Mismatch`.
"""

from __future__ import annotations


class UnexercisedError(Exception):
    """A check cannot be put to the test on this server. The message says why."""


class UnreachableError(Exception):
    """The server does not respond."""


def connection_problem(error: Exception) -> str:
    """Return why a request got no response: the words of the system, or the name of the error."""
    # The text of an error of urllib3 repeats the URL and its own name. What the operating system
    # said is in the error that caused it.
    reason = getattr(error.__cause__, "strerror", None)
    return reason or type(error).__name__


class UnsafeServerError(Exception):
    """The server accepted a request that it must reject, so any further request may be billed."""


class TimeLimitError(UnexercisedError):
    """The time of the run is over, so that no more requests are sent."""

    def __init__(self, limit_seconds: float) -> None:
        super().__init__(f"the time limit of the run, {limit_seconds:.0f} s, was over")
