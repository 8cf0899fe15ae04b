"""The OpenAPI run against servers that break what it checks."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from script_runs import run_script
from seedance_contract.case import Case, Level, Result, Verdict
from seedance_contract.server.openapi import cases
from seedance_contract.server.openapi.cases import CASES, Depth
from seedance_contract.server.openapi.run import run_document

from .conftest import INCOMPLETE, KEY, SHALLOWEST, EditableResponse, FaultyServer, served


def break_everything(response: EditableResponse) -> None:
    """Break every requirement of the suite, each in a different place."""
    if response.status == 405:
        break_method(response)
    elif "/v1/models" in response.path or "/v1/pricing" in response.path:
        break_catalogue(response)
    else:
        break_tasks(response)


def break_method(response: EditableResponse) -> None:
    match response.method:
        case "OPTIONS":
            response.headers["allow"] = "GET, PATCH"
        case "PUT":
            response.status = 200
        case _:
            response.body = "Method Not Allowed"


def break_catalogue(response: EditableResponse) -> None:
    match response:
        case EditableResponse(path="/v1/models", status=200) if "compact" in response.query:
            response.status, response.body = 400, {"error": {"message": "", "type": "odd"}}
        case EditableResponse(path="/v1/models"):
            response.headers["content-type"] = "text/plain"
        case EditableResponse(path="/v1/pricing", status=200):
            response.status = 500 if "tag" in response.query else 429
            del response.headers["x-request-id"]


def break_tasks(response: EditableResponse) -> None:
    match response:
        case EditableResponse(method="POST", status=200):
            response.body["poll_url"] = "https://elsewhere.example.com/v1/tasks/1"
        case EditableResponse(method="POST", status=400):
            response.status = 200
        case EditableResponse(method="DELETE", status=200):
            response.headers["x-echo"] = f"Bearer {KEY}"
        case EditableResponse(method="DELETE", status=404):
            response.status = 418
        case EditableResponse(method="GET", status=401):
            response.status = 404
        case EditableResponse(method="GET", status=200):
            response.status = 404


@pytest.fixture(scope="module")
def faulty_results() -> Mapping[str, Result]:
    """Give the results of a server that breaks every requirement, by the id of their case."""
    # Enough for each fault to be found whatever ids the server gives: 8 missed one now and then.
    depth = Depth(examples=16, models=1, sampling_interval=50)
    with served(FaultyServer(break_everything)) as url:
        results = list(run_document(url, KEY, depth=depth, billable=True))
    return {result.case.id: result for result in results}


REPRODUCTIONS = {
    cases.STATUS: r"DELETE .*/v1/tasks/",
    cases.CONTENT_TYPE: r"GET .*/v1/models",
    cases.BODY: "",
    cases.HEADERS: r"GET .*/v1/pricing",
    cases.SERVER_ERROR: r"GET .*/v1/pricing\?.*tag=",
    cases.ACCEPTED: "",
    cases.REFUSED: r"POST .*/v1/videos/generations",
    cases.FAIL_CLOSED: r"POST .*/v1/videos/generations",
    cases.AUTHORISED: r"GET .*/v1/tasks/",
    cases.METHOD: r"PUT ",
    cases.METHOD_ENVELOPE: r"(PATCH|POST|DELETE|TRACE|QUERY|GET) ",
    cases.ALLOW: r"OPTIONS ",
    cases.ENVELOPE: r"GET ",
    cases.RETRY_AFTER: r"GET .*/v1/pricing",
    cases.POLL_URL: r"POST .*/v1/videos/generations",
    cases.CANCELLED: r"GET .*/v1/tasks/",
    cases.NO_ECHO: r"DELETE .*/v1/tasks/",
}
"""A pattern of the last request in the script that repeats the smallest failure of each case."""


@pytest.mark.parametrize(
    "case", [case for case in CASES if case in REPRODUCTIONS], ids=lambda case: case.id
)
def test_every_fault_is_caught(faulty_results: Mapping[str, Result], case: Case) -> None:
    result = faulty_results[case.id]

    [finding] = result.findings
    assert finding.verdict is (Verdict.FAIL if case.effective_level is Level.MUST else Verdict.INFO)
    assert finding.expected
    assert finding.actual
    assert result.evidence["failures"]
    requests = re.findall(r"^request \d+ (.*)", result.reproduce, re.MULTILINE)
    assert re.search(REPRODUCTIONS[case], requests[-1]), result.reproduce
    assert "ldtask_" not in "".join(requests), "an id that no other run has"
    assert KEY not in f"{result}"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_script_shows_its_fault(faulty_results: Mapping[str, Result], tmp_path: Path) -> None:
    scripts = {id: result.reproduce for id, result in faulty_results.items() if result.reproduce}

    with served(FaultyServer(break_everything)) as url:
        outputs = {
            id: run_script(script, url, tmp_path, TOKENLAB_API_KEY=KEY)
            for id, script in scripts.items()
        }

    expected = {id: re.findall(FAULT_STATUS, script) for id, script in scripts.items()}
    shown = {id: re.findall(SHOWN_STATUS, output)[-1:] for id, output in outputs.items()}
    assert shown == expected
    assert {case.id for case in REPRODUCTIONS} == scripts.keys() - {cases.AVAILABLE.id}


FAULT_STATUS = r"# Step \d+, which shows the failure\. The run got (\d+)"


SHOWN_STATUS = r"\n=== .*\nHTTP/1\.1 (\d+)"


def test_every_case_can_fail() -> None:
    # These two have tests of their own: below, and in test_lost_tasks.
    assert {*REPRODUCTIONS} == {*CASES} - {cases.COMPLETED, cases.AVAILABLE}


def break_off_prices(response: EditableResponse) -> None:
    if response.path == "/v1/pricing" and response.method == "GET":
        response.status = INCOMPLETE


def test_missing_response_is_a_failure() -> None:
    with served(FaultyServer(break_off_prices)) as url:
        results = list(run_document(url, KEY, depth=SHALLOWEST))

    [completed] = [result for result in results if result.case is cases.COMPLETED]
    assert completed.verdict is Verdict.FAIL
    assert completed.findings[0].expected == "a response"
    assert completed.reproduce == ""
