"""`explain`, `diff` and `report`, as they are typed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from seedance_contract import casebook
from seedance_contract.case import Case, Finding, Level, Verdict
from seedance_contract.case import Result as CaseResult
from seedance_contract.casebook import CaseEntry
from seedance_contract.declared.sources import assumed, page
from seedance_contract.reports.report import Report, as_json
from seedance_mock.commands.explain import by_hand, describe_case, key
from seedance_mock.commands.main import main

CASE = Case(id="X-01", group="g", level=Level.MUST, requirement="It holds.", source=page("polling"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


Store = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give a function that stores a report of one case and returns its path."""

    def stored(verdict: Verdict, subject: str = "my client", **changes: object) -> Path:
        finding = Finding(check="holds", level=Level.MUST, verdict=verdict, actual="\x1b[31mno")
        report = Report(
            suite="client",
            subject=subject,
            version="1.2.3",
            started="2026-01-01T00:00:00Z",
            seconds=1.25,
            results=[CaseResult(case=CASE, findings=(finding,))],
        )
        path = tmp_path / f"{verdict}-{subject}.json"
        path.write_text(json.dumps({**as_json(report), **changes}))
        return path

    return stored


def test_a_case_is_explained() -> None:
    told = run("explain", "poll-17").stdout

    assert told.startswith("POLL-17 (client, MUST)\n  group:       POLL")
    assert "source:      page: error-handling, rate-limits (documented)\n" in told
    assert "check:       waits-out-retry-after (MUST): The poll after a 429" in told
    assert "    poll-429: GET of a task; counted for each task: 429" in told
    assert "seedance-mock check-client --case POLL-17 -- COMMAND\n" in told


def test_a_case_can_be_had_as_json() -> None:
    told = json.loads(run("explain", "POLL-17", "--json").stdout)

    assert told["level"] == "MUST"
    assert told["key"] == "sk-mock-clock-polls.after-2polls.poll-429.retry-3s--by-hand"
    assert told["checks"][0]["id"] == "waits-out-retry-after"


def test_an_unknown_case_is_told_its_neighbour() -> None:
    ended = run("explain", "POLL-71")

    assert ended.exit_code == 1
    assert "there is no case 'POLL-71'; perhaps POLL-" in ended.output


def test_without_any_case_there_is_no_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casebook, "cases", lambda: {})

    assert run("explain", "POLL-17").output == "Error: there is no case 'POLL-17'\n"


def test_a_case_of_the_server_suite_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = CaseEntry(suite="server", case=CASE)
    monkeypatch.setattr(casebook, "cases", lambda: {"X-01": entry})

    assert json.loads(run("explain", "X-01", "--json").stdout)["key"] is None
    assert list(describe_case(entry))[-2:] == [
        "  to see it:   seedance-mock check-server http://127.0.0.1:8000",
        "    a report holds a curl command for each case that fails",
    ]


def test_an_assumption_is_told_as_one() -> None:
    case = Case(
        id="X-02", group="g", level=Level.MUST, requirement="It holds.", source=assumed("what?")
    )
    lines = list(describe_case(CaseEntry(suite="client", case=case, profiles=("core", "SAFE"))))

    assert lines[0] == "X-02 (client, INFO)"
    assert lines[2] == "  profiles:    core, SAFE"
    assert lines[4] == "  source:      assumption: what? (assumed)"


def test_by_hand_goes_where_the_situation_shows() -> None:
    lines = list(by_hand(CaseEntry(suite="client", case=CASE, script="asset-503 cancel-409x0")))

    assert [line.split()[-1] for line in lines if "curl" in line][1:] == [
        "http://127.0.0.1:8000/v1/tasks/TASK_ID",
        "http://127.0.0.1:8000/v1/tasks/TASK_ID",
        "VIDEO_URL",
    ]


@pytest.mark.parametrize("script", ["", "poll-429 retry-3s", "create-504+x2~3 clock-polls"])
def test_the_key_and_the_body_are_accepted(script: str, client: TestClient) -> None:
    lines = list(by_hand(CaseEntry(suite="client", case=CASE, script=script)))
    create = shlex.split(next(line for line in lines if " -d " in line))

    answer = client.post(
        "/v1/videos/generations",
        content=create[-1],
        headers={"Authorization": f"Bearer {key(script)}", "Content-Type": "application/json"},
    )

    assert answer.status_code == 200


def test_a_case_that_got_worse_exits_with_1(store: Store) -> None:
    ended = run("diff", store(Verdict.PASS), store(Verdict.FAIL))

    assert ended.exit_code == 1
    assert ended.stdout == "worse    X-01: PASS -> FAIL [holds]: It holds.\n"


def test_a_case_that_got_better_is_fine(store: Store) -> None:
    ended = run("diff", store(Verdict.FAIL), store(Verdict.PASS), "--json")

    assert ended.exit_code == 0
    assert [each["id"] for each in json.loads(ended.stdout)["better"]] == ["X-01"]


def test_no_change_is_said(store: Store) -> None:
    assert run("diff", store(Verdict.PASS), store(Verdict.PASS)).stdout == "nothing changed\n"


def test_reports_of_two_suites_are_not_compared(store: Store) -> None:
    ended = run("diff", store(Verdict.PASS), store(Verdict.FAIL, suite="server"))

    assert ended.exit_code == 2
    assert "one report is about a client, the other about a server" in ended.output


@pytest.mark.parametrize("command", ["diff", "report"])
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "this is no report"),
        ('{"schema": 99}', "the report has schema 99, and only 1 can be read"),
    ],
)
def test_other_files_are_refused(command: str, text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)

    ended = run(command, file, file)

    assert ended.exit_code == 2
    assert complaint in re.sub(r"\s+", " ", ended.output)


def test_a_report_is_told_without_control_characters(store: Store) -> None:
    told = run("report", store(Verdict.FAIL)).stdout

    assert "actual:   �[31mno" in told
    assert told.endswith("my client: 1 FAIL in 1.2 s\n")


def test_a_report_is_written_in_every_form(store: Store, tmp_path: Path) -> None:
    forms: dict[str, Any] = {name: tmp_path / name for name in ("html", "junit", "markdown")}
    options = [each for name, path in forms.items() for each in (f"--{name}", path)]

    ended = run("report", store(Verdict.FAIL), *options)

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "<title>Conformance: my client</title>" in forms["html"].read_text()
    assert ET.fromstring(forms["junit"].read_text())[0].get("name") == "g"
    assert forms["markdown"].read_text().startswith("### my client: 1 FAIL in 1.2 s\n")


def test_several_reports_are_told_apart(store: Store) -> None:
    one, two = store(Verdict.FAIL, "one"), store(Verdict.PASS, "two")

    suites = ET.fromstring(run("report", one, two, "--junit", "-").stdout)

    assert [suite.get("name") for suite in suites] == ["one: g", "two: g"]
    assert run("report", one, two, "--markdown", "-").stdout.count("###") == 2


def test_a_report_needs_a_file() -> None:
    assert run("report").exit_code == 2
