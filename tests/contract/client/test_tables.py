"""The document of the cases is generated from the catalogue."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from seedance_contract.client.catalogue import CASES
from seedance_contract.client.tables import CASE_TABLES
from seedance_contract.derived.tables import update_tables

DOCUMENT = Path(__file__).parents[3] / "docs" / "client-cases.md"


def test_document_is_current() -> None:
    text = DOCUMENT.read_text()

    command = "python -m seedance_contract.client.tables docs/client-cases.md"
    assert update_tables(text, CASE_TABLES) == text, f"run: {command}"


def test_every_group_has_a_table() -> None:
    assert re.findall(r"<!-- table: (\w+) -->", DOCUMENT.read_text()) == list(CASE_TABLES)


def test_every_case_is_documented() -> None:
    case_ids = re.findall(r"^\| `([A-Z]\S+)` \|", DOCUMENT.read_text(), re.MULTILINE)

    assert case_ids == list(CASES)


def test_command_updates_the_document(tmp_path: Path) -> None:
    copy = tmp_path / "cases.md"
    copy.write_text(DOCUMENT.read_text().replace("| `DUP-01` |", "| `old` |"))

    subprocess.run([sys.executable, "-m", "seedance_contract.client.tables", copy], check=True)

    assert copy.read_text() == DOCUMENT.read_text()
