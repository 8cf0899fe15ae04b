"""The OpenAPI run on the mock, over a real socket, and on servers that are wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import events
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext

from seedance_contract.case import Case, Level, Mismatch, Result, Verdict
from seedance_contract.declared.routes import CREATE
from seedance_contract.derived.openapi import document
from seedance_contract.server import openapi_cases as cases
from seedance_contract.server import openapi_run
from seedance_contract.server.openapi_cases import (
    CASES,
    DISABLED_CHECKS,
    QUICK,
    SCHEMATHESIS_CHECKS,
    Depth,
)
from seedance_contract.server.openapi_exchange import Exchange
from seedance_contract.server.openapi_followup import followup_session
from seedance_contract.server.openapi_run import run_document
from seedance_contract.server.openapi_setup import BillableRequestError, spending_guard
from seedance_mock.server import run as server
from seedance_mock.settings import Settings
from seedance_mock.testing.control_client import Control
from seedance_mock.web.app import create_app

LEGAL: Any = {"model": "seedance-2.0", "prompt": "a boat"}
SHALLOW = Depth(examples=4, models=1, sampling_interval=40)
TASKS_NEEDED = {cases.AVAILABLE, cases.POLL_URL, cases.CANCELLED}
NOT_REACHED = {cases.RETRY_AFTER}


@contextmanager
def live(app: Any) -> Iterator[str]:
    """Serve an ASGI app on a free port from a thread; give its URL."""
    listener = server.listen("127.0.0.1", 0)
    running = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=running.run, args=([listener],))
    thread.start()
    try:
        yield server.url_for(listener)
    finally:
        running.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def url(serve: Callable[..., Any]) -> str:
    _, port = serve("--lifecycle", "manual", "--log-format", "none")
    return f"http://127.0.0.1:{port}"


def summary(results: list[Result]) -> dict[str, Any]:
    return {one.case.id: (one.verdict.value, dict(one.evidence)) for one in results}


def judged(results: list[Result], case: Case) -> Any:
    [result] = [one for one in results if one.case is case]
    return result.evidence["cases"]


def reports(results: list[Result], verdict: Verdict) -> set[Case]:
    return {one.case for one in results if one.verdict is verdict}


def test_the_mock_keeps_the_document(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[str, int]] = []

    def progress(*step: Any) -> None:
        told.append(step)

    depth = Depth(examples=30, models=1, sampling_interval=2)

    results = list(run_document(url, "sk-full", depth=depth, billable=True, progress=progress))

    assert [one for one in results if one.verdict is Verdict.FAIL] == []
    assert reports(results, Verdict.PASS) == {*CASES} - NOT_REACHED, summary(results)
    assert reports(results, Verdict.UNEXERCISED) == NOT_REACHED
    assert [one.case for one in results] == list(CASES)
    assert judged(results, cases.COMPLETED) >= 1000
    assert told[-1] == ("stateful", judged(results, cases.COMPLETED))
    assert {phase for phase, _ in told} == {"examples", "coverage", "fuzzing", "stateful"}
    assert capfd.readouterr() == ("", "")


def test_the_same_seed_makes_the_same_requests(url: str) -> None:
    first, again = (
        summary(list(run_document(url, f"sk-{name}", depth=SHALLOW, billable=True)))
        for name in "ab"
    )

    assert first == again


def test_without_leave_nothing_is_billed(url: str) -> None:
    control = Control(url)
    account = control.open("sk-free")
    found: list[Result] = []
    thread = threading.Thread(
        target=lambda: found.extend(run_document(url, "sk-free", depth=QUICK))
    )
    thread.start()
    thread.join()

    assert reports(found, Verdict.UNEXERCISED) == TASKS_NEEDED | NOT_REACHED
    assert reports(found, Verdict.PASS) == {*CASES} - TASKS_NEEDED - NOT_REACHED
    assert judged(found, cases.FAIL_CLOSED) > 200
    assert control.account(account.name).reserved == 0


def test_the_guard_stops_what_slipped_through() -> None:
    schema = schemathesis.openapi.from_dict(document("http://127.0.0.1:1"))
    other = schemathesis.openapi.from_dict(document("http://127.0.0.1:1"))
    create, legal = "/v1/videos/generations", LEGAL

    with spending_guard(schema):
        [guard] = GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call")
        context = HookContext(operation=None)
        with pytest.raises(BillableRequestError, match="held back"):
            guard(context, schema[create]["POST"].Case(body=legal), {})
        with pytest.raises(BillableRequestError, match="held back"):
            guard(context, schema[create]["POST"].Case(body=json.dumps(legal).encode()), {})
        guard(context, schema[create]["POST"].Case(body=[legal]), {})
        guard(context, schema["/v1/models"]["GET"].Case(), {})
        guard(context, other[create]["POST"].Case(body=legal), {})

    assert GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call") == []


def test_a_run_leaves_nothing_behind(url: str, tmp_path: Path) -> None:
    script = f"""
