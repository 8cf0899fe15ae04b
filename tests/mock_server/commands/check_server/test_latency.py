"""How much longer a run takes over a link with latency."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latency_proxy import latency_proxy

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")

LATENCY_SECONDS = 0.04

MAX_RATIO = 3.5
"""The goal is 2.5 on a machine with nothing else to do; 2.3 was measured. One request after the
other it was 14."""


def seconds_of_run(url: str, report: Path) -> float:
    command = [str(PROGRAM), "check-server", url, "--quick", "--quiet", "--json", str(report)]
    subprocess.run(command, check=False, capture_output=True)
    content = json.loads(report.read_text())
    assert set(content["verdicts"]) <= {"PASS", "UNEXERCISED"}, content["verdicts"]
    return float(content["seconds"])


@pytest.mark.slow("check-server")
def test_latency_does_not_multiply_the_time(
    serve: Callable[..., tuple[Any, int]], tmp_path: Path
) -> None:
    _, port = serve("--log-format", "none")

    on_loopback = seconds_of_run(f"http://127.0.0.1:{port}", tmp_path / "loopback.json")
    with latency_proxy("127.0.0.1", port, LATENCY_SECONDS) as url:
        over_link = seconds_of_run(url, tmp_path / "link.json")

    ratio = over_link / on_loopback
    print(f"{on_loopback:.1f} s on loopback, {over_link:.1f} s with 40 ms: ratio {ratio:.2f}")
    assert ratio <= MAX_RATIO
