"""Grading: a pure function of a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seedance_contract.case import Case, Level, Mismatch, Verdict
from seedance_contract.client.record import Exchange, Record, as_json
from seedance_contract.client.scene import (
    Check,
    Judge,
    Scene,
    Unexercised,
    grade,
    suspects,
    wait,
)
from seedance_contract.declared.sources import assumed

MakeScene = Callable[..., Scene]


def holds(record: Record) -> None:
    """Find nothing wrong."""


def fails(record: Record) -> None:
    """Find something wrong."""
    raise Mismatch("one", "two")


def idle(record: Record) -> None:
    """Find that there is nothing to judge."""
    raise Unexercised("it never polled")


def check(judge: Judge, level: Level = Level.MUST, **members: Any) -> Check:
    """Return a check."""
    return Check(id=judge.__name__, level=level, says="It works.", judge=judge, **members)


def stumbles(record: Record) -> None:
    """Have a fault of its own."""
    raise KeyError("poll_url")


@pytest.fixture
def record(make_exchange: Callable[..., Exchange]) -> Record:
    """Give a record of one request."""
    return Record(case="POLL-90", job={}, exchanges=(make_exchange(),), exit=0, seconds=2.0)


@pytest.mark.parametrize(
    ("judge", "level", "verdict"),
    [
        (holds, Level.MUST, Verdict.PASS),
        (fails, Level.MUST, Verdict.FAIL),
        (fails, Level.SHOULD, Verdict.NON_STRICT),
        (fails, Level.INFO, Verdict.INFO),
        (idle, Level.MUST, Verdict.UNEXERCISED),
        (idle, Level.INFO, Verdict.INFO),
        (stumbles, Level.MUST, Verdict.BROKEN),
    ],
)
def test_a_check_is_graded_by_its_level(
    judge: Judge, level: Level, verdict: Verdict, make_scene: MakeScene, record: Record
) -> None:
    result = grade(make_scene(checks=(check(judge, level),)), record)

    assert result.verdict is verdict
    assert result.seconds == 2.0
    assert result.evidence == as_json(record)


def test_an_assumption_fails_nobody(make_scene: MakeScene, record: Record) -> None:
    case = Case(id="A", group="A", level=Level.MUST, requirement="x", source=assumed("why"))

    assert grade(make_scene(case=case, checks=(check(fails),)), record).verdict is Verdict.INFO


@pytest.mark.parametrize(
    ("members", "silent", "verdict"),
    [
        ({"exit": 127}, False, Verdict.UNSUPPORTED),
        ({"exit": 1, "exchanges": ()}, False, Verdict.BROKEN),
        ({"exit": 1, "exchanges": ()}, True, Verdict.PASS),
        ({"exit": 0, "exchanges": ()}, False, Verdict.PASS),
        ({"exit": None, "killed": True, "exchanges": ()}, False, Verdict.PASS),
    ],
)
def test_some_runs_cannot_be_judged(
    members: dict[str, Any], silent: bool, verdict: Verdict, make_scene: MakeScene, record: Record
) -> None:
    told = {**{name: getattr(record, name) for name in ("case", "job", "exchanges")}, **members}

    result = grade(make_scene(checks=(check(holds),), silent=silent), Record(**told))

    assert result.verdict is verdict


def test_only_timed_failures_are_doubted(make_scene: MakeScene, record: Record) -> None:
    def late(record: Record) -> None:
        raise Mismatch("3 s", "1 s")

    scene = make_scene(checks=(check(late, timed=True), check(fails), check(holds, timed=True)))

    assert list(suspects(scene, grade(scene, record))) == ["late"]


@pytest.mark.parametrize(("seconds", "least"), [(1.0, 0.95), (10.0, 9.8)])
def test_timers_may_fire_a_little_early(seconds: float, least: float) -> None:
    assert wait(seconds) == pytest.approx(least)
