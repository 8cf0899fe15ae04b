"""What a run found so far: per case how much was judged, and the smallest failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seedance_contract.case import Case, Finding, Mismatch, Result, Verdict, failed
from seedance_contract.server.openapi_cases import CASES
from seedance_contract.server.openapi_exchange import KEY, Exchange, curl, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure of a case. `exchange` is None where no answer came."""

    expected: str
    actual: str
    exchange: Exchange | None

    @property
    def rank(self) -> tuple[int, int]:
        """What the reader has to read: requests without a body first, then the smaller."""
        if self.exchange is None:
            return (0, 0)
        return (int(self.exchange.body is not None), self.exchange.size)


class Tally:
    """Counts what was judged, and keeps the smallest failure of each case."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._judged: Counter[Case] = Counter()
        self._failed: Counter[Case] = Counter()
        self._smallest: dict[Case, Failure] = {}
        self._broken = ""

    def passed(self, case: Case) -> None:
        """Count an exchange that the case was put to, and that is as it should be."""
        self._judged[case] += 1

    def failed(self, case: Case, failure: Failure) -> None:
        """Count an exchange that is not."""
        self._judged[case] += 1
        self._failed[case] += 1
        known = self._smallest.get(case)
        if known is None or failure.rank < known.rank:
            self._smallest[case] = failure

    def judge(self, case: Case, judge: Callable[[], bool], exchange: Exchange) -> None:
        """Count what `judge` says: True for good, False for nothing to judge, else `Mismatch`."""
        try:
            if judge():
                self.passed(case)
        except Mismatch as mismatch:
            failure = Failure(expected=mismatch.expected, actual=mismatch.actual, exchange=exchange)
            self.failed(case, failure)

    def broke(self, reason: str) -> None:
        """Note that the run could not be carried out."""
        self._broken = self._broken or reason

    def results(self, seconds: float) -> Iterator[Result]:
        """Yield a result for each case; the seconds of the run stand at the first."""
        for case in CASES:
            yield self._result(case, seconds if case is CASES[0] else 0.0)

    def _result(self, case: Case, seconds: float) -> Result:
        failure = self._smallest.get(case)
        evidence = {"cases": self._judged[case], "failures": self._failed[case]}
        return Result(
            case=case,
            findings=tuple(self._findings(case, failure)),
            seconds=seconds,
            reproduce=curl(failure.exchange, self._key) if failure and failure.exchange else "",
            evidence=evidence,
        )

    def _findings(self, case: Case, failure: Failure | None) -> Iterator[Finding]:
        if case is CASES[0] and self._broken:
            yield Finding(
                check=case.id,
                level=case.weight,
                verdict=Verdict.BROKEN,
                expected="a run to its end",
                actual=self._hidden(self._broken),
            )
        if failure is not None:
            expected, actual = self._hidden(failure.expected), self._hidden(failure.actual)
            yield failed(case.id, case.weight, expected, actual)
        elif self._judged[case]:
            yield Finding(check=case.id, level=case.weight, verdict=Verdict.PASS)

    def _hidden(self, text: str) -> str:
        return shown(text.replace(self._key, KEY))
