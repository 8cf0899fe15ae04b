"""Servers that are broken in any way: the suite says what is wrong, ends, and writes its report."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hostile_server import Answer, hostile_server, http_response
from seedance_contract.case import Result, Verdict
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool, ServerCheck
from seedance_contract.server.checks import openapi, tasks
from seedance_contract.server.http.target import Target
from seedance_contract.server.http.transport import Deadline, Transport
from seedance_contract.server.properties import state_machine
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.run import GRACE_SECONDS, SuiteRun
from seedance_contract.server.suite import CHECKS, select_checks
from seedance_mock.commands.check_server.control_adapter import find_control_adapter

JSON_TYPE = {"Content_Type": "application/json", "X_Request_ID": "req_1"}
TASK_ID = "ldtask_" + "1" * 32


def new_context(
    url: str, *, seconds: float = 20.0, timeout: float = 0.5, concurrency: int = 8
) -> CheckContext:
    monitor = ResponseMonitor()
    deadline = Deadline(at=time.monotonic() + seconds, limit_seconds=seconds)
    transport = Transport(concurrency=concurrency, timeout=timeout, deadline=deadline)
    return CheckContext(
        target=Target(url, Budget(None), monitor, transport),
        keys=KeyPool(None, None, run_id="hostile"),
        monitor=monitor,
        control=find_control_adapter(url, None, transport),
        max_examples=1,
        shrink=False,
        task_timeout=0.1,
        concurrency=concurrency,
    )


def run_on(url: str, checks: Sequence[ServerCheck], *, seconds: float = 20.0) -> list[Result]:
    """Run checks with one example each, as `check-server` does."""
    context = new_context(url, seconds=seconds)
    with closing(context.target.transport):
        run = SuiteRun(context, checks)
        run.run()
    return run.results


def require_report(results: Sequence[Result], checks: Sequence[ServerCheck]) -> None:
    """Require a result for each check, and none that shows a defect of the kit."""
    assert [result.case.id for result in results] == [check.case.id for check in checks]
    defects = {
        result.case.id: finding.actual
        for result in results
        for finding in result.findings
        if "defect of the kit" in finding.actual
    }
    assert defects == {}
    # A report is JSON, whatever the server has sent.
    assert json.dumps([dict(result.evidence) for result in results])


def same(*pieces: bytes) -> Answer:
    return lambda method, path, body: pieces


def error(status: int, body: object) -> Answer:
    return same(http_response(status, json.dumps(body).encode(), **JSON_TYPE))


def drip(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        time.sleep(0.05)
        yield b" "


def endless(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        yield b" " * 65_536


def flapping(method: str, path: str, body: bytes) -> Iterable[bytes]:
    status = random.choice(["pending", "processing", "completed", "failed", "lost", 7, None])
    task = {"id": TASK_ID, "task_id": TASK_ID, "status": status, "created": "now", "updated": 1}
    return [http_response(200, json.dumps(task).encode(), **JSON_TYPE)]


def lasting(method: str, path: str, body: bytes) -> Iterable[bytes]:
    task = {"id": TASK_ID, "task_id": TASK_ID, "poll_url": f"/v1/tasks/{TASK_ID}"}
    content = {**task, "status": "pending", "created": 1, "updated": 1}
    return [http_response(200, json.dumps(content).encode(), **JSON_TYPE)]


HOSTILE_ANSWERS: dict[str, Answer] = {
    "null": error(200, None),
    "an array": error(200, []),
    "a string": error(200, "ok"),
    "a number": error(200, 1e999),
    "a page": same(http_response(200, b"<html></html>", Content_Type="text/html")),
    "an empty body": same(http_response(200, b"")),
    "no content": same(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "an endless body": endless,
    "a dripping body": drip,
    "503": error(503, {"error": {"message": "busy", "type": "server_error"}}),
    "a flat error": error(404, {"error": "not found"}),
    "an error without a type": error(400, {"error": {"message": "no"}}),
    "an error with a list for a type": error(
        400, {"error": {"message": "no", "type": [], "param": {}}}
    ),
    "odd violations": error(
        400,
        {
            "error": {"message": "no", "type": "invalid_request_error", "code": {}, "param": []},
            "validation_errors": [{"field": {}}, {}],
        },
    ),
    "redirects to itself": same(http_response(302, b"", Location="/v1/models")),
    "a flapping status": flapping,
    "tasks that never end": lasting,
    "odd members": error(
        200,
        {
            "id": "../\u2028\ud800 ?#",
            "data": [1, None, {"id": {}}],
            "tokenlab": 3,
            "poll_url": "//example.com/\ud800",
            "video_url": {"$regex": "("},
            "created": {"$x": 1},
            "pricing_summary": [],
            "count": {},
        },
    ),
    "no HTTP": same(b"hello\r\n\r\n"),
}

SAMPLE = (
    "answers.*",
    "catalogue.family",
    "catalogue.compact",
    "catalogue.filters",
    "catalogue.unknown",
    "catalogue.*-seedance-2.0",
    "duration.range",
    "examples.catalogue.list",
    "examples.task.poll-url-is-followed-exactly",
    "races.cancel",
    "refusals.challenge",
    "refusals.foreign-task",
    "refusals.method",
    "refusals.unknown-*",
    "requests.a*",
    "requests.body-null",
    "requests.discreet",
    "requests.*-fault*",
    "tasks.ends",
    "tasks.ids",
)
"""One check for each function of the suite that looks at a response, without the document."""


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no check wait for the time of a server without control."""
    monkeypatch.setattr(state_machine, "REAL_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(tasks, "POLL_SECONDS", 0.01)


IN_FAST_TIER = ("null", "a page", "an endless body", "503", "a flat error", "odd members")
"""The answers that differ most. The slow tier has all others."""


def answer_parameter(name: str) -> object:
    marks = () if name in IN_FAST_TIER else pytest.mark.slow("check-server")
    return pytest.param(HOSTILE_ANSWERS[name], id=name, marks=marks)


@pytest.mark.parametrize("answer", [answer_parameter(name) for name in HOSTILE_ANSWERS])
def test_broken_server_is_reported(answer: Answer) -> None:
    checks = select_checks(SAMPLE)

    with hostile_server(answer) as url:
        results = run_on(url, checks)

    require_report(results, checks)
    assert {result.verdict for result in results} & {Verdict.FAIL, Verdict.BROKEN}


MEMBERS = (
    *("id", "task_id", "status", "data", "error", "message", "type", "code", "param", "created"),
    *("updated", "poll_url", "tokenlab", "pricing_summary", "video", "video_url", "cancelled"),
    *("validation_errors", "request_format_details", "resolutions", "field", "view", "count"),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=5), children, max_size=5)
    ),
    max_leaves=12,
)
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
responses = st.builds(
    http_response,
    st.integers(200, 599),
    st.one_of(json_values.map(lambda value: json.dumps(value).encode()), st.binary(max_size=20)),
    Content_Type=st.sampled_from(["application/json", "text/html", ""]),
    X_Request_ID=header_values,
    Retry_After=header_values,
    Allow=header_values,
    Location=st.sampled_from(["/v1/models", "http://[", ""]),
)


