"""A report as Markdown, for the summary page of a CI job: the verdict first, then what to fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from seedance_contract.case import VERDICT_MEANINGS, Result, Verdict
from seedance_contract.cause import Cause
from seedance_contract.profiles import ProfileStatus
from seedance_contract.reports.overview import (
    FOLDED_VERDICTS,
    REMEDIES,
    failure_text,
    finding_name,
    folded_reasons,
    grouped_results,
    profile_line,
    shown_hints,
    version_line,
)
from seedance_contract.reports.report import (
    CauseFailures,
    Report,
    failures_by_cause,
    summary_line,
)
from seedance_contract.reports.text import one_line, printable_text

# GitHub shows 1 MiB of a summary and nothing of a longer one.
MAX_FAILURES_SHOWN = 20
"""How many failures of one cause are listed before the rest is counted."""

MARKS = {True: "✅", False: "❌", None: "❔"}
"""The marks of profiles that are reached, not reached, and unknown."""


def markdown_report(report: Report) -> str:
    """Return the report as a Markdown document. It uses the Markdown of GitHub."""
    lines = [
        f"### {_escape(summary_line(report))}",
        "",
        _escape(version_line(report)),
        *_profile_lines(report.profiles),
        *_cause_lines(report),
    ]
    for verdict in FOLDED_VERDICTS:
        lines += _verdict_lines(report, verdict)
    return "\n".join([*lines, *_group_lines(report)]) + "\n"


def _profile_lines(statuses: Iterable[ProfileStatus]) -> Iterator[str]:
    lines = [f"- {MARKS[status.reached]} {_escape(profile_line(status))}" for status in statuses]
    yield from ["", *lines] if lines else []


def _cause_lines(report: Report) -> Iterator[str]:
    causes = failures_by_cause(report)
    if causes:
        yield from ("", "#### What to fix, the worst first")
    for number, group in enumerate(causes, start=1):
        title = "Other failures" if group.cause is None else _prose(group.cause.title)
        yield from ("", f"##### {number}. {title}", "")
        if group.cause is not None:
            yield from _explanation_lines(report, group.cause)
        yield from _failure_table(group)
        yield from _reproduction_lines(group.failures[0].result)


def _explanation_lines(report: Report, cause: Cause) -> Iterator[str]:
    yield from (
        f"- **What happened:** {_prose(cause.happened)}",
        f"- **Why it matters:** {_prose(cause.consequence)}",
        f"- **How to fix it:** {_prose(cause.fix)}",
        f"- **Source:** {_prose(str(cause.source))}",
        "",
    )
    for language, code in shown_hints(report, cause).items():
        yield from (*_code_block(language, code), "")


def _failure_table(group: CauseFailures) -> Iterator[str]:
    rows = [
        (finding.verdict, finding_name(result, finding), failure_text(result, finding))
        for result, findings in group.failures
        for finding in findings
    ]
    yield from _table(("verdict", "case", "what happened"), rows[:MAX_FAILURES_SHOWN])
    if len(rows) > MAX_FAILURES_SHOWN:
        yield from ("", f"and {len(rows) - MAX_FAILURES_SHOWN} more")


def _reproduction_lines(result: Result) -> Iterator[str]:
    if not result.reproduce:
        return
    yield from (
        "",
        f"<details><summary>Reproduce {_escape(result.case.id)}</summary>",
        "",
        *_code_block("sh", result.reproduce),
        "",
        "</details>",
    )


def _verdict_lines(report: Report, verdict: Verdict) -> Iterator[str]:
    """Yield what a verdict means, what to do about it, and its reasons, each in one line."""
    reasons = folded_reasons(report.results, verdict)
    if not reasons:
        return
    yield from ("", f"#### {verdict}: {VERDICT_MEANINGS[verdict]}", "")
    if verdict in REMEDIES:
        yield from (REMEDIES[verdict], "")
    for reason in reasons:
        yield f"- {_escape(str(reason))}"


def _group_lines(report: Report) -> Iterator[str]:
    rows = [(group.name, group.counts) for group in grouped_results(report)]
    if rows:
        yield from ("", *_table(("group", "results"), rows))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(map(_escape, row)) + " |"


def _code_block(language: str, code: str) -> list[str]:
    # A fence must be longer than every row of backticks inside, which would end the block.
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", printable_text(code).rstrip("\n"), fence]


# A subject chooses parts of the text. It must not add cells, rows, HTML, links, images or code.
_SPECIAL = re.compile(r"([\\|\[\]*~`])")


def _escape(text: str) -> str:
    """Return a text of a subject as one line of Markdown that shows it literally."""
    return _SPECIAL.sub(r"\\\1", one_line(text)).replace("<", "&lt;")


def _prose(text: str) -> str:
    """Return a text of the kit as one line of Markdown. Its code between backticks stays code."""
    return one_line(text).replace("<", "&lt;")
