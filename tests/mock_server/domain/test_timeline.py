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
SPANS = st.floats(0, 1e6)


def test_a_real_timeline_is_the_machine_s() -> None:
    assert account_time(REAL_TIME, 1_800_000_000.5) == 1_800_000_000.5


def test_a_frozen_timeline_stands_still() -> None:
    frozen = with_mode(REAL_TIME, "frozen", 100.0)

    assert [account_time(frozen, now) for now in (100.0, 500.0)] == [100.0, 100.0]


def test_a_scaled_timeline_runs_ahead() -> None:
    assert account_time(with_mode(REAL_TIME, "x20", 100.0), 101.0) == 120.0


@given(modes=st.lists(st.tuples(MODES, SPANS), max_size=6))
def test_no_change_of_mode_moves_time(modes: list[tuple[str, float]]) -> None:
    timeline, now = REAL_TIME, 0.0
    for name, span in modes:
        now += span
        before = account_time(timeline, now)
        timeline = with_mode(timeline, name, now)

        assert account_time(timeline, now) == before
        assert mode_name(timeline) == name


@given(earlier=SPANS, later=SPANS, name=MODES)
def test_time_never_goes_back(earlier: float, later: float, name: str) -> None:
    timeline = with_mode(REAL_TIME, name, 0.0)
    first, second = sorted([earlier, later])

    assert account_time(timeline, first) <= account_time(timeline, second)


def test_advancing_adds_the_account_s_seconds() -> None:
    frozen = Timeline(machine_start=0.0, account_start=10.0, rate=0.0)

    assert account_time(with_advance(frozen, 5.0), 99.0) == 15.0


def test_nobody_goes_back_in_time() -> None:
    with pytest.raises(ValueError, match="forward only"):
        with_advance(REAL_TIME, -1)
    with pytest.raises(ValueError, match="forward only"):
        ManualClock().advance(-1)
