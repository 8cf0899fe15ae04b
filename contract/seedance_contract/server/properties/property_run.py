"""A property that Hypothesis tests: which of its exceptions are failures of the server."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis.errors import Flaky

from seedance_contract.case import Mismatch
from seedance_contract.server.errors import UnexercisedError, UnreachableError, UnsafeServerError


class PropertyRun:
    """Runs the examples of a property until one of them cannot be sent.

    Hypothesis would take an unreachable server or an exhausted budget for a failing example, and
    would reduce it with more requests.
    """

    def __init__(self) -> None:
        self._stop_reason: Exception | None = None
        self._mismatch: Mismatch | None = None

    def run_example(self, example: Callable[[], None]) -> None:
        """Run an example. Raises its Mismatch. Does nothing once an example could not be sent."""
        if self._stop_reason is not None:
            return
        try:
            example()
        except (UnexercisedError, UnreachableError, UnsafeServerError) as reason:
            self._stop_reason = reason
        except Mismatch as mismatch:
            self._mismatch = mismatch
            raise

    def finish(self, run_all: Callable[[], None]) -> None:
        """Run all examples. Raises the Mismatch that remains, or the reason why they stopped."""
        try:
            run_all()
        except Flaky:
            # The server answers the same request differently each time. Hypothesis calls that
            # flaky; here it is a fault of the server, and the last mismatch describes it.
            assert self._mismatch is not None
            raise self._mismatch from None
        if self._stop_reason is not None:
            raise self._stop_reason
