"""A report as the lines of a console: the verdict first, then what to fix, then the rest."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from textwrap import indent, wrap

from seedance_contract.case import VERDICT_MEANINGS, Result, Verdict
from seedance_contract.cause import Cause
from seedance_contract.reports.overview import (
    FOLDED_VERDICTS,
    LANGUAGES,
    MAX_FOLDED_NAMES,
    REMEDIES,
    counted_cases,
    failure_text,
    finding_name,
    finding_text,
    folded_reasons,
    grouped_results,
    profile_line,
    shown_hints,
    version_line,
)
from seedance_contract.reports.report import (
    OK_VERDICTS,
    CauseFailures,
    Report,
    failures_by_cause,
    summary_line,
)
from seedance_contract.reports.text import one_line, printable_text

WIDTH = 100

MAX_FAILURES_SHOWN = 10
"""How many failures of one cause are listed before the rest is counted."""

MAX_SCRIPT_LINES = 12
"""The length of a script up to which it is printed."""


def console_lines(
    report: Report, verbose: bool = False, report_file: str | None = None
) -> Iterator[str]:
    """Yield the report as lines for a terminal, without control characters.

    Args:
        report: the report.
        verbose: whether to list every case, every failure and complete scripts.
        report_file: the path of the JSON report, None if the run has written none.
    """
    return map(printable_text, _lines(report, verbose, report_file))


def _lines(report: Report, verbose: bool, report_file: str | None) -> Iterator[str]:
    yield version_line(report)
    yield from map(profile_line, report.profiles)
    causes = failures_by_cause(report)
    if causes:
        yield ""
        yield "What to fix, the worst first:"
    for number, group in enumerate(causes, start=1):
        yield ""
        yield from _cause_lines(report, number, group, verbose)
        yield from _reproduction_lines(group.failures[0].result, verbose, report_file)
    for verdict in FOLDED_VERDICTS:
        yield from _verdict_lines(report, verdict, verbose)
    yield from _group_lines(report, verbose)
    if report.results:
        yield ""
    yield one_line(summary_line(report))


def _cause_lines(report: Report, number: int, group: CauseFailures, verbose: bool) -> Iterator[str]:
    cause = group.cause
    cases = counted_cases(len(group.failures))
    if cause is None:
        yield f"{number}. Other failures ({group.verdict}, {cases})"
    else:
        yield f"{number}. {one_line(cause.title)} ({group.verdict}, {cases})"
        yield from _explanation_lines(report, cause)
    yield "   Failed:"
    yield from _failure_lines(group, verbose)


def _explanation_lines(report: Report, cause: Cause) -> Iterator[str]:
    yield from _paragraph("What happened:  ", cause.happened)
    yield from _paragraph("Why it matters: ", cause.consequence)
    yield from _paragraph("How to fix it:  ", cause.fix)
    for language, code in shown_hints(report, cause).items():
        yield f"   {LANGUAGES.get(language, language)}:"
        yield from indent(code, "       ").splitlines()
    yield from _paragraph("Source:         ", str(cause.source))


def _paragraph(label: str, text: str) -> list[str]:
    return wrap(
        one_line(text),
        WIDTH,
        initial_indent=f"   {label}",
        subsequent_indent=" " * (len(label) + 3),
        break_long_words=False,
    )


def _failure_lines(group: CauseFailures, verbose: bool) -> Iterator[str]:
    lines = [
        f"     {finding.verdict:<11} {finding_name(result, finding)}:"
        f" {failure_text(result, finding)}"
        for result, findings in group.failures
        for finding in findings
    ]
    # A list of one hidden line is as long as the line.
    if verbose or len(lines) <= MAX_FAILURES_SHOWN + 1:
        yield from lines
    else:
        yield from lines[:MAX_FAILURES_SHOWN]
        yield f"     and {len(lines) - MAX_FAILURES_SHOWN} more; --verbose lists them"


def _reproduction_lines(result: Result, verbose: bool, report_file: str | None) -> Iterator[str]:
    lines = result.reproduce.splitlines()
    case_id = one_line(result.case.id)
    if not lines:
        return
    if verbose or len(lines) <= MAX_SCRIPT_LINES:
        yield f"   Reproduce {case_id}:"
        yield from (f"     {line}" for line in lines)
    else:
        condition = "" if report_file else ", after a run with --json FILE"
        yield f"   Reproduce {case_id} with a script of {len(lines)} lines{condition}:"
        file = shlex.quote(report_file) if report_file else "FILE"
        yield f"     seedance-mock report {file} --reproduce {case_id} | sh"


def _verdict_lines(report: Report, verdict: Verdict, verbose: bool) -> Iterator[str]:
    """Yield what a verdict means, what to do about it, and its reasons, each in one line."""
    reasons = folded_reasons(report.results, verdict)
    if not reasons:
        return
    yield ""
    yield f"{verdict}: {VERDICT_MEANINGS[verdict]}."
    if verdict in REMEDIES:
        yield from _indented(REMEDIES[verdict], 3)
    for reason in reasons:
        yield f"   {reason}"
        if verbose and len(reason.cases) > MAX_FOLDED_NAMES:
            yield from _indented(", ".join(reason.cases), 5)


def _indented(text: str, width: int) -> list[str]:
    spaces = " " * width
    return wrap(
        one_line(text),
        WIDTH,
        initial_indent=spaces,
        subsequent_indent=spaces,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _group_lines(report: Report, verbose: bool) -> Iterator[str]:
    groups = grouped_results(report)
    if groups:
        yield ""
    width = max((len(group.name) for group in groups), default=0)
    for group in groups:
        yield f"{group.name:<{width}}  {group.counts}"
        if verbose:
            yield from _result_lines(group.results)


def _result_lines(results: Iterable[Result]) -> Iterator[str]:
    for result in results:
        requirement = one_line(result.case.requirement)
        yield f"  {result.verdict:<11} {one_line(result.case.id)}: {requirement}"
        for finding in result.findings:
            if finding.verdict not in OK_VERDICTS and (text := finding_text(finding)):
                yield f"              {finding.verdict} {one_line(finding.check)}: {text}"
