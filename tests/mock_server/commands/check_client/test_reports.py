"""The reports of `check-client`: written, graded again, and with a baseline."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
from junitparser import Failure, JUnitXml

from seedance_contract.reports.report_json import report_schema
from seedance_mock.commands.check_client import run

from .conftest import (
    BASELINE,
    CASES,
    GOOD,
    HURRIED,
    CheckClient,
    passes,
)


def test_reports_are_written(check_client: CheckClient, tmp_path: Path) -> None:
    names = {"json": "r.json", "junit": "r.xml", "markdown": "r.md"}
    options = [text for name, file in names.items() for text in (f"--{name}", file)]

    check_client("--case", "POLL-91", *options, client=HURRIED)

    report = json.loads((tmp_path / "r.json").read_text())
    jsonschema_rs.Draft202012Validator(report_schema()).validate(report)
    assert report["subject"] == " ".join(HURRIED)
    assert [status["reached"] for status in report["profiles"]] == [False, False, False]
    [[case]] = JUnitXml.fromfile(str(tmp_path / "r.xml"))
    assert [type(result) for result in case.result] == [Failure]
    assert "POLL-91" in (tmp_path / "r.md").read_text()


def test_a_page_is_written(check_client: CheckClient, tmp_path: Path) -> None:
    check_client("--case", "CAN-91", "--name", "my <client>", "--html", "r.html", client=GOOD)

    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "my \\u003cclient\\u003e" in page


def test_a_report_is_graded_again(
    check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_client("--case", "POLL-9*", "--json", "r.json", "--name", "hasty", client=HURRIED)
    lenient = replace(CASES[0], checks=(replace(CASES[0].checks[0], evaluate=passes),))
    monkeypatch.setattr(run, "CASES", (lenient, *CASES[1:]))

    ended = check_client("--regrade", "r.json", "--case", "POLL-91")

    assert ended.exit_code == 0
    assert "hasty: 1 PASS in " in ended.stdout


def test_a_partial_report_stays_partial(check_client: CheckClient, tmp_path: Path) -> None:
    check_client("--case", "POLL-92", "--json", "r.json", client=GOOD)
    report = json.loads((tmp_path / "r.json").read_text())
    (tmp_path / "r.json").write_text(json.dumps({**report, "interrupted": True}))

    ended = check_client("--regrade", "r.json")

    assert ended.exit_code == 130
    assert "1 PASS in 0.0 s; interrupted" in ended.stdout


def test_a_report_that_cannot_be_written_exits_with_3(check_client: CheckClient) -> None:
    ended = check_client("--case", "POLL-92", "--junit", "/dev/full", client=GOOD)

    assert ended.exit_code == 3
    assert "cannot write --junit /dev/full: No space left on device" in ended.stderr
    assert "1 PASS in" in ended.stdout


def test_a_report_without_the_case_is_an_error(check_client: CheckClient) -> None:
    check_client("--case", "POLL-92", "--json", "r.json", client=GOOD)

    ended = check_client("--regrade", "r.json", "--case", "POLL-91")

    assert ended.exit_code == 2
    assert "r.json has no result of the selected cases" in ended.stderr


def test_a_report_of_another_dialect_is_named(check_client: CheckClient) -> None:
    check_client("--dialect", "v3", "--json", "r.json", client=GOOD)

    ended = check_client("--regrade", "r.json")

    assert ended.exit_code == 2
    assert "r.json is about another dialect: add --dialect v3" in ended.stderr
    assert check_client("--regrade", "r.json", "--dialect", "v3").exit_code == 0


@pytest.mark.parametrize(
    ("option", "start", "end"),
    [
        ("--json", "{", "}\n"),
        ("--junit", "<", "</testsuites>\n"),
        ("--markdown", "### ", "\n"),
        ("--html", "<!doctype html>", "</html>\n"),
    ],
)
def test_a_report_on_standard_output_stands_alone(
    option: str, start: str, end: str, check_client: CheckClient
) -> None:
    ended = check_client("--case", "POLL-92", option, "-", client=GOOD)

    assert ended.stdout.startswith(start)
    assert ended.stdout.endswith(end)
    assert "1 PASS in" in ended.stderr


@pytest.mark.parametrize(
    ("client", "exit_code", "verdict"), [(HURRIED, 0, "1 XFAIL"), (GOOD, 1, "1 XPASS")]
)
def test_a_baseline_excuses_only_failures(
    client: tuple[str, ...],
    exit_code: int,
    verdict: str,
    check_client: CheckClient,
    tmp_path: Path,
) -> None:
    (tmp_path / "known.toml").write_text(BASELINE)

    ended = check_client("--case", "POLL-91", "--baseline", "known.toml", client=client)

    assert (ended.exit_code, verdict in ended.stdout) == (exit_code, True)


def test_a_printed_key_is_in_no_report(check_client: CheckClient, tmp_path: Path) -> None:
    names = {name: f"r.{name}" for name in ("json", "junit", "markdown", "html")}
    options = [text for name, file in names.items() for text in (f"--{name}", file)]

    ended = check_client(
        "--case", "POLL-91", *options, client=(sys.executable, "leaky.py", "--hurry")
    )

    reports = {name: (tmp_path / file).read_text() for name, file in names.items()}
    [result] = json.loads(reports["json"])["results"]
    assert (result["verdict"], result["evidence"]["leaks"]) == ("FAIL", ["stdout", "stderr"])
    assert all("POLL-91" in text for text in reports.values())
    for text in (*reports.values(), ended.stdout, ended.stderr):
        # The second pattern is the start of "sk-mock" in base64.
        assert not re.search("sk-mock-|c2stbW9ja", text)


def test_failures_are_written_as_a_baseline(check_client: CheckClient) -> None:
    options = ("--case", "POLL-91", "--quiet")

    first = check_client(*options, "--write-baseline", "b.toml", client=HURRIED)
    second = check_client(*options, "--baseline", "b.toml", client=HURRIED)

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert "1 XFAIL" in second.stdout
