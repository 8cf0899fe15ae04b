"""What `check-client` says about a client with the vendor's Python SDK, which speaks v3."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

CLIENT = Path(__file__).parent / "programs/ark_client.py"
Compare = Callable[[Sequence[str], str], tuple[Mapping[str, Any], Mapping[str, Any]]]


def results(
    python: Path, variant: str, report: Path, cases: Sequence[str], dialect: str
) -> Mapping[str, Any]:
    """Return the result of each case."""
    selected = [word for case in cases for word in ("--case", case)]
    check: list[str | Path] = [sys.executable, "-m", "seedance_mock", "check-client", *selected]
    options: list[str | Path] = ["--dialect", dialect, "--json", report]
    client: list[str | Path] = [python, CLIENT, "volcenginesdkarkruntime", variant]
    subprocess.run([*check, *options, "--", *client], capture_output=True)
    return {result["id"]: result for result in json.loads(report.read_text())["results"]}


@pytest.fixture
def compare(sdk_python: Path, tmp_path: Path) -> Compare:
    """Give a function that returns the results of the SDK without keys, and with them."""

    def run(cases: Sequence[str], dialect: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        def run_variant(variant: str) -> Mapping[str, Any]:
            return results(sdk_python, variant, tmp_path / f"{variant}.json", cases, dialect)

        # At the same time, as both wait for most of theirs.
        with ThreadPoolExecutor(2) as pool:
            plain, keyed = pool.map(run_variant, ("plain", "keyed"))
        return plain, keyed

    return run


def verdicts(rows: Mapping[str, Any]) -> dict[str, str]:
    """Return the verdict of each case."""
    return {case: row["verdict"] for case, row in rows.items()}


@pytest.mark.slow("sdks")
def test_a_key_makes_the_repetitions_of_the_sdk_harmless(compare: Compare) -> None:
    plain, keyed = compare(("DUP-08", "POLL-01"), "v1")

    assert verdicts(plain) == {"DUP-08": "FAIL", "POLL-01": "PASS"}
    assert verdicts(keyed) == {"DUP-08": "PASS", "POLL-01": "PASS"}


@pytest.mark.slow("sdks")
def test_the_sdk_pays_twice_for_a_lost_response(compare: Compare) -> None:
    lost = ("V3-02", "V3-03", "V3-04")

    plain, keyed = compare(lost, "v3")

    assert verdicts(plain) == dict.fromkeys(lost, "FAIL")
    costs = {row["findings"][0]["actual"] for row in plain.values()}
    assert costs == {"2 creates: 2 tasks for 0.69 USD"}
    assert verdicts(keyed) == dict.fromkeys(lost, "PASS")
