"""Every case can be looked up, whatever suite it belongs to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seedance_contract.case import Level
from seedance_contract.casebook import cases
from seedance_contract.client.polling import SCENES

CASE = """
from seedance_contract.case import Case, Level
from seedance_contract.declared.sources import page

CASE = Case(id="{id}", group="g", level=Level.MUST, requirement="It holds.", source=page("p"))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the folder of a package named `suite_of_a_test`."""
    folder = tmp_path / "suite_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    import sys

    for name in [name for name in sys.modules if name.startswith("suite_of_a_test")]:
        del sys.modules[name]


def test_a_scene_of_the_client_suite_is_known() -> None:
    entry = cases()["POLL-17"]
    [scene] = [scene for scene in SCENES if scene.case.id == "POLL-17"]

    assert entry.case == scene.case
    assert entry.suite == "client"
    assert entry.script == scene.script
    assert entry.checks[0].level is Level.MUST
    assert entry.profiles == ("core",)


def test_plain_cases_of_a_suite_are_known(package: Path) -> None:
    (package / "one.py").write_text(CASE.format(id="A.b") + "CASES = (CASE, 'no case')\n")
    (package / "two.py").write_text(CASE.format(id="A.b") + "CHECKS = [CASE]\nCASES = 7\n")

    found = cases({"server": "suite_of_a_test"})

    assert [(name, entry.suite, entry.script) for name, entry in found.items()] == [
        ("A.b", "server", "")
    ]


def test_a_suite_without_its_library_is_left_out(package: Path) -> None:
    (package / "one.py").write_text("import no_such_library\n")

    assert cases({"server": "suite_of_a_test"}) == {}


def test_a_module_of_ours_that_is_missing_is_an_error(package: Path) -> None:
    (package / "one.py").write_text("import seedance_nothing\n")

    with pytest.raises(ModuleNotFoundError, match="seedance_nothing"):
        cases({"server": "suite_of_a_test"})


def test_a_suite_that_is_not_there_has_no_cases() -> None:
    assert cases({"server": "seedance_contract.no_such_suite"}) == {}
