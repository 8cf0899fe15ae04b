"""The results of an OpenAPI run: how often each case was checked, and its smallest failure."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from seedance_contract.case import Case, Finding, Mismatch, Result, Verdict, failed_finding
from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.exchange import CheckedExchange, Exchange, shortened
from seedance_contract.server.http.log import LogEntry, LoggedMismatch
from seedance_contract.server.openapi.documents import V1_DOCUMENT, ApiDocument
from seedance_contract.server.reproduction.script import ScriptSettings, reproduction_script


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenapiFailure:
    """A failure of a case.

    Args:
        exchange: the request that failed and its response, None if there was no response.
        followups: the requests that a check has made because of it. The last one failed.
    """

    expected: str
    actual: str
    exchange: CheckedExchange | None
    followups: tuple[Exchange, ...] = ()

    @property
    def rank(self) -> tuple[int, int, bytes]:
        """The effort to read it: a request without a body before any with one, then by size.

        Of two equally large ones the text decides: parts of a run find them in any order.
        """
        if self.exchange is None:
            return (0, 0, b"")
        request = self.exchange.request
        return (int(request.body is not None), request.size, request.body or b"")

    @property
    def log(self) -> tuple[Exchange, ...]:
        """The requests that led to the failure, which the last one shows."""
        if self.exchange is None:
            return ()
        return (*self.exchange.before, self.exchange.untimed, *self.followups)


KEY_PLACEHOLDER = "$TOKENLAB_API_KEY"
"""What a report shows in place of a key."""


class Tally:
    """Counts what was checked, and keeps the smallest failure of each case.

    A run names each case by that of v1 about the same, and the results are about the cases of the
    document. Safe to use from several threads, because parts of a run share it.

    Schemathesis is configured not to shrink failing requests (`no-shrink`), so the smallest of all
    failing requests is the one that is reported.
    """

    def __init__(self, document: ApiDocument = V1_DOCUMENT) -> None:
        self.document = document
        self._keys: set[str] = set()
        self._lock = threading.Lock()
        self._checked: Counter[Case] = Counter()
        self._failed: Counter[Case] = Counter()
        self._smallest: dict[Case, OpenapiFailure] = {}
        self._broken_reason = ""
        self._stop_reason = ""
        self._setup: list[LogEntry] = []

    def add_setup(self, entries: Iterable[LogEntry]) -> None:
        """Let the log of every failure begin with these entries, such as an opened account."""
        self._setup += [replace(entry, started_at=0.0, ended_at=0.0) for entry in entries]

    def add_key(self, key: str) -> None:
        """Let no result contain this key."""
        self._keys.add(key)

    def add_pass(self, case: Case) -> None:
        """Count an exchange that passes a case."""
        with self._lock:
            self._checked[self.document.cases[case]] += 1

    def add_failure(self, case: Case, failure: OpenapiFailure) -> None:
        """Count an exchange that fails a case."""
        case = self.document.cases[case]
        with self._lock:
            self._checked[case] += 1
            self._failed[case] += 1
            smallest = self._smallest.get(case)
            if smallest is None or failure.rank < smallest.rank:
                self._smallest[case] = failure

    def apply(
        self,
        case: Case,
        check: Callable[[CheckedExchange], bool],
        exchange: CheckedExchange,
        followups: Sequence[Exchange] = (),
    ) -> None:
        """Apply a check to an exchange, and count the outcome if there was something to check.

        Args:
            followups: the requests that the check makes. It is filled while the check runs.
        """
        try:
            if check(exchange):
                self.add_pass(case)
        except UnexercisedError:
            pass  # The run has ended, and with it the follow-up requests of the check.
        except Mismatch as mismatch:
            failure = OpenapiFailure(
                expected=mismatch.expected,
                actual=mismatch.actual,
                exchange=exchange,
                followups=tuple(followups),
            )
            self.add_failure(case, failure)

    def mark_broken(self, reason: str) -> None:
        """Record that the run itself could not be carried out. The first reason counts."""
        self._broken_reason = self._broken_reason or self._redacted(reason)

    def mark_stopped(self, reason: str) -> None:
        """Record that the run has ended before it was complete. The first reason counts."""
        self._stop_reason = self._stop_reason or reason

    def review(self, case: Case) -> int:
        """Return how often a case was checked if it passes.

        Raises:
            LoggedMismatch: a response fails the case.
            UnreachableError: the run could not be carried out.
            UnexercisedError: the run did not reach the case, or did not come to its end.
        """
        failure = self._smallest.get(case)
        if failure is not None:
            log = (*self._setup, *failure.log)
            raise LoggedMismatch(self._redacted(failure.expected), self._actual(case, failure), log)
        if self._broken_reason and case is self.document.first_case:
            raise UnreachableError(self._broken_reason)
        if self._stop_reason or not self._checked[case]:
            reason = self._stop_reason or self.document.unexercised_reason(case)
            raise UnexercisedError(reason)
        return self._checked[case]

    def _actual(self, case: Case, failure: OpenapiFailure) -> str:
        failed, checked = self._failed[case], self._checked[case]
        count = f" ({failed} of {checked} responses)" if failed > 1 else ""
        return self._redacted(failure.actual) + count

    def results(self, seconds: float, scripts: ScriptSettings) -> Iterator[Result]:
        """Yield a result for each case. The first case has the seconds of the whole run."""
        for case in self.document.cases.values():
            is_first = case is self.document.first_case
            result = self._result(case, seconds if is_first else 0.0)
            failure = self._smallest.get(case)
            if failure is not None:
                [*_, finding] = result.findings
                script = reproduction_script(failure.log, case, finding, scripts)
                result = replace(result, reproduce=script)
            yield result

    def _result(self, case: Case, seconds: float) -> Result:
        return Result(
            case=case,
            findings=tuple(self._findings(case, self._smallest.get(case))),
            seconds=seconds,
            evidence={"cases": self._checked[case], "failures": self._failed[case]},
        )

    def _findings(self, case: Case, failure: OpenapiFailure | None) -> Iterator[Finding]:
        if case is self.document.first_case and self._broken_reason:
            yield Finding(
                check=case.id,
                level=case.effective_level,
                verdict=Verdict.BROKEN,
                expected="a complete run",
                actual=self._broken_reason,
            )
        if failure is not None:
            expected, actual = self._redacted(failure.expected), self._redacted(failure.actual)
            yield failed_finding(case.id, case.effective_level, expected, actual)
        elif self._checked[case]:
            yield Finding(check=case.id, level=case.effective_level, verdict=Verdict.PASS)

    def _redacted(self, text: str) -> str:
        # Before the cut: half a key would no longer be recognised.
        for key in self._keys:
            text = text.replace(key, KEY_PLACEHOLDER)
        return shortened(text)
