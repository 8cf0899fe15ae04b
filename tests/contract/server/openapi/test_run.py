"""The OpenAPI run against the mock on a real socket: limited, stopped, and in parts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import events
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext

from seedance_contract.case import Case, Result, Verdict
from seedance_contract.declared.routes import CREATE
from seedance_contract.declared.v3.routes import V3_CREATE
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.v3.openapi import v3_openapi_document
from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.openapi import cases
from seedance_contract.server.openapi import run as openapi_run
from seedance_contract.server.openapi.cases import (
    CASES,
    DISABLED_CHECKS,
    QUICK,
    SCHEMATHESIS_CHECKS,
    Depth,
    DocumentPart,
)
from seedance_contract.server.openapi.documents import V3_DOCUMENT
from seedance_contract.server.openapi.limits import RunGate
from seedance_contract.server.openapi.run import RunChoices, run_document, run_part
from seedance_contract.server.openapi.setup import (
    BillableRequestError,
    distinct_idempotency_keys,
    environment_without_proxies,
    limited_schema,
    run_config,
    spending_guard,
)
from seedance_contract.server.openapi.tally import Tally
from seedance_mock.server import run as server
from seedance_mock.testing.control_client import Control
from seedance_mock.testing.live import LiveServer

from .conftest import KEY, SHALLOW, SHALLOWEST

VALID: Any = {"model": "seedance-2.0", "prompt": "a boat"}


CASES_THAT_NEED_TASKS = {cases.AVAILABLE, cases.POLL_URL, cases.CANCELLED}


UNEXERCISED_CASES = {cases.RETRY_AFTER}
"""The mock limits no rate unless a test asks for it."""


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
        config = run_config("http://127.0.0.1:1", KEY, CREATE, QUICK, 1, billable, part)
        of_create = config.projects.default.operations.operations
        phases = of_create[0].phases if of_create else config.projects.default.phases
        names = ("examples", "coverage", "fuzzing")
        return {name for name in names if getattr(phases, name).enabled}

    examples = {"examples"} if billable else set()
    assert enabled(DocumentPart(model=0)) == {"coverage"}
    assert enabled(DocumentPart(model=None)) == {"fuzzing"} | examples
    assert enabled(None) == {"coverage", "fuzzing"} | examples


def test_every_create_of_v3_may_be_billed() -> None:
    schema = schemathesis.openapi.from_dict(v3_openapi_document("http://127.0.0.1:1"))
    path = V3_CREATE.path

    with spending_guard(schema):
        [guard] = GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call")
        context = HookContext(operation=None)
        with pytest.raises(BillableRequestError, match="held back"):
            guard(context, schema[path]["POST"].Case(body={}), {})
        guard(context, schema[path]["GET"].Case(), {})


def test_idempotency_key_comes_with_one_body() -> None:
    schema, other_schema = (
        schemathesis.openapi.from_dict(v3_openapi_document("http://127.0.0.1:1")) for _ in range(2)
    )
    sent = [("a", 1), ("a", 1), ("a", 2), ("", 1), ("", 2), ("b", 2)]

    def case(schema: Any, key: str | None, body: int) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return schema[V3_CREATE.path]["POST"].Case(headers=headers, body={"n": body})

    cases_of_run = [case(schema, key, body) for key, body in sent]
    foreign, keyless = case(other_schema, "a", 3), case(schema, None, 1)
    with distinct_idempotency_keys(schema):
        [hook] = GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call")
        for each in (*cases_of_run, foreign, keyless):
            hook(HookContext(operation=None), each, {})

    keys = [each.headers.get("Idempotency-Key") for each in cases_of_run]
    assert keys == ["a", "a", None, "", "", "b"]
    assert foreign.headers["Idempotency-Key"] == "a"
    assert GLOBAL_HOOK_DISPATCHER.get_all_by_name("before_call") == []


def test_callbacks_go_to_no_made_up_host() -> None:
    config = run_config("http://127.0.0.1:1", KEY, V3_CREATE, QUICK, 1, True, None)
    schema: Any = limited_schema(V3_DOCUMENT, "http://127.0.0.1:1", QUICK, None, config)

    [branch] = schema.raw_schema["components"]["schemas"]["TriedRequest"]["oneOf"]
    urls = branch["properties"]["callback_url"]["enum"]
    assert {urlsplit(url or "https://example.com").hostname for url in urls} == {"example.com"}


def test_creates_of_v3_are_no_part_of_a_run_that_may_cost_money() -> None:
    tally = Tally(V3_DOCUMENT)

    # Nothing listens there: any request would break the run.
    run_part(tally, "http://127.0.0.1:1", KEY, CHOICES, Transport(), DocumentPart(model=0))

    with pytest.raises(UnexercisedError, match="no response of the run was about this"):
        tally.review(V3_DOCUMENT.first_case)
