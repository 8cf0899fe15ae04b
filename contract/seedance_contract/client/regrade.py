"""Grades recorded runs again, from the JSON of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from seedance_contract.case import Result
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.grading import grade
from seedance_contract.client.record import record_from_json
from seedance_contract.reports.report_json import SCHEMA_VERSION


class UnreadableReport(ValueError):
    """A report cannot be graded again. The message says why."""


def regrade(report: Mapping[str, Any], client_cases: Iterable[ClientCase]) -> list[Result]:
    """Return the results of a JSON report, graded by the current checks.

    Raises UnreadableReport.
    """
    if report.get("suite") != "client" or report.get("schema") != SCHEMA_VERSION:
        raise UnreadableReport(f"the file is not a client report with schema {SCHEMA_VERSION}")
    # Such a report has the record of failures only, so a pass could not be confirmed.
    if "explore" in report.get("details", {}):
        raise UnreadableReport(
            "the report is one of --explore, which cannot be graded again: run --explore with"
            " --situation or --regressions instead"
        )
    cases_by_id = {client_case.id: client_case for client_case in client_cases}
    return [_regrade_row(row, cases_by_id) for row in report["results"]]


def _regrade_row(row: Mapping[str, Any], cases_by_id: Mapping[str, ClientCase]) -> Result:
    client_case = cases_by_id.get(row["id"])
    if client_case is None:
        raise UnreadableReport(f"the report contains {row['id']}, which is not a case of this kit")
    try:
        record = record_from_json(row["evidence"])
    except (KeyError, TypeError, ValueError):
        message = f"the evidence of {row['id']} is not a record of this kit"
        raise UnreadableReport(message) from None
    return replace(grade(client_case, record), reproduce=row["reproduce"])
