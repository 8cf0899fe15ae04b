"""Which requests a failure rests on: the fewest with which the check still fails."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_contract.case import Finding
from seedance_contract.client.grading import evaluate
from seedance_mock.live_checks.catalogue import LiveCheck
from seedance_mock.live_checks.recording import Observed, record_of

MAX_TRIALS = 300
"""How often a check is evaluated to find the requests. Most failures need less than 20 trials."""


def finding_of(check: LiveCheck, observed: Sequence[Observed]) -> Finding:
    """Return what a check of the kit says about the requests of a job."""
    return evaluate(check.case, check.check, record_of(observed))


def requests_at_fault(
    check: LiveCheck, observed: Sequence[Observed], failure: Finding
) -> list[Observed]:
    """Return some of the requests, without which the check would not fail as it does.

    The checks do not say which requests they looked at. Without a request that a failure does not
    depend on, the check still fails; so all of these are left out.
    """
    remaining = list(observed)
    size, trials = len(remaining) // 2, 0
    # First halves, then smaller parts: most of a long job has nothing to do with the failure. From
    # the end, so that the first requests remain that fail.
    while size and trials < MAX_TRIALS:
        end = len(remaining)
        while end > 0 and trials < MAX_TRIALS:
            start = max(0, end - size)
            fewer = remaining[:start] + remaining[end:]
            trials += 1
            if fewer and _is_same(finding_of(check, fewer), failure):
                remaining = fewer
            end = start
        size //= 2
    return remaining


def _is_same(finding: Finding, failure: Finding) -> bool:
    # Not `actual`, which may have a measured time or a count.
    members = ("verdict", "expected", "cause")
    return all(getattr(finding, name) == getattr(failure, name) for name in members)
