"""The search for broken promises: what ends a part of it, and what it keeps."""

from __future__ import annotations

import gc
import json
import weakref
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from itertools import count
from typing import Any

import pytest
from starlette.responses import Response

from hostile_server import hostile_server, http_response
from mutant_runs import has_failed, run_on
from seedance_contract.declared.tasks import Status
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool
from seedance_contract.server.checks.tasks import PROMISES
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.http.target import Target
from seedance_contract.server.properties import state_machine
from seedance_contract.server.properties.promise_search import PROMISE_SEARCH, PromiseSearch
from seedance_contract.server.properties.state_machine import TaskMachine
from seedance_contract.server.properties.task_actions import MachineRun, PromiseMismatch
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.suite import select_checks
from seedance_mock.domain import accounts
from seedance_mock.domain.task import Task
from seedance_mock.domain.task import status as original_status
from seedance_mock.testing.live import live_server
from seedance_mock.web import serializers
from seedance_mock.web.endpoints import tasks as task_endpoints
from seedance_mock.web.responses import json_response
from server_defects import Patch, with_function, with_serializer


def new_context(url: str = "http://127.0.0.1:1") -> CheckContext:
    monitor = ResponseMonitor()
    return CheckContext(
        target=Target(url, Budget(None), monitor),
        keys=KeyPool(None, None, run_id="test"),
        monitor=monitor,
        max_examples=1,
        shrink=False,
    )


def test_part_ends_once_another_has_cut_the_search_short() -> None:
    context = new_context()

    PROMISE_SEARCH.run_part(context, PromiseSearch(is_cut_short=True), 0)

    assert context.target.log.entries == ()


def test_fault_that_is_not_repeated_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_machine, "REAL_PAUSE_SECONDS", 0.0)
    turns = count()

    def fail_once(method: str, path: str, body: bytes) -> Iterable[bytes]:
        status = 200 if next(turns) else 500
        return [http_response(status, json.dumps({"id": "task"}).encode())]

    others = {f"tasks.{name}" for name in PROMISES} - {"tasks.affordable"}
    known = {name: PromiseMismatch(name, "", "", ()) for name in others}
    search = PromiseSearch(mismatches=dict(known))
    with hostile_server(fail_once) as url:
        context = new_context(url)
        with closing(context.target.transport):
            PROMISE_SEARCH.run_part(context, search, 0)

    assert search.mismatches.keys() - known.keys() == {"tasks.affordable"}
    assert search.mismatches["tasks.affordable"].actual.startswith("500")


def created_response(body: dict[str, object]) -> Response:
    return json_response(body, 200 if "updated" in body else 201)


DEFECTS_OF_CREATE: dict[str, Patch] = {
    "tasks.poll-url": with_function(serializers, "poll_url", lambda task, base: "/v1/tasks"),
    "tasks.affordable": with_function(task_endpoints, "json_response", created_response),
    "tasks.unaffordable": with_function(accounts, "covers", lambda account, amount: True),
}


@pytest.mark.parametrize("promise", DEFECTS_OF_CREATE)
def test_task_of_a_broken_promise_is_not_missed_in_the_money(
    promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    DEFECTS_OF_CREATE[promise](monkeypatch)
    with live_server() as server:
        results = run_on(server, select_checks([f"tasks.{name}" for name in PROMISES]), 2)

    assert {id for id, result in results.items() if has_failed(result)} == {promise}


def test_wrong_status_tells_nothing_of_the_money(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: Counter[str] = Counter()

    def status(task: Task, now: float) -> Status:
        state = original_status(task, now)
        reads[task.id] += state is Status.COMPLETED
        is_back = state is Status.COMPLETED and reads[task.id] % 2 == 0
        return Status.PROCESSING if is_back else state

    with_serializer("status", status)(monkeypatch)
    with live_server() as server:
        results = run_on(server, select_checks([f"tasks.{name}" for name in PROMISES]), 2)

    failed = {id for id, result in results.items() if has_failed(result)}
    assert "tasks.ended" in failed
    assert not failed & {"tasks.charged", "tasks.reserved"}


def test_defect_of_the_kit_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(machine: TaskMachine, number: int, body: Any) -> None:
        raise KeyError("model")

    monkeypatch.setattr(TaskMachine, "create_in", fail)
    search = PromiseSearch()

    with pytest.raises(KeyError, match="model"):
        PROMISE_SEARCH.run_part(new_context(), search, 0)

    assert search.mismatches == {}


def test_no_further_example_begins_once_the_server_is_gone() -> None:
    run = MachineRun(new_context(), stop_reason=UnreachableError("gone"))

    with pytest.raises(UnreachableError, match="gone"):
        TaskMachine(run)


def test_search_keeps_nothing_of_a_run_that_is_over() -> None:
    context = new_context()
    target = weakref.ref(context.target)
    with pytest.raises(UnreachableError):
        PROMISE_SEARCH.run_part(context, PromiseSearch(), 0)

    del context
    # The traceback of the exception and its frames refer to each other.
    gc.collect()

    assert target() is None
