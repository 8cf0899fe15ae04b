"""A failure is shrunk to the smallest situation that shows it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any
from unittest.mock import Mock

import pytest

from seedance_contract.client.explore import shrinking
from seedance_contract.client.explore.observation import Observer
from seedance_contract.client.explore.sequence import Placed, draw
from seedance_contract.client.explore.shrinking import (
    FailureKey,
    Shrinker,
    simpler_situations,
)
from seedance_contract.client.explore.situations import Situation

BLIND = FailureKey("no-blind-create", "blind-create-retry")


@pytest.fixture(scope="module")
def found() -> Placed:
    """Give a situation with several words."""
    situation = draw(1, 10, lambda drawn: drawn.size > 2)
    assert situation is not None
    return Placed(10, situation)


def blind_client(found: Placed) -> Callable[[str], str]:
    """Return a client that creates blindly because of the last word of a situation."""

    def story(words: str) -> str:
        fails = found.situation.words[-1] in words.split()
        return "create none / create / poll completed" if fails else "create / poll completed"

    return story


def test_failure_shrinks_to_one_word(story_context: Any, found: Placed) -> None:
    observer = Observer(story_context(blind_client(found)))
    observer.observe(found.situation, Event())

    smallest = Shrinker(observer, 1, Event()).smallest(BLIND, found)

    assert smallest == Situation(words=found.situation.words[-1:])


def test_without_time_the_situation_stays(story_context: Any, found: Placed) -> None:
    observer, stop = Observer(story_context(blind_client(found))), Event()
    observer.observe(found.situation, Event())
    stop.set()

    assert Shrinker(observer, 1, stop).smallest(BLIND, found) == found.situation


def test_nothing_is_tried_after_the_time(
    story_context: Any, found: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stop, runs = blind_client(found), Event(), []

    def story(words: str) -> str:
        runs.append(words)
        if len(runs) == 12:
            stop.set()
        return client(words)

    observer = Observer(story_context(story))
    observer.observe(found.situation, Event())
    # So that the time is over while Hypothesis shrinks, and not before.
    monkeypatch.setattr(shrinking, "simpler_situations", lambda situation: [])
    known = Mock(wraps=observer.known)
    monkeypatch.setattr(Observer, "known", lambda self, situation: known(situation))

    Shrinker(observer, 1, stop).smallest(BLIND, found)

    assert known.call_args.args[0].script == runs[-1]


def test_a_failure_after_many_runs_is_small_enough(
    story_context: Any, found: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, runs = blind_client(found), []

    def story(words: str) -> str:
        runs.append(words)
        return client(words)

    observer = Observer(story_context(story))
    observer.observe(found.situation, Event())
    monkeypatch.setattr(shrinking, "simpler_situations", lambda situation: [])
    monkeypatch.setattr(shrinking, "MAX_RUNS", 3)

    Shrinker(observer, 1, Event()).smallest(BLIND, found)

    assert len(runs) == 1 + 3


def test_failure_that_no_simpler_situation_shows_stays(story_context: Any) -> None:
    situation = Situation(words=("create-reset+", "end-failed"))

    def picky_client(words: str) -> str:
        return (
            "create none / create / poll completed"
            if words == situation.script
            else "create / poll completed"
        )

    observer = Observer(story_context(picky_client))
    observer.observe(situation, Event())

    # The place is that of another situation, so Hypothesis does not find the failure either.
    assert Shrinker(observer, 1, Event()).smallest(BLIND, Placed(0, situation)) == situation


def test_simpler_situations_lack_one_part() -> None:
    situation = Situation(
        words=("poll-503", "end-failed"),
        prompt_words=("end-failed",),
        action="cancel",
        request='{"duration": 7}',
        poll_interval=5.0,
        restart=True,
    )

    simpler = list(simpler_situations(situation))

    assert simpler[0] == Situation(action="cancel", restart=True)
    assert situation not in simpler
    assert len(simpler) == len(set(simpler)) == 11
    assert not list(simpler_situations(Situation()))