def answers_in_turn(answers: list[bytes]) -> Answer:
    numbers = count()
    return lambda method, path, body: [answers[next(numbers) % len(answers)]]


def require_reports(checks: Sequence[ServerCheck], examples: int, size: int) -> None:
    """Require a report of a server that answers anything, for several such servers."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(st.lists(responses, min_size=1, max_size=size))
    def run(answers: list[bytes]) -> None:
        with hostile_server(answers_in_turn(answers)) as url:
            require_report(run_on(url, checks), checks)

    run()


@pytest.mark.parametrize("part", range(3))
def test_server_that_answers_anything_is_reported(part: int) -> None:
    require_reports(select_checks(SAMPLE)[part::6], examples=4, size=5)


@pytest.mark.slow("check-server")
def test_more_servers_that_answer_anything_are_reported() -> None:
    require_reports(select_checks(SAMPLE), examples=30, size=20)


WITHOUT_DOCUMENT = [check for check in CHECKS if not openapi.GROUP.contains(check.case.id)]


@pytest.mark.slow("check-server")
@pytest.mark.parametrize("answer", HOSTILE_ANSWERS.values(), ids=HOSTILE_ANSWERS)
def test_all_other_checks_end_on_a_broken_server(answer: Answer) -> None:
    with hostile_server(answer) as url:
        results = run_on(url, WITHOUT_DOCUMENT)

    require_report(results, WITHOUT_DOCUMENT)


@pytest.mark.slow("check-server")
@pytest.mark.parametrize("name", ["null", "a dripping body", "503", "redirects to itself"])
def test_document_ends_on_a_broken_server(name: str) -> None:
    checks = select_checks(["openapi.*"])
    started = time.monotonic()

    with hostile_server(HOSTILE_ANSWERS[name]) as url:
        results = run_on(url, checks, seconds=8.0)

    # The limit, and the grace of a thread that is computing when it is reached.
    assert time.monotonic() - started < 8.0 + 2 * GRACE_SECONDS
    require_report(results, checks)


@pytest.mark.slow("check-server")
def test_whole_runs_on_servers_that_answer_anything_end() -> None:
    require_reports(WITHOUT_DOCUMENT, examples=3, size=40)


def bodies_of_run(concurrency: int) -> Counter[tuple[str, bytes]]:
    """Return the requests of a run, without their order."""
    requests: list[tuple[str, bytes]] = []

    def answer(method: str, path: str, body: bytes) -> Iterable[bytes]:
        requests.append((method, body))
        return lasting(method, path, body)

    checks = select_checks(["duration.*", "resolution.*", "requests.*-fault*", "requests.any-*"])
    with hostile_server(answer) as url:
        context = new_context(url, concurrency=concurrency)
        with closing(context.target.transport):
            SuiteRun(context, checks).run()
    return Counter(requests)


def test_seed_makes_the_same_requests_side_by_side() -> None:
    alone, together = bodies_of_run(1), bodies_of_run(8)

    assert alone.total() > 10
    assert alone == together
