from __future__ import annotations

import subprocess
import sys

from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_mock.live_checks.catalogue import (
    FAILURE_NEEDS,
    LIVE_CHECKS,
    NOT_JUDGED,
    PASS_NEEDS,
)

KIT_LIBRARIES = {"hypothesis", "jsonschema_rs", "pytest", "requests", "rich", "schemathesis"}


def test_every_invariant_is_a_live_check() -> None:
    assert [check.id for check in LIVE_CHECKS] == [*INVARIANTS, "documented-fields"]


def test_the_reasons_name_invariants() -> None:
    assert INVARIANTS.keys() >= NOT_JUDGED.keys() | FAILURE_NEEDS.keys() | PASS_NEEDS.keys()
    assert NOT_JUDGED.keys().isdisjoint(FAILURE_NEEDS.keys() | PASS_NEEDS.keys())


def test_live_checks_load_no_library_of_the_kit() -> None:
    code = "import sys, seedance_mock.live_checks.reports; print(*sys.modules)"

    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert KIT_LIBRARIES.isdisjoint(modules.stdout.split())
