"""Coverage data of processes that were killed is no warning."""

from __future__ import annotations

from pathlib import Path

from coverage_files import remove_empty_files


def test_only_empty_files_of_processes_are_removed(tmp_path: Path) -> None:
    files = {".coverage": "", ".coverage.host.pid1.X": "", ".coverage.host.pid2.X": "data"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    remove_empty_files(tmp_path / ".coverage")

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".coverage",
        ".coverage.host.pid2.X",
    ]
