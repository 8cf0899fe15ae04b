"""The scripts of failures as files."""

import pytest

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.reports.report import Report
from seedance_contract.reports.scripts import script_files


def report(verdict: Verdict, id: str = "tasks.order", reproduce: str = "curl x") -> Report:
    case = Case(id=id, group="g", level=Level.MUST, requirement="It holds.", source=page("polling"))
    finding = Finding(check=id, level=Level.MUST, verdict=verdict)
    result = Result(case=case, findings=(finding,), reproduce=reproduce)
    return Report(
        suite="server", subject="s", version="1", started="", seconds=1.0, results=[result]
    )


@pytest.mark.parametrize(
    "reproduce", ["#!/bin/sh\ncurl x\n", "curl x"], ids=["a script", "a command line"]
)
def test_failure_has_a_script(reproduce: str) -> None:
    files = script_files(report(Verdict.FAIL, reproduce=reproduce))

    assert files == {"tasks.order.sh": "#!/bin/sh\ncurl x\n"}


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.UNEXERCISED, Verdict.UNSUPPORTED])
def test_other_results_have_none(verdict: Verdict) -> None:
    assert script_files(report(verdict)) == {}


def test_result_without_a_reproduction_has_none() -> None:
    assert script_files(report(Verdict.FAIL, reproduce="")) == {}


@pytest.mark.parametrize("id", ["../x", "a/b", ".ssh", "C:\\x", "a\nb"])
def test_file_stays_in_its_folder(id: str) -> None:
    [name] = script_files(report(Verdict.FAIL, id))

    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith(".")
