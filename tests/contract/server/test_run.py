"""The run of a suite: what runs side by side, what ends it, and what its results are."""

from __future__ import annotations

import ast
import threading
import time
from typing import Any

import pytest

from seedance_contract.case import Case, Level, Mismatch, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.progress import NoProgress
from seedance_contract.server import run as run_module
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import (
    CheckContext,
    KeyPool,
    ServerCheck,
    SharedRun,
    Stage,
)
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.http.target import Target
from seedance_contract.server.http.transport import Deadline, Transport
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.run import SuiteRun, run_checks

WAIT_SECONDS = 5.0


def new_context(**changes: Any) -> CheckContext:
    monitor = ResponseMonitor()
    transport = Transport(deadline=changes.pop("deadline", None))
    values: dict[str, Any] = {"keys": KeyPool(None, None, run_id="test"), "concurrency": 4}
    target = Target("http://127.0.0.1:1", Budget(None), monitor, transport)
    return CheckContext(target=target, monitor=monitor, **values | changes)


def check_of(name: str, run: Any, **choices: Any) -> ServerCheck:
    case = Case(
        id=f"test.{name}",
        group="test",
        level=Level.MUST,
        requirement="It does.",
        source=page("authentication"),
    )
    return ServerCheck(case=case, run=run, **choices)


def succeed(context: CheckContext) -> None:
    context.exercised += 1


def in_time(seconds: float, limit: float = 30) -> Deadline:
    return Deadline(at=time.monotonic() + seconds, limit_seconds=limit)


def test_checks_run_side_by_side_and_results_keep_the_order() -> None:
    meeting = threading.Barrier(3, timeout=WAIT_SECONDS)

    def meet(context: CheckContext) -> None:
        meeting.wait()
        succeed(context)

    checks = [check_of(name, meet) for name in ("a", "b", "c")]

    results = run_checks(new_context(), checks)

    assert [result.case.id for result in results] == ["test.a", "test.b", "test.c"]
    assert {result.verdict for result in results} == {Verdict.PASS}


def test_one_at_a_time_is_possible() -> None:
    running: list[str] = []

    def be_alone(context: CheckContext) -> None:
        running.append("one")
        assert running == ["one"]
        succeed(context)
        running.remove("one")

    results = run_checks(
        new_context(), [check_of(str(n), be_alone) for n in range(9)], concurrency=1
    )

    assert {result.verdict for result in results} == {Verdict.PASS}


class UnusedControl:
    """Stands for control over accounts that no check of this module uses."""


def test_checks_that_share_a_reset_account_run_one_at_a_time() -> None:
    shared = new_context(keys=KeyPool("sk-one", None, run_id="x"), control=UnusedControl())
    separate = new_context(keys=KeyPool("sk-one", None, run_id="x"))

    assert SuiteRun(shared, []).concurrency == 1
    assert SuiteRun(separate, []).concurrency == 4


def test_stages_follow_each_other() -> None:
    order: list[Stage] = []

    def remember(stage: Stage) -> ServerCheck:
        def run(context: CheckContext) -> None:
            order.append(stage)

        return check_of(stage.name, run, stage=stage)

    run_checks(new_context(), [remember(stage) for stage in reversed(Stage)])

    assert order == list(Stage)


def test_check_that_compares_nothing_does_not_pass() -> None:
    [result] = run_checks(new_context(), [check_of("idle", lambda context: None)])

    assert result.verdict is Verdict.UNEXERCISED
    assert result.findings[0].actual == "nothing of what the check compares occurred"
    assert result.evidence == {"exercised": 0}


def test_unexpected_exception_is_broken_and_named() -> None:
    def fail(context: CheckContext) -> None:
        context.keys.no_such_attribute  # type: ignore[attr-defined] # noqa: B018

    [result] = run_checks(new_context(), [check_of("defect", fail)])

    assert result.verdict is Verdict.BROKEN
    assert result.findings[0].actual.startswith("AttributeError; this is a defect of the kit")


def shared_by_two(run_part: Any) -> list[Result]:
    shared = SharedRun(id="shared", start=lambda context: [], part_count=3, run_part=run_part)

    def review(context: CheckContext) -> None:
        context.exercised = len(context.outcome_of(shared))

    checks = [check_of(name, review, shared=shared) for name in ("a", "b")]
    return run_checks(new_context(), checks)


