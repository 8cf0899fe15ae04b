import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_mock.domain.clock import (
    REAL_TIME,
    ManualClock,
    Timeline,
    account_time,
    mode_name,
    with_advance,
    with_mode,
)

MODES = st.sampled_from(["real", "frozen", "polls", "x20", "x3"])
DURATIONS = st.floats(0, 1e6)


def test_real_time_follows_the_machine() -> None:
    assert account_time(REAL_TIME, 1_800_000_000.5) == 1_800_000_000.5


def test_a_frozen_timeline_stands_still() -> None:
    frozen = with_mode(REAL_TIME, "frozen", 100.0)

    assert [account_time(frozen, now) for now in (100.0, 500.0)] == [100.0, 100.0]


def test_a_scaled_timeline_runs_ahead() -> None:
    assert account_time(with_mode(REAL_TIME, "x20", 100.0), 101.0) == 120.0


@given(modes=st.lists(st.tuples(MODES, DURATIONS), max_size=6))
def test_no_change_of_mode_moves_time(modes: list[tuple[str, float]]) -> None:
    timeline, now = REAL_TIME, 0.0
    for mode, seconds in modes:
        now += seconds
        before = account_time(timeline, now)
        timeline = with_mode(timeline, mode, now)

        assert account_time(timeline, now) == before
        assert mode_name(timeline) == mode


@given(first=DURATIONS, second=DURATIONS, mode=MODES)
def test_time_never_goes_back(first: float, second: float, mode: str) -> None:
    timeline = with_mode(REAL_TIME, mode, 0.0)
    earlier, later = sorted([first, second])

    assert account_time(timeline, earlier) <= account_time(timeline, later)


def test_advance_adds_seconds_of_the_account() -> None:
    frozen = Timeline(machine_start=0.0, account_start=10.0, rate=0.0)

    assert account_time(with_advance(frozen, 5.0), 99.0) == 15.0


def test_no_clock_can_be_set_back() -> None:
    with pytest.raises(ValueError, match="forward only"):
        with_advance(REAL_TIME, -1)
    with pytest.raises(ValueError, match="forward only"):
        ManualClock().advance(-1)
