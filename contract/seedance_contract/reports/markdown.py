"""A report as Markdown, for the summary page of a CI job."""

from __future__ import annotations

from seedance_contract.case import Result
from seedance_contract.reports.report import OK_VERDICTS, Report, summary_line


def markdown_report(report: Report) -> str:
    """Return the summary, and a table with a row for each result that is not good."""
    lines = [f"### {_escape(summary_line(report))}", ""]
    failed = [result for result in report.results if result.verdict not in OK_VERDICTS]
    if failed:
        lines += ["| verdict | case | requirement | what happened |", "|---|---|---|---|"]
    for result in failed:
        case = result.case
        cells = (result.verdict.value, case.id, case.requirement, _what_happened(result))
        lines.append("| " + " | ".join(map(_escape, cells)) + " |")
    return "\n".join(lines) + "\n"


def _what_happened(result: Result) -> str:
    return "; ".join(
        f"expected {finding.expected}, got {finding.actual}"
        for finding in result.findings
        if finding.verdict not in OK_VERDICTS and (finding.expected or finding.actual)
    )


def _escape(text: str) -> str:
    # A subject chooses parts of the text. It must not add cells, rows or HTML to the page.
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
