from __future__ import annotations

import pytest

from seedance_mock.domain.clock import ManualClock


def test_manual_clock_stands_still() -> None:
    clock = ManualClock()

    assert clock() == clock()


def test_manual_clock_advances_by_the_seconds() -> None:
    clock = ManualClock(100)

    clock.advance(2.5)
    clock.advance(0)

    assert clock() == 102.5


def test_manual_clock_refuses_to_go_back() -> None:
    clock = ManualClock()

    with pytest.raises(ValueError, match=r"forward only, not by -1 s"):
        clock.advance(-1)
