"""Cases run side by side, and again if a failure depends on time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from threading import Barrier, Event
from typing import Any

import pytest

from seedance_contract.case import Level, Mismatch, Result, Verdict
from seedance_contract.client.arena import Assignment, CaseServer, DriverResult
from seedance_contract.client.client_case import ClientCase, ClientCheck
from seedance_contract.client.jobs import api_key
from seedance_contract.client.record import Record
from seedance_contract.client.redaction import Secret
from seedance_contract.client.runner import (
    RunContext,
    RunOptions,
    SilentClientError,
    max_seconds,
    record_case,
    run_cases,
)

MakeCase = Callable[..., ClientCase]
MakeContext = Callable[..., RunContext]


@dataclass
class FakeArena:
    """Opens case servers that a test makes."""

    make: Callable[[Secret], Any]
    opened: list[Any] = field(default_factory=list)

    def open(self, client_case: ClientCase, nonce: str, rate: float = 1.0) -> Any:
        case_server = self.make(Secret(api_key(client_case, nonce)))
        self.opened.append((case_server, rate))
        return case_server


@dataclass
class RecordedProgress:
    """Remembers what a run reports."""

    results: list[Result] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    total: int = 0

    def planned(self, total: int) -> None:
        self.total = total

    def started(self, case_id: str) -> None:
        self.steps.append(("started", case_id))

    def unconfirmed(self, case_id: str) -> None:
        self.steps.append(("unconfirmed", case_id))

    def rerun(self, case_id: str) -> None:
        self.steps.append(("rerun", case_id))

    def finished(self, result: Result) -> None:
        self.results.append(result)
        self.steps.append(("finished", result.case.id))

    def note(self, text: str) -> None:
        self.notes.append(text)


def progress_of(context: RunContext) -> RecordedProgress:
    assert isinstance(context.progress, RecordedProgress)
    return context.progress


@dataclass
class FakeDriver:
    """Ends each run with the next of some exit statuses."""

    statuses: Iterable[int] = (0,) * 99
    assignments: list[Assignment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next = iter(self.statuses)

    def drive(self, assignment: Assignment, case_server: CaseServer, stop: Event) -> DriverResult:
        self.assignments.append(assignment)
        return DriverResult(exit=next(self._next), facts={"by": "driver"})


class StoppingDriver(FakeDriver):
    """Stops the whole run during its first case."""

    def drive(self, assignment: Assignment, case_server: CaseServer, stop: Event) -> DriverResult:
        stop.set()
        return super().drive(assignment, case_server, stop)


@pytest.fixture
def make_context(case_server: Any) -> MakeContext:
    """Give a function that makes a context from a driver and options."""

    def make(driver: Any = None, **options: Any) -> RunContext:
        def open_server(secret: Secret) -> Any:
            return replace(case_server, secret=secret, known_facts={"by": "server", "tasks": 1})

        arena = FakeArena(open_server)
        driver = driver or FakeDriver()
        return RunContext(arena, driver, RunOptions(**options), Event(), RecordedProgress())

    return make


def check_exit_status(record: Record) -> None:
    """Check that a client exits with 0."""
    if record.exit:
        raise Mismatch("0", str(record.exit))


def exit_check(*, timed: bool = False) -> ClientCheck:
    """Return the check that a client exits with 0."""
    return ClientCheck(
        id="ends-well",
        level=Level.MUST,
        requirement="It ends well.",
        evaluate=check_exit_status,
        timed=timed,
    )


@pytest.fixture
def make_exit_case(make_case: MakeCase) -> MakeCase:
    """Give a function that makes a case about the exit status, without any request."""

    def make(case_id: str = "POLL-90", *, timed: bool = False, **members: Any) -> ClientCase:
        checks = (exit_check(timed=timed),)
        return make_case(case_id, checks=checks, may_send_nothing=True, **members)

    return make


@pytest.fixture
def exit_case(make_exit_case: MakeCase) -> ClientCase:
    """Give a case about the exit status, without any request."""
    return make_exit_case(base_path="/v1", timeout=9.0)


def test_case_is_recorded(make_context: MakeContext, exit_case: ClientCase) -> None:
    context = make_context()

    record = record_case(context, exit_case)

    driver, arena = context.driver, context.arena
    assert isinstance(driver, FakeDriver)
    assert isinstance(arena, FakeArena)
    [assignment], [(case_server, rate)] = driver.assignments, arena.opened
    assert assignment.base_url == "http://127.0.0.1:9/v1"
    assert assignment.secret == case_server.secret
    assert (assignment.timeout, assignment.rate, rate) == (9.0, 1.0, 1.0)
    assert case_server.closed
    assert (record.case, record.exit) == ("POLL-90", 0)
    assert record.facts == {"by": "driver", "tasks": 1}


def test_options_limit_the_timeout_and_set_the_rate(
    make_context: MakeContext, exit_case: ClientCase
) -> None:
    context = make_context(timeout=2.0, rate=20.0)

    record = record_case(context, exit_case)

    assert isinstance(context.driver, FakeDriver)
    assert context.driver.assignments[0].timeout == 2.0
    assert record.rate == 20.0


def test_results_keep_the_order_of_the_cases(
    make_context: MakeContext, make_exit_case: MakeCase
) -> None:
    cases = [make_exit_case(f"POLL-9{n}", timeout=n, exclusive=n == 2) for n in range(1, 5)]
    context = make_context()

    results = run_cases(context, cases)

    finished = [result.case.id for result in progress_of(context).results]
    assert progress_of(context).total == 4
    assert [result.case.id for result in results] == ["POLL-91", "POLL-92", "POLL-93", "POLL-94"]
    assert sorted(finished) == sorted(result.case.id for result in results)
    assert finished[-1] == "POLL-92"


def test_result_has_the_command_to_reproduce_it(
    make_context: MakeContext, exit_case: ClientCase
) -> None:
    [result] = run_cases(make_context(reproduce="check {}".format), [exit_case])

    assert result.reproduce == "check POLL-90"


def test_cases_run_side_by_side(make_context: MakeContext, make_exit_case: MakeCase) -> None:
    barrier = Barrier(3)

    class MeetingDriver(FakeDriver):
        def drive(
            self, assignment: Assignment, case_server: CaseServer, stop: Event
        ) -> DriverResult:
            barrier.wait(60)
            return super().drive(assignment, case_server, stop)

    cases = [make_exit_case(f"POLL-9{n}") for n in range(3)]

    assert len(run_cases(make_context(MeetingDriver(), jobs=3), cases)) == 3


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize(
    ("statuses", "verdict", "runs"),
    [((1, 0), Verdict.PASS, 2), ((1, 1), Verdict.FAIL, 2), ((0,), Verdict.PASS, 1)],
    ids=["once", "twice", "never"],
)
def test_timing_failure_is_confirmed(
    statuses: tuple[int, ...],
    verdict: Verdict,
    runs: int,
    exclusive: bool,
    make_context: MakeContext,
    make_exit_case: MakeCase,
) -> None:
    client_case = make_exit_case(timed=True, exclusive=exclusive)
    driver = FakeDriver(statuses)
    context = make_context(driver)

    [result] = run_cases(context, [client_case])

    assert result.verdict is verdict
    assert len(driver.assignments) == runs
    assert progress_of(context).results == [result]
    steps = [step for step, _ in progress_of(context).steps if step != "unconfirmed"]
    assert steps == ["started", *["rerun"] * (runs - 1), "finished"]


def test_timing_failures_run_again_side_by_side(
    make_context: MakeContext, make_exit_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    barrier = Barrier(2)

    class MeetingDriver(FakeDriver):
        def drive(
            self, assignment: Assignment, case_server: CaseServer, stop: Event
        ) -> DriverResult:
            barrier.wait(60)
            return super().drive(assignment, case_server, stop)

    context = make_context(MeetingDriver((1, 1, 1, 1)), jobs=2)
    cases = [make_exit_case(f"POLL-9{n}", timed=True, timeout=30.0) for n in range(2)]

    results = run_cases(context, cases)

    assert [result.verdict for result in results] == [Verdict.FAIL, Verdict.FAIL]
    assert progress_of(context).notes == [
        "timing failures that run again, 2 at a time: 2; at most 45 s more"
    ]


@pytest.mark.parametrize("exclusive", [False, True])
def test_a_client_that_never_ends_is_awaited_once(
    exclusive: bool, make_context: MakeContext, make_case: MakeCase, killed_driver: FakeDriver
) -> None:
    def fail(record: Record) -> None:
        raise Mismatch("an end", "none")

    check = replace(exit_check(timed=True), evaluate=fail)
    client_case = make_case(checks=(check,), may_send_nothing=True, exclusive=exclusive)

    [result] = run_cases(make_context(killed_driver, repeat=3), [client_case])

    assert result.verdict is Verdict.FAIL
    assert len(killed_driver.assignments) == 1


@pytest.fixture
def killed_driver() -> FakeDriver:
    """Give a driver that has to kill its client."""

    class KillingDriver(FakeDriver):
        def drive(
            self, assignment: Assignment, case_server: CaseServer, stop: Event
        ) -> DriverResult:
            self.assignments.append(assignment)
            return DriverResult(killed=True)

    return KillingDriver()


def test_a_silent_client_ends_the_run_after_three_cases(
    make_context: MakeContext, make_case: MakeCase
) -> None:
    context = make_context(FakeDriver((1,) * 99), jobs=1)
    cases = [make_case(f"POLL-9{n}") for n in range(9)]

    with pytest.raises(SilentClientError, match="the client sent no request") as caught:
        run_cases(context, cases)

    results = caught.value.results
    assert len(results) == 3
    assert {result.verdict for result in results} == {Verdict.BROKEN}
    assert context.stop.is_set()


@pytest.mark.parametrize(
    "members",
    [{"may_send_nothing": True}, {"job": {"action": "cancel"}}],
    ids=["may-reject", "other-action"],
)
def test_a_client_may_be_silent_in_special_cases(
    members: dict[str, Any], make_context: MakeContext, make_case: MakeCase
) -> None:
    cases = [make_case(f"POLL-9{n}", **members) for n in range(4)]

    assert len(run_cases(make_context(FakeDriver((1,) * 4)), cases)) == 4


def test_a_request_in_any_case_shows_that_the_client_connects(
    make_context: MakeContext, make_case: MakeCase, make_exchange: Callable[..., Any]
) -> None:
    class SometimesConnectingDriver(FakeDriver):
        def drive(self, assignment: Assignment, case_server: Any, stop: Event) -> DriverResult:
            if assignment.client_case.id == "POLL-90":
                case_server.received = [make_exchange()]
            return super().drive(assignment, case_server, stop)

    cases = [make_case(f"POLL-9{n}") for n in range(5)]
    driver = SometimesConnectingDriver((1,) * 5)

    assert len(run_cases(make_context(driver, jobs=1), cases)) == 5


def test_a_running_case_shows_that_the_client_connects(
    make_context: MakeContext, make_case: MakeCase, make_exchange: Callable[..., Any]
) -> None:
    others_ended, first_connected = Event(), Event()

    class SlowDriver(FakeDriver):
        def drive(self, assignment: Assignment, case_server: Any, stop: Event) -> DriverResult:
            if assignment.client_case.id == "POLL-90":
                case_server.received = [make_exchange()]
                first_connected.set()
                others_ended.wait(60)
            first_connected.wait(60)
            return super().drive(assignment, case_server, stop)

    class EndedProgress(RecordedProgress):
        def finished(self, result: Result) -> None:
            super().finished(result)
            if len(self.results) == 4:
                others_ended.set()

    cases = [make_case(f"POLL-9{n}") for n in range(5)]
    context = replace(make_context(SlowDriver((1,) * 5), jobs=5), progress=EndedProgress())

    assert len(run_cases(context, cases)) == 5


@pytest.mark.parametrize("repeat", [1, 3])
@pytest.mark.parametrize("jobs", [1, 2, 9])
def test_the_time_of_a_run_is_bounded(jobs: int, repeat: int, make_case: MakeCase) -> None:
    cases = [make_case(timeout=20.0), make_case(timeout=30.0)]
    options = RunOptions(jobs=jobs, repeat=repeat)

    seconds = max_seconds(cases, options)

    assert seconds == pytest.approx(repeat * (30 + 20 / jobs))
    exclusive = make_case(timeout=40.0, exclusive=True)
    assert max_seconds([*cases, exclusive], options) == pytest.approx(seconds + repeat * 40)
    assert max_seconds(cases, replace(options, timeout=5.0)) == pytest.approx(
        repeat * (5 + 5 / jobs)
    )


def test_untimed_failure_is_final(make_context: MakeContext, exit_case: ClientCase) -> None:
    driver = FakeDriver((1, 0))

    [result] = run_cases(make_context(driver), [exit_case])

    assert (result.verdict, len(driver.assignments)) == (Verdict.FAIL, 1)


def test_worst_repetition_counts(make_context: MakeContext, exit_case: ClientCase) -> None:
    driver = FakeDriver((0, 1, 0))

    [result] = run_cases(make_context(driver, repeat=3), [exit_case])

    assert (result.verdict, len(driver.assignments)) == (Verdict.FAIL, 3)


def test_stop_ends_repetitions_and_exclusive_cases(
    make_context: MakeContext, make_exit_case: MakeCase
) -> None:
    driver = StoppingDriver((1, 1, 1))
    cases = [make_exit_case("POLL-91", timed=True), make_exit_case("POLL-92", exclusive=True)]

    results = run_cases(make_context(driver, repeat=3), cases)

    assert results == []
    assert len(driver.assignments) == 1


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("timed", [False, True])
def test_a_stopped_client_has_no_result(
    exclusive: bool, timed: bool, make_context: MakeContext, make_exit_case: MakeCase
) -> None:
    client_case = make_exit_case(timed=timed, exclusive=exclusive)
    context = make_context(StoppingDriver((1, 1)))

    # The stop kills the client, so that it fails.
    results = run_cases(context, [client_case])

    assert (results, progress_of(context).results) == ([], [])


def test_results_before_a_stop_are_kept(
    make_context: MakeContext, make_exit_case: MakeCase
) -> None:
    class LateStoppingDriver(FakeDriver):
        def drive(
            self, assignment: Assignment, case_server: CaseServer, stop: Event
        ) -> DriverResult:
            if assignment.client_case.exclusive:
                stop.set()
            return super().drive(assignment, case_server, stop)

    cases = [make_exit_case("POLL-91"), make_exit_case("POLL-92", exclusive=True)]

    results = run_cases(make_context(LateStoppingDriver()), cases)

    assert [result.case.id for result in results] == ["POLL-91"]


def test_driver_error_stops_the_run(make_context: MakeContext, exit_case: ClientCase) -> None:
    class BrokenDriver(FakeDriver):
        def drive(
            self, assignment: Assignment, case_server: CaseServer, stop: Event
        ) -> DriverResult:
            raise OSError("no more processes")

    context = make_context(BrokenDriver())

    with pytest.raises(OSError, match="no more processes"):
        run_cases(context, [exit_case])

    assert context.stop.is_set()
