"""The properties of the fast tier hold for many more examples."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.usefixtures("unmeasured")


@pytest.mark.slow("properties")
def test_properties_hold_for_more_examples() -> None:
    options = ["-q", "--no-cov", "-p", "no:cacheprovider", "--hypothesis-profile", "deep"]
    command = [sys.executable, "-m", "pytest", *options, "-m", "hypothesis and not slow", "tests"]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)

    assert run.returncode == 0, run.stdout + run.stderr
