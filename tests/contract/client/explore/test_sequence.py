"""The sequence of a seed is the same in every run, and begins with the plain situation."""

from __future__ import annotations

from itertools import islice

import pytest

from seedance_contract.client.explore import sequence
from seedance_contract.client.explore.sequence import Placed, shrink, situation_sequence
from seedance_contract.client.explore.situations import Situation


def first(count: int, seed: int = 1) -> list[Placed]:
    return list(islice(situation_sequence(seed), count))


def test_longer_sequence_begins_like_a_shorter_one() -> None:
    assert first(5)[:3] == first(3)


def test_sequence_begins_with_the_plain_situation() -> None:
    assert first(1) == [Placed(0, Situation())]


def test_situations_differ_and_so_do_seeds() -> None:
    situations = [placed.situation for placed in first(5)]

    assert len(set(situations)) == 5
    assert situations != [placed.situation for placed in first(5, seed=2)]


def test_place_without_a_new_situation_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(seed: int, place: int, condition: object) -> Situation | None:
        return None if place == 1 else Situation(words=(f"place-{place}",))

    monkeypatch.setattr(sequence, "draw", draw)

    assert [placed.place for placed in first(2)] == [0, 2]


def test_failure_shrinks_to_what_it_needs() -> None:
    shrunk = shrink(1, 10, lambda situation: situation.size > 1)

    assert shrunk is not None
    assert (shrunk.size, shrunk.request, shrunk.action) == (2, "{}", "generate")


def test_without_a_failure_nothing_is_shrunk() -> None:
    assert shrink(1, 3, lambda situation: False) is None
