"""The arithmetic of docs/scaling.md."""

from __future__ import annotations

from pathlib import Path

import pytest

import capacity
from capacity import COSTS, DEMANDS, Costs, Demand

PAGE = (Path(__file__).parents[1] / "docs/scaling.md").read_text()


def test_the_page_has_the_computed_table() -> None:
    assert capacity.markdown_table() in PAGE


@pytest.mark.parametrize("demand", DEMANDS, ids=lambda demand: demand.name)
def test_the_simulation_is_as_busy_as_computed(demand: Demand) -> None:
    costs = COSTS["redis"]
    plan = capacity.planned(demand, costs)
    assert plan is not None

    busy, p99 = capacity.simulated_waits(demand, costs, plan.workers, requests=20_000)

    assert busy == pytest.approx(plan.busy, rel=0.05)
    assert p99 < 1.5


def test_workers_that_are_too_busy_let_requests_wait() -> None:
    demand = Demand("too much", polls=9_000, creates=0, tasks=0)
    costs = Costs(poll=100, create=0, task_bytes=0)

    _, idle = capacity.simulated_waits(demand, costs, 20, requests=20_000)
    _, busy = capacity.simulated_waits(demand, costs, 1, requests=20_000)

    assert busy > 20 * idle


def test_a_store_that_cannot_grow_is_not_enough() -> None:
    demand = Demand("too much", polls=0, creates=3_000, tasks=0)

    assert capacity.planned(demand, COSTS["sqlite"]) is None


@pytest.mark.parametrize(
    ("size", "text"), [(5.0, "5 B"), (1_234.0, "1.2 kB"), (96.3e6, "96 MB"), (9.26e9, "9.3 GB")]
)
def test_a_size_has_two_digits(size: float, text: str) -> None:
    assert capacity.size_text(size) == text
