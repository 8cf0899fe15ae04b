"""For tests of the HTML page: reports as JSON, and everything on a page opened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.cause import Cause
from seedance_contract.client.record import Record, RecordedExchange, record_to_json
from seedance_contract.declared.sources import page
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.report import Report
from seedance_contract.reports.report_json import report_json

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = (
    "<script>hacked=1</script><img src=x onerror=hacked=1></script>{{7*7}}🎬a\u2028b\u202ec\ud800"
)
"""Text that would run as a script, move other text, or cannot be encoded."""

HOSTILE_SHOWN = (
    HOSTILE.replace("\u2028", "\\u2028").replace("\u202e", "\\u202e").replace("\ud800", "\\ud800")
)

TASK = "/v1/tasks/ldtask_0123456789abcdef0123456789abcdef"

BLIND_RETRY = Cause(
    id="blind-retry",
    title="Creates are repeated blindly",
    happened="The client repeated a create.",
    consequence="Both tasks are billed.",
    fix="Look for the task first.",
    hints={"python": "if created:\n    return", "javascript": "if (created) return;"},
    source=page("best-practices"),
)


def exchange(
    target: str = TASK, seen: float = 0.0, status: int | None = 200, **changes: Any
) -> RecordedExchange:
    """Return an exchange that takes 20 ms. Without a status its response is lost."""
    members: dict[str, Any] = {
        "origin": "api",
        "connection": 1,
        "turn": 1,
        "method": "GET",
        "target": target,
        "headers": (("Authorization", "Bearer key#1"),),
        "body": "",
        "seen": seen,
        "sent": None if status is None else seen + 0.01,
        "ended": seen + 0.02,
        "status": status,
        "complete": status is not None,
        "fault": None if status else "reset",
        "applied": None if status else True,
        **changes,
    }
    return RecordedExchange(**members)


def poll(seen: float, status: str = "processing", **changes: Any) -> RecordedExchange:
    """Return a poll whose response names the status of the task."""
    answer = json.dumps({"id": TASK.rpartition("/")[2], "status": status})
    return exchange(seen=seen, answer_body=answer, place="poll", **changes)


def record(*exchanges: RecordedExchange, **members: Any) -> dict[str, object]:
    """Return the evidence of a client run."""
    defaults: dict[str, Any] = {"exit": 0, "seconds": 7.0, "job": {"kit": 1}}
    return record_to_json(Record(case="", exchanges=exchanges, **{**defaults, **members}))


LIMITED = exchange(
    seen=0.01,
    status=429,
    answer_headers=(("Retry-After", "5"),),
    answer_body='{"error": {"code": "rate_limit_exceeded"}}',
)
TRAFFIC = record(LIMITED, poll(5.03, "completed"), exchange(seen=6.0, status=None))


def result(
    verdict: Verdict,
    number: int = 0,
    *,
    id: str = "",
    group: str = "",
    level: Level | None = None,
    text: str = "at least 3 s",
    requirement: str = "",
    cause: str = "",
    reproduce: str = "",
    evidence: Mapping[str, object] = TRAFFIC,
) -> Result:
    """Return a result with one finding; texts, group and level follow from the number."""
    case = Case(
        id=id or f"{verdict}-{number:02}",
        group=group or f"group {number % 3}",
        level=level or list(Level)[number % 4],
        requirement=requirement or f"Requirement {number} holds.",
        source=page("polling"),
    )
    finding = Finding(
        check="waits", level=Level.MUST, verdict=verdict, expected=text, actual=text, cause=cause
    )
    return Result(
        case=case, findings=(finding,), reproduce=reproduce or f"curl {text}", evidence=evidence
    )


def report(
    *results: Result,
    subject: str = "my client",
    suite: str = "client",
    causes: Sequence[Cause] = (),
    profiles: Sequence[ProfileStatus] = (),
    **members: Any,
) -> dict[str, object]:
    """Return a report as JSON."""
    return report_json(
        Report(
            suite=suite,
            subject=subject,
            version="1.2.3",
            started="2026-01-01T00:00:00Z",
            seconds=1.25,
            results=results,
            causes=causes,
            profiles=profiles,
            **members,
        )
    )


def profile(
    name: Profile,
    reached: bool | None,
    blocking: Sequence[str] = (),
    unexercised: Sequence[str] = (),
    not_run: int = 0,
) -> ProfileStatus:
    """Return the status of a profile with nine cases."""
    return ProfileStatus(
        profile=name,
        promise=f"the promise of {name}",
        reached=reached,
        cases=9,
        blocking=tuple(blocking),
        unexercised=tuple(unexercised),
        not_run=not_run,
    )


RESULTS = [result(verdict, number) for number, verdict in enumerate(Verdict)]
"""A result with each verdict, the worst first."""

FULL_REPORT = report(
    *RESULTS,
    result(Verdict.FAIL, 10, id="DUP-01", cause="blind-retry", requirement="It creates once."),
    causes=[BLIND_RETRY],
    profiles=[
        profile(Profile.SAFE, False, ["DUP-01", "FAIL-01"], ["UNEXERCISED-04"]),
        profile(Profile.CORRECT, True),
        profile(Profile.POLITE, None, not_run=4),
    ],
    options={
        "command": ["node", "my client.js"],
        "repeat": 1,
        "core": False,
        "seed": 7,
        "timeout": 2.5,
    },
)
"""A report that has everything that a page shows."""


def open_everything(page: Page) -> None:
    """Open every fold, case, log and tree, so that all of the page can be inspected."""
    while page.evaluate("""() => {
      const closed = [...document.querySelectorAll("details:not([open])")];
      closed.forEach((details) => { details.build?.(); details.open = true; });
      return closed.length;
    }"""):
        pass
