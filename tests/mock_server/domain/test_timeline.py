import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_mock.domain.clock import REAL, ManualClock, Timeline, advanced, changed, mode, moment

MODES = st.sampled_from(["real", "frozen", "polls", "x20", "x3"])
SPANS = st.floats(0, 1e6)


def test_a_real_timeline_is_the_machine_s() -> None:
    assert moment(REAL, 1_800_000_000.5) == 1_800_000_000.5


def test_a_frozen_timeline_stands_still() -> None:
    frozen = changed(REAL, "frozen", 100.0)

    assert [moment(frozen, now) for now in (100.0, 500.0)] == [100.0, 100.0]


def test_a_scaled_timeline_runs_ahead() -> None:
    assert moment(changed(REAL, "x20", 100.0), 101.0) == 120.0


@given(modes=st.lists(st.tuples(MODES, SPANS), max_size=6))
def test_no_change_of_mode_moves_time(modes: list[tuple[str, float]]) -> None:
    timeline, now = REAL, 0.0
    for name, span in modes:
        now += span
        before = moment(timeline, now)
        timeline = changed(timeline, name, now)

        assert moment(timeline, now) == before
        assert mode(timeline) == name


@given(earlier=SPANS, later=SPANS, name=MODES)
def test_time_never_goes_back(earlier: float, later: float, name: str) -> None:
    timeline = changed(REAL, name, 0.0)
    first, second = sorted([earlier, later])

    assert moment(timeline, first) <= moment(timeline, second)


def test_advancing_adds_the_account_s_seconds() -> None:
    frozen = Timeline(began=0.0, start=10.0, rate=0.0)

    assert moment(advanced(frozen, 5.0), 99.0) == 15.0


def test_nobody_goes_back_in_time() -> None:
    with pytest.raises(ValueError, match="forward only"):
        advanced(REAL, -1)
    with pytest.raises(ValueError, match="forward only"):
        ManualClock().advance(-1)
