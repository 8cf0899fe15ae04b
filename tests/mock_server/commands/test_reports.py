"""`diff` and `report`, the commands that read stored reports."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result

from seedance_contract.case import Case, Finding, Level, Verdict
from seedance_contract.case import Result as CaseResult
from seedance_contract.declared.sources import page
from seedance_contract.reports.report import Report
from seedance_contract.reports.report_json import report_json

CASE = Case(id="X-01", group="g", level=Level.MUST, requirement="It holds.", source=page("polling"))

Run = Callable[..., Result]
Store = Callable[..., Path]


SCRIPT = "curl 'http://127.0.0.1/\N{PERFORMING ARTS}'"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give a function that stores a report of one case and returns its path."""

    def store_report(verdict: Verdict, subject: str = "my client", **changes: object) -> Path:
        finding = Finding(check="holds", level=Level.MUST, verdict=verdict, actual="\x1b[31mno")
        report = Report(
            suite="client",
            subject=subject,
            version="1.2.3",
            started="2026-01-01T00:00:00Z",
            seconds=1.25,
            results=[CaseResult(case=CASE, findings=(finding,), reproduce=SCRIPT)],
        )
        path = tmp_path / f"{verdict}-{subject}.json"
        path.write_text(json.dumps({**report_json(report), **changes}))
        return path

    return store_report


def test_a_worse_case_exits_with_1(store: Store, run: Run) -> None:
    ended = run("diff", store(Verdict.PASS), store(Verdict.FAIL))

    assert ended.exit_code == 1
    assert ended.stdout == "worse    X-01: PASS -> FAIL [holds]: It holds.\n1 worse\n"


def test_a_better_case_exits_with_0(store: Store, run: Run) -> None:
    ended = run("diff", store(Verdict.FAIL), store(Verdict.PASS), "--json")

    assert ended.exit_code == 0
    document = json.loads(ended.stdout)
    assert [change["id"] for change in document["better"]] == ["X-01"]
    assert document["counts"]["better"] == 1


def test_equal_reports_have_no_changes(store: Store, run: Run) -> None:
    assert run("diff", store(Verdict.PASS), store(Verdict.PASS)).stdout == "nothing changed\n"


def test_a_partial_report_is_noted(store: Store, run: Run) -> None:
    ended = run("diff", store(Verdict.PASS), store(Verdict.FAIL, interrupted=True))

    note = "Note: NEW is a partial report: interrupted: not every selected case was run.\n"
    assert (ended.exit_code, ended.stderr) == (1, note)


def test_merged_partial_reports_stay_partial(store: Store, run: Run) -> None:
    files = store(Verdict.FAIL, "first"), store(Verdict.PASS, "second", interrupted=True)

    suites = ET.fromstring(run("report", *files, "--junit", "-").stdout)

    assert [suite.get("name") for suite in suites] == [
        "first: g",
        "second: g",
        "second: interrupted",
    ]


def test_reports_of_two_suites_are_not_compared(store: Store, run: Run) -> None:
    ended = run("diff", store(Verdict.PASS), store(Verdict.FAIL, suite="server"))

    assert ended.exit_code == 2
    assert "one report is about a client, the other about a server" in ended.output


@pytest.mark.parametrize("command", ["diff", "report"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "this is no report"),
        ('{"schema": 99}', "the report has schema 99, and only 2 can be read"),
    ],
)
def test_other_files_are_an_error(
    command: str, text: str, message: str, tmp_path: Path, run: Run
) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)

    ended = run(command, file, file)

    assert ended.exit_code == 2
    assert message in re.sub(r"\s+", " ", ended.output)


def test_a_report_prints_no_control_characters(store: Store, run: Run) -> None:
    output = run("report", store(Verdict.FAIL)).stdout

    assert "X-01 holds: �[31mno" in output
    assert output.endswith("my client: 1 FAIL in 1.2 s\n")


def test_a_report_is_written_in_every_format(store: Store, tmp_path: Path, run: Run) -> None:
    files = {name: tmp_path / name for name in ("html", "junit", "markdown")}
    options = [argument for name, path in files.items() for argument in (f"--{name}", path)]

    ended = run("report", store(Verdict.FAIL), *options)

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "<title>Conformance: my client</title>" in files["html"].read_text()
    assert ET.fromstring(files["junit"].read_text())[0].get("name") == "g"
    assert files["markdown"].read_text().startswith("### my client: 1 FAIL in 1.2 s\n")


def test_merged_groups_are_named_with_the_subject(store: Store, run: Run) -> None:
    files = store(Verdict.FAIL, "first"), store(Verdict.PASS, "second")

    suites = ET.fromstring(run("report", *files, "--junit", "-").stdout)

    assert [suite.get("name") for suite in suites] == ["first: g", "second: g"]
    markdown = run("report", *files, "--markdown", "-").stdout
    assert re.findall("^### .*:", markdown, re.MULTILINE) == ["### first:", "### second:"]


def test_verbose_lists_every_case(store: Store, run: Run) -> None:
    file = store(Verdict.PASS)

    assert "PASS        X-01: It holds." in run("report", file, "--verbose").stdout
    assert "X-01" not in run("report", file).stdout


def test_the_script_of_a_case_is_printed(store: Store, run: Run) -> None:
    ended = run("report", store(Verdict.FAIL), "--reproduce", "X-01")

    assert ended.stdout == "curl 'http://127.0.0.1/\N{PERFORMING ARTS}'\n"


def test_a_case_without_a_script_is_an_error(store: Store, run: Run) -> None:
    ended = run("report", store(Verdict.FAIL), "--reproduce", "X-02")

    assert ended.exit_code == 2
    assert "no script reproduces X-02; the cases with one: X-01" in ended.stderr


def test_a_report_needs_a_file(run: Run) -> None:
    assert run("report").exit_code == 2


def test_scripts_of_failures_are_written(store: Store, run: Run, tmp_path: Path) -> None:
    path = store(Verdict.FAIL)
    report = json.loads(path.read_text())
    report["results"][0]["reproduce"] = "echo \ud800 again"
    path.write_text(json.dumps(report))

    ended = run("report", path, "--scripts", tmp_path / "new" / "scripts")

    assert ended.exit_code == 0
    script = tmp_path / "new" / "scripts" / "X-01.sh"
    assert subprocess.run([script], capture_output=True, check=True).stdout.endswith(b" again\n")
    assert ended.stdout == ""
    assert ended.stderr == f"{script.parent}: 1 scripts\n"


def test_scripts_are_those_of_one_report(store: Store, run: Run, tmp_path: Path) -> None:
    ended = run("report", store(Verdict.FAIL), store(Verdict.PASS), "--scripts", tmp_path)

    assert ended.exit_code == 2
    assert "--scripts needs a single report" in ended.stderr


def test_folder_of_scripts_must_be_writable(store: Store, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ended = run("report", store(Verdict.FAIL), "--scripts", tmp_path / "file" / "scripts")

    assert ended.exit_code == 3
    assert "cannot be written" in ended.stderr
