"""Every case can be looked up, whatever suite it belongs to."""

import subprocess
import sys

import pytest

from seedance_contract.case import Level
from seedance_contract.casebook import cases
from seedance_contract.client.cases.polling import CASES
from seedance_contract.server.suite import CHECKS


def test_client_case_is_known() -> None:
    entry = cases()["POLL-17"]
    [scene] = [scene for scene in CASES if scene.case.id == "POLL-17"]

    assert entry.case == scene.case
    assert entry.suite == "client"
    assert entry.script == scene.script
    assert entry.checks[0].level is Level.MUST
    assert entry.profiles == ("core",)


def test_every_server_check_is_known() -> None:
    found = {name for name, entry in cases().items() if entry.suite == "server"}

    assert found == {check.case.id for check in CHECKS}


WITHOUT = """
import sys
sys.modules[{module!r}] = None
from seedance_contract.casebook import cases
print(*{{entry.suite for entry in cases().values()}})
"""


@pytest.mark.parametrize(
    ("module", "status"), [("hypothesis", 0), ("seedance_contract.server.budget", 1)]
)
def test_only_libraries_may_be_missing(module: str, status: int) -> None:
    program = WITHOUT.format(module=module)

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.returncode, done.stdout.strip()) == (status, "" if status else "client")
