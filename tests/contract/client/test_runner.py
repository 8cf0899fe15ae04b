"""Scenes run side by side, and again where a failure rests on time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from threading import Barrier, Event
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Mismatch, Result, Verdict
from seedance_contract.client.arena import Assignment, Run, Stage
from seedance_contract.client.jobs import key
from seedance_contract.client.record import Record
from seedance_contract.client.redaction import Secret
from seedance_contract.client.runner import Kit, Plan, confirmed, perform, run, worse
from seedance_contract.client.scene import Check, Scene

MakeScene = Callable[..., Scene]


@dataclass
class FakeArena:
    """Opens stages from the tests' own."""

    make: Callable[[Secret], Any]
    opened: list[Any] = field(default_factory=list)

    def open(self, scene: Scene, nonce: str, rate: float = 1.0) -> Any:
        stage = self.make(Secret(key(scene, nonce)))
        self.opened.append((stage, rate))
        return stage


@dataclass
class FakeDriver:
    """Ends every case with the next of some exit statuses."""

    statuses: Iterable[int] = (0,) * 99
    seen: list[Assignment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next = iter(self.statuses)

    def drive(self, assignment: Assignment, stage: Stage, stop: Event) -> Run:
        self.seen.append(assignment)
        return Run(exit=next(self._next), facts={"by": "driver"})


@pytest.fixture
def kit(stage: Any) -> Callable[..., Kit]:
    """Give a function that makes a kit."""

    def make(driver: Any = None, **plan: Any) -> Kit:
        def fresh(secret: Secret) -> Any:
            return replace(stage, secret=secret, known={"by": "stage", "tasks": 1})

        return Kit(FakeArena(fresh), driver or FakeDriver(), Plan(**plan), Event())

    return make


def judge(record: Record) -> None:
    """Judge that a client exits with 0."""
    if record.exit:
        raise Mismatch("0", str(record.exit))


def check(*, timed: bool = False, name: str = "ends-well") -> Check:
    """Return the check that a client exits with 0."""
    return Check(id=name, level=Level.MUST, says="It ends well.", judge=judge, timed=timed)


@pytest.fixture
def scene(make_scene: MakeScene) -> Scene:
    """Give a scene that a client may leave without a request."""
    return make_scene(checks=(check(),), silent=True, base="/v1", patience=9.0)


def test_a_client_is_led_through_a_scene(kit: Callable[..., Kit], scene: Scene) -> None:
    parts = kit()

    record = perform(parts, scene)

    driver, arena = parts.driver, parts.arena
    assert isinstance(driver, FakeDriver)
    assert isinstance(arena, FakeArena)
    [assignment], [(stage, rate)] = driver.seen, arena.opened
    assert assignment.base_url == "http://127.0.0.1:9/v1"
    assert assignment.secret == stage.secret
    assert (assignment.patience, assignment.rate, rate) == (9.0, 1.0, 1.0)
    assert stage.closed
    assert (record.case, record.exit) == ("POLL-90", 0)
    assert record.facts == {"by": "driver", "tasks": 1}


def test_a_plan_shortens_patience_and_bends_time(kit: Callable[..., Kit], scene: Scene) -> None:
    parts = kit(patience=2.0, rate=20.0)

    record = perform(parts, scene)

    assert isinstance(parts.driver, FakeDriver)
    assert parts.driver.seen[0].patience == 2.0
    assert record.rate == 20.0


def test_results_keep_the_order_of_the_scenes(
    kit: Callable[..., Kit], make_scene: MakeScene
) -> None:
    scenes = [
        make_scene(f"POLL-9{n}", checks=(check(),), silent=True, patience=n, lonely=n == 2)
        for n in range(1, 5)
    ]
    final: list[str] = []

    results = run(kit(), scenes, lambda result: final.append(result.case.id))

    assert [result.case.id for result in results] == ["POLL-91", "POLL-92", "POLL-93", "POLL-94"]
    assert sorted(final) == sorted(result.case.id for result in results)
    assert final[-1] == "POLL-92"


def test_results_say_how_to_see_them_again(kit: Callable[..., Kit], scene: Scene) -> None:
    [result] = run(kit(reproduce="check {}".format), [scene])

    assert result.reproduce == "check POLL-90"


def test_scenes_run_side_by_side(kit: Callable[..., Kit], make_scene: MakeScene) -> None:
    meeting = Barrier(3)

    class Meeting(FakeDriver):
        def drive(self, assignment: Assignment, stage: Stage, stop: Event) -> Run:
            meeting.wait(60)
            return super().drive(assignment, stage, stop)

    scenes = [make_scene(f"POLL-9{n}", checks=(check(),), silent=True) for n in range(3)]

    assert len(run(kit(Meeting(), jobs=3), scenes)) == 3


@pytest.mark.parametrize("lonely", [False, True])
@pytest.mark.parametrize(
    ("statuses", "verdict", "runs"),
    [((1, 0), Verdict.PASS, 2), ((1, 1), Verdict.FAIL, 2), ((0,), Verdict.PASS, 1)],
    ids=["once", "twice", "never"],
)
def test_a_failure_on_time_is_confirmed(
    statuses: tuple[int, ...],
    verdict: Verdict,
    runs: int,
    lonely: bool,
    kit: Callable[..., Kit],
    make_scene: MakeScene,
) -> None:
    scene = make_scene(checks=(check(timed=True),), silent=True, lonely=lonely)
    driver, final = FakeDriver(statuses), list[Result]()

    [result] = run(kit(driver), [scene], final.append)

    assert result.verdict is verdict
    assert len(driver.seen) == runs
    assert final == [result]


def test_other_failures_are_final(kit: Callable[..., Kit], scene: Scene) -> None:
    driver = FakeDriver((1, 0))

    [result] = run(kit(driver), [scene])

    assert (result.verdict, len(driver.seen)) == (Verdict.FAIL, 1)


def test_the_worst_of_several_runs_counts(kit: Callable[..., Kit], scene: Scene) -> None:
    driver = FakeDriver((0, 1, 0))

    [result] = run(kit(driver, repeat=3), [scene])

    assert (result.verdict, len(driver.seen)) == (Verdict.FAIL, 3)


def test_a_stop_ends_repeats_and_what_would_run_alone(
    kit: Callable[..., Kit], make_scene: MakeScene
) -> None:
    class Stopping(FakeDriver):
        def drive(self, assignment: Assignment, stage: Stage, stop: Event) -> Run:
            stop.set()
            return super().drive(assignment, stage, stop)

    driver = Stopping((1, 1, 1))
    scenes = [
        make_scene("POLL-91", checks=(check(timed=True),), silent=True),
        make_scene("POLL-92", silent=True, lonely=True),
    ]

    results = run(kit(driver, repeat=3), scenes)

    assert [result.case.id for result in results] == ["POLL-91"]
    assert len(driver.seen) == 1


def test_a_stop_leaves_a_lonely_failure_as_it_is(
    kit: Callable[..., Kit], make_scene: MakeScene
) -> None:
    class Stopping(FakeDriver):
        def drive(self, assignment: Assignment, stage: Stage, stop: Event) -> Run:
            stop.set()
            return super().drive(assignment, stage, stop)

    scene = make_scene(checks=(check(timed=True),), silent=True, lonely=True)

    [result] = run(kit(Stopping((1, 1))), [scene])

    assert result.verdict is Verdict.FAIL


def test_an_error_of_the_kit_stops_the_run(kit: Callable[..., Kit], scene: Scene) -> None:
    class Broken(FakeDriver):
        def drive(self, assignment: Assignment, stage: Stage, stop: Event) -> Run:
            raise OSError("no more processes")

    parts = kit(Broken())

    with pytest.raises(OSError, match="no more processes"):
        run(parts, [scene])

    assert parts.stop.is_set()


def result(scene: Scene, **verdicts: Verdict) -> Result:
    """Return a result with a finding for each name."""
    findings = (
        Finding(check=name, level=Level.MUST, verdict=verdict) for name, verdict in verdicts.items()
    )
    return Result(case=scene.case, findings=tuple(findings))


def test_a_failure_that_does_not_rest_on_time_is_not_lost(make_scene: MakeScene) -> None:
    scene = make_scene(checks=(check(name="a", timed=True), check(name="b")))
    first = result(scene, a=Verdict.FAIL, b=Verdict.FAIL)
    good, bad = result(scene, a=Verdict.PASS, b=Verdict.PASS), result(scene, a=Verdict.FAIL)

    assert confirmed(scene, first, good) is first
    assert confirmed(scene, first, bad) is bad


def test_the_first_of_the_worst_is_told(scene: Scene) -> None:
    bad, same = result(scene, a=Verdict.FAIL), result(scene, b=Verdict.FAIL)

    assert worse([result(scene, a=Verdict.PASS), bad, same]) is bad
