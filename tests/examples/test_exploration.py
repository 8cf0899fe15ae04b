"""Explorations find clients with bad habits, and nothing in the reference client."""

from __future__ import annotations

import pytest

import exploration
from habits.catalogue import HABITS_BY_SWITCH
from mutant_drivers import REFERENCE, mutant_drivers
from seedance_contract.client.explore.exploration import ExploreOptions


def test_sample_is_the_same_in_every_run() -> None:
    sample = exploration.sample()

    assert sample == exploration.sample()
    assert len(set(sample)) == 25
    assert set(sample) <= set(HABITS_BY_SWITCH) - set(exploration.WITHOUT_TRAFFIC)


def test_habits_without_traffic_exist() -> None:
    assert set(exploration.WITHOUT_TRAFFIC) <= set(HABITS_BY_SWITCH)


def test_unknown_habit_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        exploration.main(["--no-such-habit"])

    assert "there is no habit --no-such-habit" in capsys.readouterr().err


@pytest.mark.slow("mutants")
@pytest.mark.parametrize(
    ("switch", "invariant"),
    [
        ("--retry-create-on-reset", "no-blind-create"),
        ("--keep-polling", "stops-polling"),
    ],
)
def test_habit_is_found_in_forty_situations(switch: str, invariant: str) -> None:
    options = ExploreOptions(seed=4, examples=40)

    result = exploration.explored(mutant_drivers([switch])[switch], options)

    sizes = {failure.finding.check: failure.situation.size for failure in result.failures}
    assert sizes[invariant] <= 1


@pytest.mark.slow("mutants")
def test_reference_client_keeps_every_invariant() -> None:
    options = ExploreOptions(seed=4, examples=60)

    result = exploration.explored(mutant_drivers([REFERENCE])[REFERENCE], options)

    assert exploration.describe(result) == "60 situations: nothing"