import hypothesis.configuration as storage
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import events
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from seedance_contract.server.openapi_run import Depth, run_document

load_all_checks()

def state():
    home = storage.storage_directory(intent_to_write=False).home_directory
    return home, CHECKS.get_all_names(), dict(GLOBAL_HOOK_DISPATCHER._hooks)

before = state()
depth = Depth(examples=1, models=1, every=1000)
assert len(list(run_document("{url}", "sk-tidy", depth=depth))) == {len(CASES)}
home, names, hooks = state()
assert (home, names) == before[:2]
assert not any(hooks.values())
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_every_check_of_theirs_is_on_or_has_its_reason() -> None:
    load_all_checks()

    assert {*CHECKS.get_all_names(), "max_response_time"} == {
        *SCHEMATHESIS_CHECKS,
        *DISABLED_CHECKS,
    }
    assert {*SCHEMATHESIS_CHECKS.values()} < {*CASES}


def test_a_server_that_is_not_there_tells_nothing() -> None:
    listener = server.listen("127.0.0.1", 0)
    gone = server.url_for(listener)
    listener.close()

    results = list(run_document(gone, "sk-gone", depth=SHALLOW))

    assert reports(results, Verdict.BROKEN) == {cases.COMPLETED}
    assert reports(results, Verdict.UNEXERCISED) == {*CASES} - {cases.COMPLETED}


@dataclass
class Answer:
    """An answer on its way, which a fault may change."""

    method: str
    path: str
    query: str
    status: int
    headers: dict[str, str]
    body: Any


