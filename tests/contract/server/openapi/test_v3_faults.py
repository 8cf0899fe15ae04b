"""The OpenAPI run of v3 against a server that breaks what it checks, and against the mock."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from script_runs import run_script
from seedance_contract.case import Case, Level, Result, Verdict
from seedance_contract.declared.v3.routes import V3_CREATE
from seedance_contract.server.openapi import cases, v3_cases
from seedance_contract.server.openapi.cases import Depth
from seedance_contract.server.openapi.documents import V3_DOCUMENT
from seedance_contract.server.openapi.run import run_document
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

from .conftest import KEY, EditableResponse, FaultyServer, served

# A task that starts on its own cannot be deleted any more once curl gets to it.
MANUAL = Settings(lifecycle="manual")

# Sixteen examples, as in the run of v1.
DEPTH = Depth(examples=16, models=1, sampling_interval=10)


def break_everything(response: EditableResponse) -> None:
    """Break every requirement of the run, each in a different place."""
    if response.status == 405:
        break_method(response)
    elif response.path != V3_CREATE.path:
        break_tasks(response)
    elif response.method == "GET":
        break_lists(response)
    else:
        break_creates(response)


def break_method(response: EditableResponse) -> None:
    match response.method:
        case "OPTIONS":
            response.headers["allow"] = "GET, PATCH"
        case "PUT":
            response.status = 200
        case _:
            response.body = "Method Not Allowed"


def break_lists(response: EditableResponse) -> None:
    match response:
        case EditableResponse(status=200) if "page_size" in response.query:
            response.status = 500
        case EditableResponse(status=200):
            response.headers["content-type"] = "text/plain"
            response.body["total"] = 7
        case EditableResponse(status=400):
            del response.headers["x-request-id"]
            response.body = {"error": {"message": "no", "type": "BadRequest"}}


def break_creates(response: EditableResponse) -> None:
    match response:
        case EditableResponse(status=200) if b": null" in response.request_body:
            response.status = 400
        case EditableResponse(status=200):
            response.headers["x-echo"] = f"Bearer {KEY}"
            response.headers.pop("idempotency-replayed", None)
        case EditableResponse(status=400):
            response.status = 200


def break_tasks(response: EditableResponse) -> None:
    match response:
        case EditableResponse(method="DELETE", status=200):
            response.body = {}
        case EditableResponse(method="DELETE", status=404):
            response.status = 418
        case EditableResponse(method="DELETE", status=401):
            response.status = 429
        case EditableResponse(method="GET", status=200 | 401):
            response.status = 404


@pytest.fixture(scope="module")
def faulty_results() -> Mapping[str, Result]:
    """Give the results of a server that breaks every requirement, by the id of their case."""
    with served(FaultyServer(break_everything, MANUAL)) as url:
        results = list(run_document(url, KEY, document=V3_DOCUMENT, depth=DEPTH, billable=True))
    return {result.case.id: result for result in results}


TASKS = ".*/api/v3/contents/generations/tasks"
REPRODUCTIONS = {
    cases.STATUS: f"DELETE {TASKS}/",
    cases.CONTENT_TYPE: f"GET {TASKS}",
    cases.BODY: "",
    cases.HEADERS: rf"GET {TASKS}\?",
    cases.SERVER_ERROR: rf"GET {TASKS}\?.*page_size",
    cases.ACCEPTED: "",
    cases.REFUSED: f"POST {TASKS}",
    cases.FAIL_CLOSED: f"POST {TASKS}",
    cases.AUTHORISED: f"GET {TASKS}/",
    cases.METHOD: "PUT ",
    cases.METHOD_ENVELOPE: "(PATCH|POST|DELETE|TRACE|QUERY|GET) ",
    cases.ALLOW: "OPTIONS ",
    cases.ENVELOPE: rf"GET {TASKS}\?",
    cases.RETRY_AFTER: f"DELETE {TASKS}/",
    cases.CANCELLED: f"GET {TASKS}/",
    cases.NO_ECHO: f"POST {TASKS}",
    v3_cases.NULL: f"POST {TASKS}",
    v3_cases.ID: f"GET {TASKS}/",
    v3_cases.LIST: rf"GET {TASKS}\?.*filter.task_ids",
    v3_cases.REPLAYED: f"POST {TASKS}",
    v3_cases.DELETED: f"DELETE {TASKS}/",
}
"""A pattern of the last request in the script that repeats the smallest failure of each case."""


@pytest.mark.slow("schemathesis")
@pytest.mark.parametrize("key", REPRODUCTIONS, ids=lambda case: case.id)
def test_every_fault_of_v3_is_caught(faulty_results: Mapping[str, Result], key: Case) -> None:
    case = V3_DOCUMENT.cases[key]
    result = faulty_results[case.id]

    [finding] = result.findings
    assert finding.verdict is (Verdict.FAIL if case.effective_level is Level.MUST else Verdict.INFO)
    assert finding.expected
    assert finding.actual
    assert result.evidence["failures"]
    requests = re.findall(r"^request \d+ (.*)", result.reproduce, re.MULTILINE)
    assert re.search(REPRODUCTIONS[key], requests[-1]), result.reproduce
    assert "cgt-" not in "".join(requests[-1]), "an id that no other run has"
    assert KEY not in f"{result}"


@pytest.mark.slow("schemathesis")
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_script_shows_its_fault(faulty_results: Mapping[str, Result], tmp_path: Path) -> None:
    scripts = {id: result.reproduce for id, result in faulty_results.items() if result.reproduce}

    with served(FaultyServer(break_everything, MANUAL)) as url:
        outputs = {
            id: run_script(script, url, tmp_path, TOKENLAB_API_KEY=KEY)
            for id, script in scripts.items()
        }

    expected = {id: re.findall(FAULT_STATUS, script) for id, script in scripts.items()}
    shown = {id: re.findall(SHOWN_STATUS, output)[-1:] for id, output in outputs.items()}
    assert shown == expected
    lost = V3_DOCUMENT.cases[cases.AVAILABLE].id
    assert {V3_DOCUMENT.cases[key].id for key in REPRODUCTIONS} == scripts.keys() - {lost}


FAULT_STATUS = r"# Step \d+, which shows the failure\. The run got (\d+)"


SHOWN_STATUS = r"\n=== .*\nHTTP/1\.1 (\d+)"


def test_every_case_of_v3_can_fail() -> None:
    # test_lost_tasks breaks the other.
    assert {*REPRODUCTIONS} == {*V3_DOCUMENT.cases} - {cases.COMPLETED, cases.AVAILABLE}


UNEXERCISED = {V3_DOCUMENT.cases[cases.RETRY_AFTER].id}
"""The mock limits no rate unless a test asks for it."""


@pytest.mark.slow("schemathesis")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mock_conforms_to_the_document_of_v3(seed: int) -> None:
    depth = Depth(examples=10, models=4, sampling_interval=6)

    with served(create_app(MANUAL)) as url:
        results = list(
            run_document(url, KEY, document=V3_DOCUMENT, depth=depth, seed=seed, billable=True)
        )

    assert {
        result.case.id for result in results if result.verdict is not Verdict.PASS
    } == UNEXERCISED


def test_no_create_of_v3_is_sent_where_it_may_be_billed() -> None:
    creates: list[EditableResponse] = []

    def count(response: EditableResponse) -> None:
        if response.method == "POST" and response.path == V3_CREATE.path:
            creates.append(response)

    with served(FaultyServer(count)) as url:
        results = list(run_document(url, KEY, document=V3_DOCUMENT, depth=DEPTH))

    verdicts = {result.case.id: result.verdict for result in results}
    assert [response.status for response in creates if response.status != 405] == []
    assert verdicts["openapi.v3-status"] is Verdict.PASS
    assert verdicts["openapi.v3-fail-closed"] is Verdict.UNEXERCISED
