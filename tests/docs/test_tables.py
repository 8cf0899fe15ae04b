"""The generated tables of the documentation are current."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from seedance_contract.client.catalogue import CASES
from seedance_contract.client.tables import CASE_TABLES
from seedance_contract.derived.tables import update_tables
from seedance_mock.commands.docs_tables import TABLES, markdown_files

from .markdown import DOCS, PAGES, README, name

COMMAND = "python -m seedance_mock.commands.docs_tables README.md docs"

RESULT_TABLES = ("clients", "naive")
"""The tables of results of runs: tests/examples holds them."""

MARKERS = {page: re.findall(r"^<!-- table: (\w+) -->$", page.read_text(), re.M) for page in PAGES}

CASE_PAGE = DOCS / "client-cases.md"


@pytest.mark.parametrize("page", [page for page in PAGES if MARKERS[page]], ids=name)
def test_tables_are_current(page: Path) -> None:
    text = page.read_text()

    assert update_tables(text, TABLES) == text, f"run: {COMMAND}"


def test_every_table_has_one_place() -> None:
    places = Counter(marker for markers in MARKERS.values() for marker in markers)

    assert places == Counter([*TABLES, *RESULT_TABLES])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_marker_is_closed(page: Path) -> None:
    ends = re.findall(r"^<!-- end -->$", page.read_text(), re.M)

    assert len(ends) == len(MARKERS[page])


def test_command_writes_files_and_folders(tmp_path: Path) -> None:
    file, folder = tmp_path / "README.md", tmp_path / "docs/reference"
    folder.mkdir(parents=True)
    words = (DOCS / "reference/words.md").read_text()
    for path in (file, folder / "words.md"):
        path.write_text(words.replace("| `busy` |", "| `old` |"))

    module = "seedance_mock.commands.docs_tables"
    subprocess.run([sys.executable, "-m", module, "README.md", "docs"], cwd=tmp_path, check=True)

    assert file.read_text() == (folder / "words.md").read_text() == words


def test_markdown_files_of_a_folder() -> None:
    assert [README, *markdown_files([DOCS])] == [
        page for page in PAGES if page == README or page.is_relative_to(DOCS)
    ]


def test_groups_of_cases_are_in_order() -> None:
    assert MARKERS[CASE_PAGE] == list(CASE_TABLES)


def test_every_case_is_listed() -> None:
    assert re.findall(r"^\| `([A-Z]\S+)` \|", CASE_PAGE.read_text(), re.M) == list(CASES)