class Faulty:
    """An ASGI app whose answers go through a function first."""

    def __init__(self, alter: Callable[[Answer], None]) -> None:
        self._app = create_app(Settings())
        self._alter = alter

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        body = bytearray()

        async def collect(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            body.extend(message.get("body", b""))

        await self._app(scope, receive, collect)
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        place = (scope["method"], scope["path"], scope["query_string"].decode())
        answer = Answer(*place, start["status"], headers, json.loads(bytes(body) or b"null"))
        self._alter(answer)
        content = json.dumps(answer.body).encode() if answer.method != "HEAD" else b""
        answer.headers["content-length"] = str(len(content) + (answer.status == 599))
        raw = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": content})


KEY = "sk-faulty-1"
CANCELLED: set[str] = set()


def everything(answer: Answer) -> None:
    """Break every requirement of the suite, each in a place of its own."""
    if answer.status == 405:
        wrong_method(answer)
    elif "/v1/models" in answer.path or "/v1/pricing" in answer.path:
        wrong_catalogue(answer)
    else:
        wrong_tasks(answer)


def wrong_method(answer: Answer) -> None:
    match answer.method:
        case "OPTIONS":
            answer.headers["allow"] = "GET, PATCH"
        case "PUT":
            answer.status = 200
        case _:
            answer.body = "Method Not Allowed"


def wrong_catalogue(answer: Answer) -> None:
    match answer:
        case Answer(path="/v1/models", status=200) if "compact" in answer.query:
            answer.status, answer.body = 400, {"error": {"message": "", "type": "odd"}}
        case Answer(path="/v1/models"):
            answer.headers["content-type"] = "text/plain"
        case Answer(path="/v1/pricing", status=200):
            answer.status = 500 if "tag" in answer.query else 429
            del answer.headers["x-request-id"]


def wrong_tasks(answer: Answer) -> None:
    match answer:
        case Answer(method="POST", status=200):
            answer.body["poll_url"] = "https://elsewhere.example.com/v1/tasks/1"
        case Answer(method="POST", status=400):
            answer.status = 200
        case Answer(method="DELETE", status=200):
            CANCELLED.add(answer.path)
            answer.headers["x-echo"] = f"Bearer {KEY}"
        case Answer(method="DELETE", status=404):
            answer.status = 418
        case Answer(method="GET", status=401):
            answer.status = 404
        case Answer(method="GET", path=path, status=200) if path in CANCELLED or "videos" in path:
            answer.status = 404


@pytest.fixture(scope="module")
def broken() -> Mapping[str, Result]:
    """Give what the suite finds on a server that does everything wrong."""
    with live(Faulty(everything)) as url:
        results = list(
            run_document(
                url, KEY, depth=Depth(examples=12, models=1, sampling_interval=25), billable=True
            )
        )
    return {one.case.id: one for one in results}


FAULTS = {
    cases.STATUS: r"-X DELETE .*/v1/tasks/",
    cases.CONTENT_TYPE: r"-X GET .*/v1/models",
    cases.BODY: "",
    cases.HEADERS: r"-X GET .*/v1/pricing",
    cases.SERVER_ERROR: r"-X GET .*/v1/pricing\?.*tag=",
    cases.ACCEPTED: "",
    cases.REFUSED: r"-X POST .*/v1/videos/generations",
    cases.FAIL_CLOSED: r"-X POST .*/v1/videos/generations",
    cases.AUTHORISED: r"-X GET .*/v1/tasks/",
    cases.AVAILABLE: r"-X GET .*/v1/videos/generations/ldtask_",
    cases.METHOD: r"-X PUT ",
    cases.METHOD_ENVELOPE: r"-X (PATCH|POST|DELETE|TRACE|QUERY|GET) ",
    cases.ALLOW: r"-X OPTIONS ",
    cases.ENVELOPE: r"-X GET ",
    cases.RETRY_AFTER: r"-X GET .*/v1/pricing",
    cases.POLL_URL: r"-X POST .*/v1/videos/generations",
    cases.CANCELLED: r"-X DELETE .*/v1/tasks/ldtask_",
    cases.NO_ECHO: r"-X DELETE .*/v1/tasks/ldtask_",
}
"""What the smallest failing request of each case looks like."""


@pytest.mark.parametrize("case", [one for one in CASES if one in FAULTS], ids=lambda one: one.id)
def test_every_fault_is_caught(broken: Mapping[str, Result], case: Case) -> None:
    result = broken[case.id]

    [finding] = result.findings
    assert finding.verdict is (Verdict.FAIL if case.weight is Level.MUST else Verdict.INFO)
    assert finding.expected
    assert finding.actual
    assert result.evidence["failures"]
    assert re.search(FAULTS[case], result.reproduce), result.reproduce
    assert KEY not in f"{result}"


def test_every_case_is_seen_to_fail() -> None:
    assert {*FAULTS} == {*CASES} - {cases.COMPLETED}


def cut(answer: Answer) -> None:
    """Promise a byte more than comes."""
    if answer.path == "/v1/pricing" and answer.method == "GET":
        answer.status = 599


def test_a_request_without_an_answer_is_a_failure() -> None:
    depth = Depth(examples=1, models=1, sampling_interval=1000)

    with live(Faulty(cut)) as url:
        results = list(run_document(url, KEY, depth=depth))

    [completed] = [one for one in results if one.case is cases.COMPLETED]
    assert completed.verdict is Verdict.FAIL
    assert completed.findings[0].expected == "an answer"
    assert completed.reproduce == ""


def test_an_interrupted_run_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped:
        def execute(self) -> list[object]:
            return [events.Interrupted(phase=None)]

    monkeypatch.setattr(openapi_run, "from_schema", lambda schema: Stopped())

    with pytest.raises(KeyboardInterrupt):
        list(run_document("http://127.0.0.1:1", KEY))


@pytest.mark.parametrize(
    ("task", "actual"),
    [({"id": "a"}, '200 {"id": "a"}'), ({"id": "a", "poll_url": "/v1/tasks/a"}, "ConnectionError")],
)
def test_a_poll_url_that_leads_nowhere(task: object, actual: str) -> None:
    exchange = Exchange(
        endpoint=CREATE,
        method="POST",
        url="http://127.0.0.1:1/v1/videos/generations",
        sent={},
        body=b"{}",
        status=200,
        headers={},
        content=json.dumps(task).encode(),
    )

    with (
        followup_session("http://127.0.0.1:1", KEY) as followup,
        pytest.raises(Mismatch) as mismatch,
    ):
        followup.check_poll_url(exchange)

    assert mismatch.value.actual == actual
