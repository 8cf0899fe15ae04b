"""How a suite reports its progress while it runs. Commands show it; a suite prints nothing."""

from __future__ import annotations

from typing import Protocol

from seedance_contract.case import Result


class Progress(Protocol):
    """Observes a run. A suite may call every method from any thread."""

    def planned(self, total: int) -> None:
        """The run has `total` cases. A later call corrects the number."""

    def started(self, case_id: str) -> None:
        """A case has started. Several cases may run at the same time."""

    def unconfirmed(self, case_id: str) -> None:
        """A case has ended with a failure by a measured time, and will run again."""

    def rerun(self, case_id: str) -> None:
        """A case has started again, to confirm its failure."""

    def finished(self, result: Result) -> None:
        """A case has its final result."""

    def note(self, text: str) -> None:
        """Something to know about the run as a whole, in one line."""


class NoProgress:
    """Ignores everything, for callers that show nothing."""

    def planned(self, total: int) -> None:
        """Ignore the number of cases."""

    def started(self, case_id: str) -> None:
        """Ignore a start."""

    def unconfirmed(self, case_id: str) -> None:
        """Ignore a failure that is not certain."""

    def rerun(self, case_id: str) -> None:
        """Ignore a second run."""

    def finished(self, result: Result) -> None:
        """Ignore a result."""

    def note(self, text: str) -> None:
        """Ignore a note."""
