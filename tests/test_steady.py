"""Load changes no verdict: a small version of `benchmarks/steady.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STEADY = Path(__file__).parents[1] / "benchmarks/steady.py"

QUICK = ("AUTH-03", "AUTH-05", "REQ-06", "REQ-07", "REQ-08*", "DUP-02", "DUP-08", "ERR-0[123]")


@pytest.mark.slow("soak")
def test_three_runs_under_load_agree() -> None:
    command = [sys.executable, str(STEADY), "--runs", "3", *(f"--case={case}" for case in QUICK)]

    run = subprocess.run(command, capture_output=True, text=True, timeout=120)

    lines = run.stdout.splitlines()
    assert run.returncode == 0, run.stdout + run.stderr
    assert [line.partition(": ")[0] for line in lines] == ["run 1", "run 2", "run 3"]
    assert all(": 1 INFO, 11 PASS in " in line for line in lines), lines
    assert all(line.endswith("as in the first run") for line in lines)
