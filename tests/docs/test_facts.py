"""Facts that the documentation repeats from the code are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedance_contract.client.catalogue import CASES
from seedance_contract.reports.baseline import parse_baseline, unknown_entries
from seedance_contract.server.checks import examples
from seedance_contract.server.suite import GROUPS
from seedance_mock import testing
from seedance_mock.commands.docs_tables.command_tables import options_table

from .markdown import DOCS, PAGES, README, ROOT, all_blocks

MAX_README_LINES = 350


def test_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= MAX_README_LINES


def test_environment_variables_exist() -> None:
    npm_package = "".join(
        path.read_text() for path in (ROOT / "clients/javascript/src").glob("*.cjs")
    )
    known = set(re.findall(r"SEEDANCE_MOCK_\w+", options_table("serve") + npm_package))
    named = {
        variable
        for page in PAGES
        for variable in re.findall(r"SEEDANCE_MOCK_\w+", page.read_text())
    }

    assert named - known == set()


def test_groups_of_server_checks_are_listed() -> None:
    page = (DOCS / "how-to/check-a-server.md").read_text()

    assert re.findall(r"^\| `([a-z0-9]+)` \|", page, re.M) == [group.name for group in GROUPS]


def test_number_of_examples_is_true() -> None:
    page = (DOCS / "how-to/check-a-server.md").read_text()

    assert f"| `examples` | {len(GROUPS[examples.GROUP])} requests" in page


def test_baseline_names_existing_checks() -> None:
    [block] = all_blocks("toml")
    checks = {
        case_id: [check.id for check in client_case.checks]
        for case_id, client_case in CASES.items()
    }

    assert list(unknown_entries(parse_baseline(block.text), checks)) == []


MAINTAINER_PAGES = (DOCS / "architecture.md", ROOT / "CONTRIBUTING.md")

SOURCE_ROOTS = (
    ROOT,
    ROOT / "contract/seedance_contract",
    ROOT / "fixtures/seedance_fixtures",
    ROOT / "mock_server/seedance_mock",
)


@pytest.mark.parametrize("page", MAINTAINER_PAGES, ids=lambda page: page.name)
def test_named_paths_exist(page: Path) -> None:
    paths = re.findall(r"`([\w/.]+(?:/|\.py|\.toml))`", page.read_text())
    # A file that is named without its folder may be anywhere: the sentence says where.
    missing = [
        path
        for path in paths
        if not any((root / path).exists() for root in SOURCE_ROOTS)
        and ("/" in path or not any(ROOT.glob(f"*/seedance_*/*/**/{path}")))
    ]

    assert paths
    assert missing == []


@pytest.mark.parametrize("page", MAINTAINER_PAGES, ids=lambda page: page.name)
def test_named_identifiers_exist(page: Path) -> None:
    names = set(re.findall(r"`(?!test_)(\w+_\w+|\w*[a-z][A-Z]\w*)`", page.read_text()))
    source = "".join(
        file.read_text() for package in SOURCE_ROOTS[1:] for file in package.rglob("*.py")
    )

    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", source)] == []


def test_every_fixture_is_listed() -> None:
    plugin = (ROOT / "mock_server/seedance_mock/testing/pytest_plugin.py").read_text()
    fixtures = re.findall(r"^def (seedance_\w+)", plugin, re.M)
    page = (DOCS / "reference/python.md").read_text()

    assert fixtures
    assert [fixture for fixture in fixtures if f"`{fixture}`" not in page] == []


def test_every_public_name_is_listed() -> None:
    page = (DOCS / "reference/python.md").read_text()

    assert [name for name in testing.__all__ if not re.search(rf"\b{name}\b", page)] == []
