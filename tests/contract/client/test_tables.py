"""The document of the cases is made from the catalogue."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from seedance_contract.client.catalogue import SCENES
from seedance_contract.client.tables import TABLES
from seedance_contract.derived.tables import current

DOCUMENT = Path(__file__).parents[3] / "docs" / "client-cases.md"


def test_the_document_is_current() -> None:
    text = DOCUMENT.read_text()

    command = "python -m seedance_contract.client.tables docs/client-cases.md"
    assert current(text, TABLES) == text, f"run: {command}"


def test_every_group_has_its_place() -> None:
    assert re.findall(r"<!-- table: (\w+) -->", DOCUMENT.read_text()) == list(TABLES)


def test_every_case_is_documented() -> None:
    assert re.findall(r"^\| `([A-Z]\S+)` \|", DOCUMENT.read_text(), re.MULTILINE) == list(SCENES)


def test_the_command_keeps_it_current(tmp_path: Path) -> None:
    copy = tmp_path / "cases.md"
    copy.write_text(DOCUMENT.read_text().replace("| `DUP-01` |", "| `old` |"))

    subprocess.run([sys.executable, "-m", "seedance_contract.client.tables", copy], check=True)

    assert copy.read_text() == DOCUMENT.read_text()
