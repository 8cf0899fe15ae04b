"""The judgement: what each check of the kit says about the jobs of an account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from seedance_contract.case import Finding, Verdict
from seedance_contract.cause import Cause
from seedance_contract.client.causes import CAUSES
from seedance_contract.client.grading import FAILED_CHECK_VERDICTS
from seedance_mock.live_checks.basis import finding_of, requests_at_fault
from seedance_mock.live_checks.catalogue import LIVE_CHECKS, LiveCheck
from seedance_mock.live_checks.jobs import Job, jobs_of
from seedance_mock.live_checks.recording import Observed, TimeBase, observe
from seedance_mock.service.journal.entries import JournalEntry

MAX_SHOWN_REQUESTS = 20
"""How many requests a judgement names."""

REQUESTS_PER_TURN = 500
"""How many requests checks look at in one turn of the event loop: about 5 ms."""

JUDGING_CHECKS = tuple(check for check in LIVE_CHECKS if not check.missing)
"""The checks for which traffic is enough."""

UNKNOWN_TIME = (
    "the clock of the account stands still or follows its polls: the time between two requests"
    " says nothing about the client"
)

MAY_BE_ANOTHER_RUN = "the client may have been started again between the requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a check says about the traffic of an account.

    Args:
        check: the check.
        verdict: PASS, FAIL, NON-STRICT, BROKEN, or UNEXERCISED if the traffic does not tell.
        explanation: what happened, or why the check does not judge.
        cause: why the client fails, and the fix; None if it does not fail.
        requests: the ids of the requests that the verdict rests on.
    """

    check: LiveCheck
    verdict: Verdict
    explanation: str
    cause: Cause | None = None
    requests: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the judgement as the control API shows it."""
        case, cause = self.check.case.case, self.cause
        return {
            "id": self.check.id,
            "level": case.effective_level,
            "verdict": self.verdict,
            "requirement": case.requirement,
            "explanation": self.explanation,
            "fix": cause.fix if cause else "",
            "source": str(case.source),
            "cause": cause.id if cause else "",
            "title": cause.title if cause else "",
            "hints": dict(cause.hints) if cause else {},
            "requests": list(self.requests),
        }


async def judge(entries: Sequence[JournalEntry], time_base: TimeBase) -> list[Judgement]:
    """Return the judgements of all checks on the requests of an account.

    Args:
        entries: the requests, in any order.
        time_base: which clock measures the time between them.
    """
    jobs = [_ObservedJob.of(job, time_base) for job in jobs_of(entries)]
    tallies = {check.id: _Tally(check) for check in LIVE_CHECKS}
    seen = 0
    for job, check in product(jobs, JUDGING_CHECKS):
        tallies[check.id].add(job)
        seen += len(job.observed)
        if seen > REQUESTS_PER_TURN:
            # There may be ten thousands of pairs, and they must not keep the server from requests.
            seen = 0
            await asyncio.sleep(0)
    return [tally.judgement() for tally in tallies.values()]


@dataclass(frozen=True, slots=True)
class _ObservedJob:
    """A job with its exchanges. `has_time` says whether the times between them mean anything."""

    job: Job
    observed: Sequence[Observed]
    has_time: bool

    @classmethod
    def of(cls, job: Job, time_base: TimeBase) -> _ObservedJob:
        if time_base is TimeBase.ACCOUNT and len({entry.time for entry in job.entries}) == 1:
            # Nobody has moved the clock: whatever the client waited, it has not passed there.
            time_base = TimeBase.UNKNOWN
        observed = observe(job.entries, job.name, time_base)
        return cls(job, observed, time_base is not TimeBase.UNKNOWN)


@dataclass(slots=True)
class _Tally:
    """What a check has said about the jobs so far."""

    check: LiveCheck
    failure: Finding | None = None
    failed: Sequence[Observed] = ()
    passes: int = 0
    passed: Sequence[Observed] = ()
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, job: _ObservedJob) -> None:
        """Evaluate the check on a job."""
        finding = finding_of(self.check, job.observed)
        if finding.verdict in (*FAILED_CHECK_VERDICTS, Verdict.BROKEN):
            if doubt := self._doubt(job):
                self.reasons[doubt] += 1
            elif self.failure is None:
                # The first one, because later ones may follow from it.
                self.failure = finding
                self.failed = requests_at_fault(self.check, job.observed, finding)
        elif finding.verdict is not Verdict.PASS:
            self.reasons[finding.actual] += 1
        elif self.check.pass_needs:
            self.reasons[f"the traffic does not show {self.check.pass_needs}"] += 1
        elif job.job.is_unclear:
            self.reasons[MAY_BE_ANOTHER_RUN] += 1
        else:
            self.passes += 1
            self.passed = job.observed

    def _doubt(self, job: _ObservedJob) -> str:
        """Return why a failure is none that the traffic proves; empty if it does."""
        if self.check.check.timed and not job.has_time:
            return UNKNOWN_TIME
        needs = self.check.failure_needs
        return f"the traffic does not show {needs}" if needs else ""

    def judgement(self) -> Judgement:
        """Return the judgement on all jobs."""
        if self.failure is not None:
            return Judgement(
                check=self.check,
                verdict=self.failure.verdict,
                explanation=_failure_text(self.failure),
                cause=CAUSES.get(self.failure.cause),
                requests=_ids(self.failed),
            )
        if self.passes:
            return Judgement(
                check=self.check,
                verdict=Verdict.PASS,
                explanation=f"{self.passes} jobs kept it." if self.passes > 1 else "A job kept it.",
                requests=_ids(self.passed),
            )
        return Judgement(check=self.check, verdict=Verdict.UNEXERCISED, explanation=self._silence())

    def _silence(self) -> str:
        """Return why the check has no verdict."""
        if self.check.missing:
            reason = (
                f"the traffic alone does not show {self.check.missing}; `seedance-mock"
                " check-client` judges it"
            )
        elif self.reasons:
            [(reason, _)] = self.reasons.most_common(1)
        else:
            reason = "the client sent no request"
        return f"{reason[0].upper()}{reason[1:]}."


def _failure_text(failure: Finding) -> str:
    cause = CAUSES.get(failure.cause)
    happened = f"{cause.happened} " if cause else ""
    details = f"Expected {failure.expected}; got {failure.actual}." if failure.expected else ""
    return happened + (details or f"{failure.actual[0].upper()}{failure.actual[1:]}.")


def _ids(observed: Sequence[Observed]) -> tuple[str, ...]:
    return tuple(entry.request_id for entry, _ in observed[:MAX_SHOWN_REQUESTS])
