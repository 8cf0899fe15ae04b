"""The parts of the benchmark that work without a load."""

from __future__ import annotations

import json
import operator
import os
import subprocess
import sys
from pathlib import Path

import pytest

import figures
import servers
import workload
import wrk

FILE = Path(__file__).parents[1] / "benchmarks" / "bench.py"


def report(**changes: int) -> str:
    summary = {
        "requests": 3_000,
        "failed": 0,
        "refused": 0,
        "us": 2_000_000,
        "p50": 900,
        "p99": 4_500,
    }
    return "Running 2s test\n" + json.dumps(summary | changes)


def test_a_report_of_wrk_is_parsed() -> None:
    load = wrk.parse_report(report(), workload.CASES[0], 0.3)

    assert (load.rate, load.p50, load.p99) == (1500.0, 0.9, 4.5)
    assert load.cpu == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"failed": 2}, "2 failures"), ({"requests": 0}, "0 responses"), ({"refused": 5}, "refused")],
)
def test_a_failed_load_is_an_error(changes: dict[str, int], message: str) -> None:
    with pytest.raises(servers.MeasurementError, match=message):
        wrk.parse_report(report(**changes), workload.CASES[0])


def test_figures_are_aligned_with_headings() -> None:
    assert figures.text_table(("a", "figure"), [("one", "1.00x"), ("eleven", "11.00x")]).split(
        "\n"
    ) == [
        "a       figure",
        "------  ------",
        "one      1.00x",
        "eleven  11.00x",
    ]


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    row = figures.comparison_row("poll pending", "req/s", [(900, 1000), (600, 1000), (800, 1000)])

    assert row.round_values == [0.9, 0.6, 0.8]
    assert figures.row_cells(row) == (
        *("poll pending", "req/s", "800", "1,000", "0.80x", ">= 0.85", "no", ""),
    )


def test_memory_is_compared_by_difference() -> None:
    row = figures.comparison_row("memory idle", "MB", [(50.0, 30.0)], operator.sub)

    assert figures.row_cells(row)[2:7] == ("50.0", "30.0", "+20.0", "<= 15", "no")


def test_a_load_has_cpu_ratio_and_latencies() -> None:
    ours = wrk.parse_report(report(), workload.ACCEPTED, 0.6)
    bare = wrk.parse_report(report(requests=6_000, p50=400), workload.ACCEPTED, 0.6)

    row = figures.load_comparison_row(workload.ACCEPTED, [(ours, bare)])

    assert figures.row_cells(row) == (
        *("create accepted", "req/s", "1,500", "3,000", "0.50x", ">= 0.6", "no", "0.50x"),
        *("0.9 / 4.5", "0.4 / 4.5"),
    )


def test_growth_is_measured_per_task() -> None:
    load = wrk.parse_report(report(), workload.ACCEPTED, 0.3)
    few = figures.Growth(tasks=1_000, memory=50.0, poll=load, create=load)
    many = figures.Growth(tasks=11_000, memory=70.0, poll=load, create=load)

    assert figures.kilobytes_per_task(few, many) == 2.0
    assert figures.growth_cells(many) == (
        *("11,000", "70.0", "1,500", "100", "0.9 / 4.5", "1,500", "100", "0.9 / 4.5"),
    )


def test_every_goal_belongs_to_a_figure() -> None:
    load = wrk.parse_report(report(), workload.ACCEPTED, 0.3)
    few = figures.Growth(tasks=1_000, memory=50.0, poll=load, create=load)
    many = figures.Growth(tasks=11_000, memory=70.0, poll=load, create=load)

    standalone = figures.standalone_measures(few, many, 2.5)

    assert standalone == {
        "kB for a retained task": 2.0,
        "poll p99, many tasks to few": 1.0,
        "ms to import the pytest plugin": 2.5,
    }
    compared = {case.name for case in workload.CASES} | {"cold start", "memory idle"}
    latencies = {f"p99 of {case.name}" for case in workload.CREATES}
    assert figures.GOALS.keys() == compared | latencies | standalone.keys()
    assert figures.standalone_cells(*standalone.popitem())[1:] == ("2.50", "<= 5", "yes")


def test_servers_store_byte_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    assert "PYTHONDONTWRITEBYTECODE" not in servers.server_environment()
    assert servers.server_environment()["PATH"] == os.environ["PATH"]


def test_goals_for_both_signs() -> None:
    at_least, at_most = figures.Goal(">=", 0.7), figures.Goal("<=", 15)

    assert [
        at_least.is_met(0.7),
        at_least.is_met(0.69),
        at_most.is_met(15),
        at_most.is_met(16),
    ] == [
        True,
        False,
    ] * 2


def test_missing_wrk_is_explained(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(FILE)],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 2
    assert "apt-get install wrk" in run.stderr


def test_the_start_is_measured_without_wrk(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(FILE), "--start", "--quick"],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert [line.split("  ")[0] for line in run.stdout.splitlines()[2:]] == [
        "cold start",
        "memory idle",
    ]