def test_shared_run_is_carried_out_once_in_parts() -> None:
    results = shared_by_two(lambda context, found, part: found.append(part))

    assert [result.evidence for result in results] == [{"exercised": 3}] * 2


def test_shared_run_that_fails_decides_all_its_checks() -> None:
    def run_part(context: CheckContext, found: list[int], part: int) -> None:
        if part == 1:
            raise UnreachableError("no server")

    results = shared_by_two(run_part)

    assert [result.verdict for result in results] == [Verdict.BROKEN] * 2
    assert {result.findings[0].actual for result in results} == {"no server"}


def send_request(context: CheckContext) -> None:
    context.target.send("GET", "/v1/models")


class Notes(NoProgress):
    """Keeps the notes of a run."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)


def test_nothing_is_sent_after_the_time_limit() -> None:
    notes = Notes()
    checks = [check_of("late", send_request), check_of("local", succeed)]
    run = SuiteRun(new_context(deadline=in_time(-1)), checks, progress=notes)

    run.run()

    assert [result.verdict for result in run.results] == [Verdict.UNEXERCISED, Verdict.PASS]
    assert run.time_limit_details == {"seconds": 30, "reached": True}
    assert notes.texts == ["the time limit of the run, 30 s, was over: 1 checks have no result"]


def test_limit_that_costs_no_result_is_not_reached() -> None:
    notes = Notes()
    run = SuiteRun(new_context(deadline=in_time(-1)), [check_of("local", succeed)], progress=notes)

    run.run()

    assert run.time_limit_details == {"seconds": 30, "reached": False}
    assert notes.texts == []


def test_run_without_a_limit_says_so() -> None:
    run = SuiteRun(new_context(), [check_of("local", succeed)])

    run.run()

    assert run.time_limit_details == {"seconds": None, "reached": False}


def test_check_that_hangs_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "GRACE_SECONDS", 0.0)
    released = threading.Event()

    def hang(context: CheckContext) -> None:
        released.wait(WAIT_SECONDS)

    run = SuiteRun(new_context(deadline=in_time(0.05)), [check_of("hangs", hang)])
    run.run()
    [result] = run.results
    released.set()

    assert result.verdict is Verdict.UNEXERCISED
    assert result.findings[0].actual == "the time limit of the run, 30 s, was over"


@pytest.mark.parametrize("is_raised", [True, False], ids=["raised", "asked-for"])
def test_interruption_keeps_complete_results_only(is_raised: bool) -> None:
    released, has_ended = threading.Event(), threading.Event()

    def hang(context: CheckContext) -> None:
        released.wait(WAIT_SECONDS)
        has_ended.set()

    context = new_context()
    run = SuiteRun(context, [check_of("quick", succeed), check_of("hangs", hang)])

    def is_interrupted() -> bool:
        if not run.results:
            return False
        if is_raised:
            raise KeyboardInterrupt
        return True

    if is_raised:
        with pytest.raises(KeyboardInterrupt):
            run.run(is_interrupted)
    else:
        run.run(is_interrupted)
    released.set()

    assert has_ended.wait(WAIT_SECONDS)
    assert context.target.is_stopped
    assert [result.case.id for result in run.results] == ["test.quick"]


def test_error_of_a_worker_ends_the_run() -> None:
    def leave(context: CheckContext) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        run_checks(new_context(), [check_of("leaves", leave)])


def test_threads_parse_one_after_the_other() -> None:
    original = ast.parse
    parsers: list[Any] = []

    def look(context: CheckContext) -> None:
        parsers.append(ast.parse)
        ast.parse("1")

    run_checks(new_context(), [check_of("looks", look)])

    assert parsers[0] is not original
    assert ast.parse is original


def test_failure_is_shown_with_its_exchanges() -> None:
    def fail(context: CheckContext) -> None:
        try:
            context.target.send("GET", "/v1/models?q=sk-secret", key="sk-secret")
        except UnreachableError:
            raise Mismatch("a response", "none, to sk-secret") from None

    [result] = run_checks(new_context(), [check_of("fails", fail)])

    exchanges: Any = result.evidence["exchanges"]
    [exchange] = exchanges
    assert exchange["key"] == "key#1"
    assert exchange["target"] == "/v1/models?q=key#1"
    assert (exchange["status"], exchange["complete"]) == (None, False)
    assert result.findings[0].actual == "none, to key#1"
    assert "sk-secret" not in str(result)
