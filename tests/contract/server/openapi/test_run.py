"""The OpenAPI run against the mock on a real socket, and against faulty servers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import uvicorn
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import events
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext

from script_runs import run_script
from seedance_contract.case import Case, Level, Result, Verdict
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.openapi import cases as cases
from seedance_contract.server.openapi import run as openapi_run
from seedance_contract.server.openapi.cases import (
    CASES,
    DISABLED_CHECKS,
    QUICK,
    SCHEMATHESIS_CHECKS,
    Depth,
    DocumentPart,
)
from seedance_contract.server.openapi.limits import RunGate
from seedance_contract.server.openapi.run import RunChoices, run_document, run_part
from seedance_contract.server.openapi.setup import (
    BillableRequestError,
    environment_without_proxies,
    run_config,
    spending_guard,
)
from seedance_contract.server.openapi.tally import Tally
from seedance_mock.server import run as server
from seedance_mock.settings import Settings
from seedance_mock.testing.control_client import Control
from seedance_mock.testing.live import LiveServer
from seedance_mock.web.app import create_app

VALID: Any = {"model": "seedance-2.0", "prompt": "a boat"}
SHALLOW = Depth(examples=4, models=1, sampling_interval=40)
SHALLOWEST = Depth(examples=1, models=1, sampling_interval=1000)
CASES_THAT_NEED_TASKS = {cases.AVAILABLE, cases.POLL_URL, cases.CANCELLED}
UNEXERCISED_CASES = {cases.RETRY_AFTER}
"""The mock limits no rate unless a test asks for it."""


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI app on a free port in a thread. Give its URL."""
    listener = server.listen("127.0.0.1", 0)
    uvicorn_server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=uvicorn_server.run, args=([listener],))
    thread.start()
    try:
        yield server.url_for(listener)
    finally:
        uvicorn_server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def url(serve: Callable[..., Any]) -> str:
    _, port = serve("--lifecycle", "manual", "--log-format", "none")
    return f"http://127.0.0.1:{port}"


def evidence(results: list[Result]) -> dict[str, Any]:
    return {result.case.id: (result.verdict.value, dict(result.evidence)) for result in results}


def exchange_count(results: list[Result], case: Case) -> Any:
    [result] = [result for result in results if result.case is case]
    return result.evidence["cases"]


def cases_with(results: list[Result], verdict: Verdict) -> set[Case]:
    return {result.case for result in results if result.verdict is verdict}


