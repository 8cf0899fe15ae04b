"""A report as the lines of a console."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_contract.reports.report import OK_VERDICTS, Report, explanation_lines, summary_line


def console_lines(report: Report) -> Iterator[str]:
    """Yield a line for each case, the explanation of each failure, and the summary."""
    group = None
    for result in report.results:
        if result.case.group != group:
            group = result.case.group
            yield group
        yield f"  {result.verdict:<11} {result.case.id}: {result.case.requirement}"
        if result.verdict not in OK_VERDICTS:
            # The first line of the explanation repeats the requirement.
            yield from (f"              {line}" for line in explanation_lines(result)[1:])
    yield summary_line(report)
