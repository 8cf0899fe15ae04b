"""The shell scripts that repeat the failures of a report, as files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from seedance_contract.case import Verdict
from seedance_contract.reports.report import Report

UNSCRIPTED_VERDICTS = frozenset((Verdict.PASS, Verdict.UNEXERCISED, Verdict.UNSUPPORTED))
"""Verdicts of cases in which nothing went wrong."""


def script_files(report: Report) -> Mapping[str, str]:
    """Return the scripts of all failures by the name of their file, such as "tasks.order.sh"."""
    return {
        f"{_file_name(result.case.id)}.sh": _script(result.reproduce)
        for result in report.results
        if result.reproduce and result.verdict not in UNSCRIPTED_VERDICTS
    }


def _file_name(case_id: str) -> str:
    # A stored report may contain any id, also one that leads to another folder.
    return re.sub(r"[^\w.-]|^\.", "_", case_id, flags=re.ASCII)


def _script(text: str) -> str:
    # A failure of a client is repeated with one command line.
    script = text if text.startswith("#!") else f"#!/bin/sh\n{text}"
    return script.rstrip("\n") + "\n"
