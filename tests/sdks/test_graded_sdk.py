"""What `check-client` says about a client with the vendor's Python SDK, which speaks v3."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).parent / "programs/ark_client.py"
CASES = ("DUP-08", "POLL-01")


def verdicts(python: Path, variant: str, report: Path) -> dict[str, str]:
    """Return the verdict of each case."""
    selected = [word for case in CASES for word in ("--case", case)]
    check: list[str | Path] = [sys.executable, "-m", "seedance_mock", "check-client", *selected]
    client: list[str | Path] = [python, CLIENT, "volcenginesdkarkruntime", variant]
    subprocess.run([*check, "--json", report, "--", *client], capture_output=True)
    results = json.loads(report.read_text())["results"]
    return {result["id"]: result["verdict"] for result in results}


@pytest.mark.slow("sdks")
def test_a_key_makes_the_repetitions_of_the_sdk_harmless(sdk_python: Path, tmp_path: Path) -> None:
    plain = verdicts(sdk_python, "plain", tmp_path / "plain.json")
    keyed = verdicts(sdk_python, "keyed", tmp_path / "keyed.json")

    assert plain == {"DUP-08": "FAIL", "POLL-01": "PASS"}
    assert keyed == {"DUP-08": "PASS", "POLL-01": "PASS"}
