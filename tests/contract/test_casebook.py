"""Every case of both suites is in the casebook."""

import subprocess
import sys

import pytest

from seedance_contract.case import Level
from seedance_contract.casebook import cases
from seedance_contract.client.cases.polling import CASES
from seedance_contract.server.suite import CHECKS


def test_client_cases_are_listed() -> None:
    entry = cases()["POLL-17"]
    [client_case] = [item for item in CASES if item.case.id == "POLL-17"]

    assert entry.case == client_case.case
    assert entry.suite == "client"
    assert entry.script == client_case.script
    assert entry.checks[0].level is Level.MUST
    assert entry.profiles == ("core",)


def test_invariants_of_explorations_are_listed() -> None:
    entry = cases()["EXP-no-blind-create"]

    assert (entry.suite, entry.script) == ("client", "")
    assert [cause.id for cause in entry.causes] == ["blind-create-retry"]


def test_server_checks_are_listed() -> None:
    listed = {name for name, entry in cases().items() if entry.suite == "server"}

    assert listed == {check.case.id for check in CHECKS}


LIST_SUITES_WITHOUT = """
import sys
sys.modules[{module!r}] = None
from seedance_contract.casebook import cases
print(*{{entry.suite for entry in cases().values()}})
"""


@pytest.mark.parametrize(
    ("module", "status"), [("hypothesis", 0), ("seedance_contract.server.budget", 1)]
)
def test_only_third_party_modules_may_be_missing(module: str, status: int) -> None:
    program = LIST_SUITES_WITHOUT.format(module=module)

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.returncode, done.stdout.strip()) == (status, "" if status else "client")
