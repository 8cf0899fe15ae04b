"""A stored report can be read back, and other JSON is refused."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.cause import Cause
from seedance_contract.declared.sources import Document, Source
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.console import console_lines
from seedance_contract.reports.junit import junit_report
from seedance_contract.reports.markdown import markdown_report
from seedance_contract.reports.report import FAILED_VERDICTS, SKIPPED_VERDICTS, Report
from seedance_contract.reports.report_json import report_json
from seedance_contract.reports.report_parser import ReportFormatError, parse_report

texts = st.text(max_size=20)
levels = st.sampled_from(Level)
seconds = st.floats(0, 1e6).map(lambda value: round(value, 3))
json_objects = st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts, max_size=2)
sources = st.builds(Source, st.sampled_from(Document), texts)
cases = st.builds(
    Case, id=texts, group=texts, level=levels, requirement=texts, source=sources
).filter(lambda case: case.level is case.effective_level)
findings = st.builds(
    Finding,
    check=texts,
    level=levels,
    verdict=st.sampled_from(Verdict),
    expected=texts,
    actual=texts,
    cause=st.sampled_from(["", "hurry", "cache"]),
)
results = st.builds(
    Result,
    case=cases,
    findings=st.lists(findings, max_size=3).map(tuple),
    seconds=seconds,
    reproduce=texts,
    evidence=json_objects,
)
statuses = st.builds(
    ProfileStatus,
    profile=st.sampled_from(Profile),
    promise=texts,
    reached=st.none() | st.booleans(),
    cases=st.integers(0, 9),
    blocking=st.lists(texts, max_size=2).map(tuple),
    unexercised=st.lists(texts, max_size=2).map(tuple),
    not_run=st.integers(0, 9),
)
causes = st.builds(
    Cause,
    id=st.sampled_from(["hurry", "cache"]),
    **dict.fromkeys(("title", "happened", "consequence", "fix"), texts),
    source=sources,
    hints=st.dictionaries(st.sampled_from(["python", "javascript"]), texts),
)
reports = st.builds(
    Report,
    suite=st.sampled_from(["server", "client"]),
    subject=texts,
    version=texts,
    started=texts,
    seconds=seconds,
    results=st.lists(results, max_size=3).map(tuple),
    profiles=st.lists(statuses, max_size=3).map(tuple),
    causes=st.lists(causes, max_size=2, unique_by=lambda cause: cause.id).map(tuple),
    contract=texts,
    options=json_objects,
    details=json_objects,
    interrupted=st.booleans(),
)


@given(report=reports)
def test_a_report_survives_a_round_trip(report: Report) -> None:
    document = report_json(report)
    parsed = parse_report(json.loads(json.dumps(document)))

    # Only the causes that a failure names are stored, the worst first.
    assert replace(parsed, causes=()) == replace(report, causes=())
    assert set(map(repr, parsed.causes)) <= set(map(repr, report.causes))
    assert report_json(parsed) == document
    assert "".join(console_lines(parsed, verbose=True)).replace("\t", "").isprintable()
    assert markdown_report(parsed) == markdown_report(report)


@given(report=reports)
def test_other_parsers_read_junit(report: Report) -> None:
    document = JUnitXml.fromstring(junit_report(report).encode())

    verdicts = [result.verdict for result in report.results]
    expected = {
        "tests": len(verdicts),
        "errors": verdicts.count(Verdict.BROKEN),
        "failures": sum(verdict in FAILED_VERDICTS for verdict in verdicts),
        "skipped": sum(verdict in SKIPPED_VERDICTS for verdict in verdicts),
    }
    suites = list(document)
    if report.interrupted:
        assert suites.pop().errors == 1
    assert expected == {name: sum(getattr(suite, name) for suite in suites) for name in expected}
    assert sum(len(list(suite)) for suite in suites) == len(verdicts)


def stored_report() -> Any:
    finding = {
        "check": "c",
        "level": "MUST",
        "verdict": "FAIL",
        "expected": "e",
        "actual": "a",
        "cause": "hurry",
    }
    profile = {
        "name": "SAFE",
        "promise": "it is safe",
        "reached": False,
        "cases": 1,
        "blocking": ["X-01"],
        "unexercised": [],
        "not_run": 0,
    }
    cause = {
        "id": "hurry",
        "title": "t",
        "happened": "h",
        "consequence": "c",
        "fix": "f",
        "hints": {"python": "pass"},
        "source": "page: polling",
        "cases": ["X-01"],
    }
    result = {
        "id": "X-01",
        "group": "polling",
        "level": "MUST",
        "requirement": "It holds.",
        "source": "page: polling",
        "verdict": "FAIL",
        "seconds": 1,
        "findings": [finding],
        "reproduce": "",
        "evidence": {},
    }
    return {
        "schema": 2,
        "kit": {"name": "seedance-mock", "version": "1"},
        "contract": {"version": "2.0"},
        "suite": "client",
        "subject": "s",
        "started": "2026-01-01T00:00:00Z",
        "seconds": 1,
        "interrupted": False,
        "options": {},
        "verdicts": {"FAIL": 1},
        "profiles": [profile],
        "causes": [cause],
        "details": {},
        "results": [result],
    }


def test_a_stored_report_is_parsed() -> None:
    assert report_json(parse_report(stored_report())) == stored_report()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["schema"], 1, "schema 1, and only 2 can be read"),
        (["suite"], "both", "`suite` is 'both', and not one of server, client"),
        (["kit"], [], "`kit` is list, and dict is needed"),
        (["seconds"], True, "`seconds` is no number"),
        (["seconds"], "1", "`seconds` is no number"),
        (["interrupted"], 1, "`interrupted` is int, and bool is needed"),
        (["contract"], None, "`contract` is NoneType, and dict is needed"),
        (["profiles", 0, "name"], "NICE", "`name` is 'NICE', and not one of SAFE, CORRECT"),
        (["profiles", 0, "reached"], "yes", "`reached` is str, and bool is needed"),
        (["profiles", 0, "blocking"], [1], "`blocking` is no list of texts"),
        (["causes", 0, "hints", "python"], 1, "`python` is int, and str is needed"),
        (["results"], {}, "`results` is dict, and list is needed"),
        (["results", 0], 7, "a result is int, and dict is needed"),
        (["results", 0, "source"], "hearsay: x", "`source` names no document: 'hearsay: x'"),
        (["results", 0, "level"], "LAW", "`level` is 'LAW', and not one of MUST, SHOULD"),
        (["results", 0, "findings", 0], None, "a finding is NoneType"),
        (["results", 0, "findings", 0, "verdict"], "OK", "`verdict` is 'OK'"),
        (["results", 0, "findings", 0, "actual"], None, "`actual` is NoneType"),
    ],
)
def test_a_malformed_report_is_an_error(path: list[Any], value: object, message: str) -> None:
    document = stored_report()
    parent = document
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = value

    with pytest.raises(ReportFormatError, match=message.replace("[", r"\[")):
        parse_report(document)


@pytest.mark.parametrize("value", [{}, [], None, "report"])
def test_other_json_is_no_report(value: object) -> None:
    with pytest.raises(ReportFormatError, match="no `schema`"):
        parse_report(value)