@pytest.mark.slow("schemathesis")
def test_mock_conforms_to_the_document(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    steps: list[tuple[str, int]] = []

    def progress(*step: Any) -> None:
        steps.append(step)

    depth = Depth(examples=30, models=1, sampling_interval=2)

    results = list(run_document(url, "sk-full", depth=depth, billable=True, progress=progress))

    assert [result for result in results if result.verdict is Verdict.FAIL] == []
    assert cases_with(results, Verdict.PASS) == {*CASES} - UNEXERCISED_CASES, evidence(results)
    assert cases_with(results, Verdict.UNEXERCISED) == UNEXERCISED_CASES
    assert [result.case for result in results] == list(CASES)
    assert exchange_count(results, cases.COMPLETED) >= 1000
    assert steps[-1] == ("stateful", exchange_count(results, cases.COMPLETED))
    assert {phase for phase, _ in steps} == {"examples", "coverage", "fuzzing", "stateful"}
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow("schemathesis")
def test_same_seed_makes_the_same_requests(url: str) -> None:
    first, second = (
        evidence(list(run_document(url, f"sk-{name}", depth=SHALLOW, billable=True)))
        for name in "ab"
    )

    assert first == second


@pytest.fixture
def foreign_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment of a user with a proxy and a password for every host."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        # Nothing listens there.
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("foreign_environment")
def test_environment_changes_no_request(seedance_server: LiveServer) -> None:
    before = dict(os.environ)
    with environment_without_proxies(), requests.Session() as session:
        request = session.get(f"{seedance_server.url}/healthz", timeout=10).request

    assert "Authorization" not in request.headers
    assert dict(os.environ) == before


@pytest.mark.slow("schemathesis")
@pytest.mark.usefixtures("foreign_environment")
def test_run_ignores_the_environment(url: str) -> None:
    results = list(run_document(url, "sk-proxy", depth=SHALLOW))

    assert cases_with(results, Verdict.FAIL) | cases_with(results, Verdict.BROKEN) == set()
    assert exchange_count(results, cases.AUTHORISED) > 0


@pytest.mark.slow("schemathesis")
def test_nothing_is_billed_unless_allowed(url: str) -> None:
    control = Control(url)
    account = control.open("sk-free")
    results: list[Result] = []
    # Schemathesis also has to run outside the main thread.
    thread = threading.Thread(
        target=lambda: results.extend(run_document(url, "sk-free", depth=QUICK))
    )
    thread.start()
    thread.join()

    unexercised = CASES_THAT_NEED_TASKS | UNEXERCISED_CASES
    assert cases_with(results, Verdict.UNEXERCISED) == unexercised
    assert cases_with(results, Verdict.PASS) == {*CASES} - unexercised
    assert exchange_count(results, cases.FAIL_CLOSED) > 200
    assert control.account(account.name).reserved == 0


def test_guard_holds_back_billable_requests() -> None:
    schema = schemathesis.openapi.from_dict(openapi_document("http://127.0.0.1:1"))
    other_schema = schemathesis.openapi.from_dict(openapi_document("http://127.0.0.1:1"))
    path = "/v1/videos/generations"

    with spending_guard(schema):
        [guard] = GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call")
        context = HookContext(operation=None)
        with pytest.raises(BillableRequestError, match="held back"):
            guard(context, schema[path]["POST"].Case(body=VALID), {})
        with pytest.raises(BillableRequestError, match="held back"):
            guard(context, schema[path]["POST"].Case(body=json.dumps(VALID).encode()), {})
        guard(context, schema[path]["POST"].Case(body=[VALID]), {})
        guard(context, schema["/v1/models"]["GET"].Case(), {})
        guard(context, other_schema[path]["POST"].Case(body=VALID), {})

    assert GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call") == []


@pytest.mark.slow("schemathesis")
def test_run_leaves_no_files_and_no_hooks(url: str, tmp_path: Path) -> None:
    script = f"""
import hypothesis.configuration as storage
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import events
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from seedance_contract.server.openapi.run import Depth, run_document

load_all_checks()

def state():
    home = storage.storage_directory(intent_to_write=False).home_directory
    return home, CHECKS.get_all_names(), dict(GLOBAL_HOOK_DISPATCHER._hooks)

before = state()
depth = Depth(examples=1, models=1, sampling_interval=1000)
assert len(list(run_document("{url}", "sk-tidy", depth=depth))) == {len(CASES)}
home, names, hooks = state()
assert (home, names) == before[:2]
assert not any(hooks.values())
"""
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_every_schemathesis_check_is_decided() -> None:
    load_all_checks()

    names = {*CHECKS.get_all_names(), "max_response_time"}
    assert names == {*SCHEMATHESIS_CHECKS, *DISABLED_CHECKS}
    assert {*SCHEMATHESIS_CHECKS.values()} < {*CASES}


def test_missing_server_is_no_failure() -> None:
    listener = server.listen("127.0.0.1", 0)
    url = server.url_for(listener)
    listener.close()

    results = list(run_document(url, "sk-gone", depth=SHALLOWEST))

    assert cases_with(results, Verdict.BROKEN) == {cases.COMPLETED}
    assert cases_with(results, Verdict.UNEXERCISED) == {*CASES} - {cases.COMPLETED}


@dataclass
class EditableResponse:
    """A response that a fault may change before it is sent, and what was requested."""

    method: str
    path: str
    query: str
    status: int
    headers: dict[str, str]
    body: Any


class FaultyServer:
    """An ASGI app that passes the responses of the mock through a function."""

    def __init__(self, alter: Callable[[EditableResponse], None]) -> None:
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
        response = EditableResponse(
            scope["method"],
            scope["path"],
            scope["query_string"].decode(),
            start["status"],
            headers,
            json.loads(bytes(body) or b"null"),
        )
        self._alter(response)
        content = json.dumps(response.body).encode() if response.method != "HEAD" else b""
        length = len(content) + (response.status == INCOMPLETE)
        response.headers["content-length"] = str(length)
        raw_headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        await send(
            {"type": "http.response.start", "status": response.status, "headers": raw_headers}
        )
        await send({"type": "http.response.body", "body": content})


INCOMPLETE = 599
"""A status whose Content-Length is one byte more than the body."""

KEY = "sk-faulty-1"
CANCELLED_PATHS: set[str] = set()


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
            CANCELLED_PATHS.add(response.path)
            response.headers["x-echo"] = f"Bearer {KEY}"
        case EditableResponse(method="DELETE", status=404):
            response.status = 418
        case EditableResponse(method="GET", status=401):
            response.status = 404
        case EditableResponse(method="GET", path=path, status=200) if (
            path in CANCELLED_PATHS or "videos" in path
        ):
            response.status = 404


@pytest.fixture(scope="module")
def faulty_results() -> Mapping[str, Result]:
    """Give the results of a server that breaks every requirement, by the id of their case."""
    depth = Depth(examples=8, models=1, sampling_interval=50)
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
    cases.AVAILABLE: r"GET .*/v1/videos/generations/",
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
    assert {case.id for case in REPRODUCTIONS} == scripts.keys()


FAULT_STATUS = r"# Step \d+, which shows the failure\. The run got (\d+)"
SHOWN_STATUS = r"\n=== .*\nHTTP/1\.1 (\d+)"


def test_every_case_can_fail() -> None:
    assert {*REPRODUCTIONS} == {*CASES} - {cases.COMPLETED}


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


class RecordedStream(list[object]):
    """The events of a run that no engine has made."""

    def stop(self) -> None:
        """Do nothing: the stream has ended."""


def replay(monkeypatch: pytest.MonkeyPatch, stream: RecordedStream) -> None:
    """Let every run have these events."""

    class Engine:
        def execute(self) -> RecordedStream:
            return stream

    monkeypatch.setattr(openapi_run, "from_schema", lambda schema: Engine())


def test_interrupt_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    replay(monkeypatch, RecordedStream([events.Interrupted(phase=None)]))

    with pytest.raises(KeyboardInterrupt):
        list(run_document("http://127.0.0.1:1", KEY))


CHOICES = RunChoices(depth=QUICK, seed=1, billable=False)


@pytest.mark.parametrize(
    ("reason", "verdict_of_the_run"),
    [
        (UnexercisedError("the time is over"), UnexercisedError),
        (UnreachableError("the server has stopped responding"), UnreachableError),
    ],
    ids=["time", "silence"],
)
def test_stopped_run_says_why(
    monkeypatch: pytest.MonkeyPatch,
    reason: UnexercisedError | UnreachableError,
    verdict_of_the_run: type[Exception],
) -> None:
    # The engine reports the exception that held a request back, and then that it was stopped.
    error: Any = events.FatalError(exception=reason)
    replay(monkeypatch, RecordedStream([error, events.Interrupted(phase=None)]))
    gate = RunGate(Transport())
    gate.stop_reason = reason
    monkeypatch.setattr(openapi_run, "RunGate", lambda transport: gate)
    tally = Tally()

    run_part(tally, "http://127.0.0.1:1", KEY, CHOICES, Transport())

    with pytest.raises(verdict_of_the_run, match=str(reason)):
        tally.review(cases.COMPLETED)
    with pytest.raises(UnexercisedError, match=str(reason)):
        tally.review(cases.STATUS)


def test_quick_run_leaves_out_further_models() -> None:
    tally, part = Tally(), DocumentPart(model=QUICK.models)

    # Nothing listens there: any request would break the run.
    run_part(tally, "http://127.0.0.1:1", KEY, CHOICES, Transport(), part)

    with pytest.raises(UnexercisedError, match="no response of the run was about this"):
        tally.review(cases.COMPLETED)


@pytest.mark.parametrize("billable", [True, False])
def test_parts_share_the_phases_of_create_requests(billable: bool) -> None:
    def enabled(part: DocumentPart | None) -> set[str]:
        config = run_config("http://127.0.0.1:1", KEY, QUICK, 1, billable, part)
        of_create = config.projects.default.operations.operations
        phases = of_create[0].phases if of_create else config.projects.default.phases
        names = ("examples", "coverage", "fuzzing")
        return {name for name in names if getattr(phases, name).enabled}

    examples = {"examples"} if billable else set()
    assert enabled(DocumentPart(model=0)) == {"coverage"}
    assert enabled(DocumentPart(model=None)) == {"fuzzing"} | examples
    assert enabled(None) == {"coverage", "fuzzing"} | examples
