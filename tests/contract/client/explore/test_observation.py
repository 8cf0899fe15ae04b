"""Each situation is observed once, side by side, until somebody stops it."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from seedance_contract.client.explore import observation
from seedance_contract.client.explore.observation import Observer
from seedance_contract.client.explore.situations import Situation

LOST = Situation(words=("create-reset+",))
PLAIN = Situation()


def blind_client(words: str) -> str:
    """A client that repeats a lost create."""
    lost = "create none !!create-reset / create / poll completed"
    return lost if "reset" in words else "create / poll completed"


def never() -> bool:
    return False


def test_observation_keeps_the_record_of_a_failure(story_context: Any) -> None:
    observer = Observer(story_context(blind_client))

    lost, plain = observer.observe(LOST, Event()), observer.observe(PLAIN, Event())

    assert lost is not None
    assert plain is not None
    assert [finding.check for finding in lost.failures] == ["no-blind-create"]
    assert lost.record is not None
    assert plain.record is None
    assert plain.states == {"create pending", "poll completed"}
    assert lost.states == {"create create-reset", "create pending", "poll completed"}


def test_failure_is_of_an_invariant_and_a_cause(story_context: Any) -> None:
    observed = Observer(story_context(blind_client)).observe(LOST, Event())

    assert observed is not None
    assert observed.failure("no-blind-create", "blind-create-retry") is not None
    assert observed.failure("no-blind-create", "paid-again") is None
    assert observed.failure("valid-request", "") is None


def test_client_that_sends_nothing_has_no_findings(story_context: Any) -> None:
    observed = Observer(story_context(lambda words: "exit 0")).observe(PLAIN, Event())

    assert observed is not None
    assert observed.findings == {}


def test_situation_is_observed_once(story_context: Any) -> None:
    context = story_context(blind_client)
    observer = Observer(context)

    observed = list(observer.observe_all([PLAIN, LOST, PLAIN], never))

    assert {item.situation for item in observed} == {PLAIN, LOST}
    assert sorted(context.driver.scripts) == ["", "create-reset+"]
    assert observer.known(LOST) in observed


def test_progress_shows_each_situation(story_context: Any) -> None:
    context = story_context(blind_client)

    list(Observer(context).observe_all([PLAIN, LOST], never))

    assert sorted(context.progress.finished_ids) == ["create-reset+", "no words"]
    assert context.progress.total == 2


def test_stopped_run_says_nothing(story_context: Any) -> None:
    context, stop = story_context(blind_client), Event()
    observer = Observer(context)
    stop.set()

    assert observer.observe(LOST, stop) is None
    assert observer.known(LOST) is None


def test_run_that_is_stopped_while_it_runs_may_run_again(story_context: Any) -> None:
    stop = Event()

    def story(words: str) -> str:
        stop.set()
        return blind_client(words)

    observer = Observer(story_context(story))

    assert observer.observe(LOST, stop) is None
    assert observer.observe(LOST, Event()) is not None


def test_end_of_the_search_is_noticed(story_context: Any) -> None:
    context = story_context(blind_client)

    assert list(Observer(context).observe_all([PLAIN], lambda: True)) == []


def test_no_situation_is_drawn_after_the_end(story_context: Any) -> None:
    drawn: list[Situation] = []

    def sequence() -> Iterator[Situation]:
        for situation in (PLAIN, LOST):
            drawn.append(situation)
            yield situation

    list(Observer(story_context(blind_client)).observe_all(sequence(), lambda: bool(drawn)))

    assert drawn == [PLAIN]


def test_failed_run_leaves_no_situation_behind(
    story_context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError("no ports")

    monkeypatch.setattr(observation, "record_case", fail)
    observer = Observer(story_context(blind_client))

    with pytest.raises(OSError, match="no ports"):
        observer.observe(PLAIN, Event())

    assert observer.known(PLAIN) is None
