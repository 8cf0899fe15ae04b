"""The files of a report, and the exit code that follows from it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import pytest

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.reports.report import Report
from seedance_mock.commands.framework.output import require_writable
from seedance_mock.commands.framework.report_files import (
    FORMATS,
    report_exit_code,
    require_writable_files,
    write_report_files,
)

CASE = Case(id="X-01", group="g", level=Level.MUST, requirement="Holds.", source=page("polling"))


def report(*verdicts: Verdict, interrupted: bool = False, subject: str = "s") -> Report:
    findings = [Finding(check="c", level=Level.MUST, verdict=verdict) for verdict in verdicts]
    return Report(
        suite="server",
        subject=subject,
        version="1",
        started="2026-01-01T00:00:00Z",
        seconds=1.0,
        results=[Result(case=CASE, findings=(finding,)) for finding in findings],
        interrupted=interrupted,
    )


@pytest.mark.parametrize(
    ("verdict", "default", "strict", "exercised"),
    [
        (Verdict.PASS, 0, 0, 0),
        (Verdict.INFO, 0, 0, 0),
        (Verdict.XFAIL, 0, 0, 0),
        (Verdict.UNSUPPORTED, 0, 0, 0),
        (Verdict.NON_STRICT, 0, 1, 0),
        (Verdict.UNEXERCISED, 0, 0, 1),
        (Verdict.FAIL, 1, 1, 1),
        (Verdict.XPASS, 1, 1, 1),
        (Verdict.BROKEN, 3, 3, 3),
    ],
)
def test_exit_code_of_a_run(verdict: Verdict, default: int, strict: int, exercised: int) -> None:
    run = report(Verdict.PASS, verdict)

    assert report_exit_code(run) == default
    assert report_exit_code(run, strict=True) == strict
    assert report_exit_code(run, require_exercised=True) == exercised


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL, Verdict.BROKEN])
def test_an_interrupted_run_exits_with_130(verdict: Verdict) -> None:
    assert report_exit_code(report(verdict, interrupted=True)) == 130


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_in_utf_8(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A name that is no text, as an argument that is not UTF-8 becomes in Python.
    subject = "café 日本 \udcff"
    path = tmp_path / "report"

    assert write_report_files(report(Verdict.PASS, subject=subject), {form: path})

    text = path.read_bytes().decode("utf-8")
    assert "café" in text or "caf\\u00e9" in text or form == "junit"


def test_a_file_that_cannot_be_written_loses_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.json"

    is_written = write_report_files(report(), {"junit": Path("/dev/full"), "json": path})

    assert not is_written
    assert json.loads(path.read_text())["subject"] == "s"
    assert capsys.readouterr().err == (
        "Error: cannot write --junit /dev/full: No space left on device\n"
    )


def test_a_file_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match=r"--junit .*: there is no folder .*nowhere"):
        require_writable_files({"junit": tmp_path / "nowhere" / "r.xml"})


@pytest.mark.parametrize("name", ["new", "existing"])
def test_a_file_needs_permission(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "existing").touch()
    # The superuser, as whom tests may run, has every permission.
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    with pytest.raises(click.UsageError, match="no permission to write it"):
        require_writable("--json", tmp_path / name)
