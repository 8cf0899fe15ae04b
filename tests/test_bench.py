"""The parts of the benchmark that need no load."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[1] / "benchmarks" / "bench.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """Give the script as a module."""
    spec = importlib.util.spec_from_file_location("bench", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench"] = module
    spec.loader.exec_module(module)
    return module


def report(**changes: int) -> str:
    seen = {"requests": 3_000, "failed": 0, "refused": 0, "us": 2_000_000, "p50": 900, "p99": 4_500}
    return "Running 2s test\n" + json.dumps(seen | changes)


def test_a_report_of_wrk_is_read(bench: ModuleType) -> None:
    load = bench.parsed(report(), bench.CASES[0], 0.3)

    assert (load.rate, load.p50, load.p99, load.cpu) == (1500.0, 0.9, 4.5, pytest.approx(100.0))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [({"failed": 2}, "2 failures"), ({"requests": 0}, "0 answers"), ({"refused": 5}, "refused")],
)
def test_a_load_that_failed_is_no_figure(
    changes: dict[str, int], complaint: str, bench: ModuleType
) -> None:
    with pytest.raises(bench.Broken, match=complaint):
        bench.parsed(report(**changes), bench.CASES[0])


def test_figures_stand_under_their_headings(bench: ModuleType) -> None:
    assert bench.table(("a", "figure"), [("one", "1.00x"), ("eleven", "11.00x")]).split("\n") == [
        "a       figure",
        "------  ------",
        "one      1.00x",
        "eleven  11.00x",
    ]


def test_a_ratio_is_the_median_of_the_rounds(bench: ModuleType) -> None:
    row = bench.row("poll pending", "req/s", [(900, 1000), (600, 1000), (800, 1000)])

    assert row.each == [0.9, 0.6, 0.8]
    assert bench.cells(row) == (
        *("poll pending", "req/s", "800", "1,000", "0.80x", ">= 0.85", "no", ""),
    )


def test_memory_is_compared_by_difference(bench: ModuleType) -> None:
    row = bench.row("memory idle", "MB", [(50.0, 30.0)], bench.operator.sub)

    assert bench.cells(row)[2:7] == ("50.0", "30.0", "+20.0", "<= 15", "no")


def test_a_load_shows_cpu_and_latencies(bench: ModuleType) -> None:
    ours = bench.parsed(report(), bench.ACCEPTED, 0.6)
    bare = bench.parsed(report(requests=6_000, p50=400), bench.ACCEPTED, 0.6)

    row = bench.load_row(bench.ACCEPTED, [(ours, bare)])

    assert bench.cells(row) == (
        *("create accepted", "req/s", "1,500", "3,000", "0.50x", ">= 0.6", "no", "0.50x"),
        *("0.9 / 4.5", "0.4 / 4.5"),
    )


def test_growth_is_told_by_task(bench: ModuleType) -> None:
    load = bench.parsed(report(), bench.ACCEPTED, 0.3)
    few = bench.Growth(tasks=1_000, memory=50.0, poll=load, create=load)
    many = bench.Growth(tasks=11_000, memory=70.0, poll=load, create=load)

    assert bench.per_task(few, many) == 2.0
    assert bench.growth_cells(many) == (
        *("11,000", "70.0", "1,500", "100", "0.9 / 4.5", "1,500", "100", "0.9 / 4.5"),
    )


def test_every_goal_is_of_a_measure(bench: ModuleType) -> None:
    load = bench.parsed(report(), bench.ACCEPTED, 0.3)
    few = bench.Growth(tasks=1_000, memory=50.0, poll=load, create=load)
    many = bench.Growth(tasks=11_000, memory=70.0, poll=load, create=load)

    alone = bench.alone(few, many, 12.5)

    assert alone == {
        "kB for a retained task": 2.0,
        "poll p99, many tasks to few": 1.0,
        "ms to import the pytest plugin": 12.5,
    }
    compared = {case.name for case in bench.CASES} | {"cold start", "memory idle"}
    assert bench.GOALS.keys() == compared | alone.keys()
    assert bench.alone_cells(*alone.popitem())[1:] == ("12.50", "<= 30", "yes")


def test_byte_code_is_stored(bench: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    assert "PYTHONDONTWRITEBYTECODE" not in bench.environment()
    assert bench.environment()["PATH"] == os.environ["PATH"]


def test_a_goal_is_met_or_not(bench: ModuleType) -> None:
    fast, small = bench.Goal(">=", 0.7), bench.Goal("<=", 15)

    assert [fast.met(0.7), fast.met(0.69), small.met(15), small.met(16)] == [True, False] * 2


def test_without_wrk_it_says_how_to_get_it(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(FILE)],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 2
    assert "apt-get install wrk" in ended.stderr
