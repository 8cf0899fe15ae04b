"""The tests of the files that take longest run first."""

from __future__ import annotations

import pytest

import file_order


def test_the_first_files_exist() -> None:
    assert [name for name in file_order.FIRST if not (file_order.ROOT / name).is_file()] == []


def test_only_the_first_files_move(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_order, "ROOT", pytester.path)
    monkeypatch.setattr(file_order, "FIRST", ("test_d.py", "test_b.py"))
    pytester.makepyfile(**{f"test_{name}": "def test_it(): pass" for name in "abcd"})

    result = pytester.runpytest_inprocess("--co", "-q", "-p", "file_order", "-p", "no:asyncio")

    assert [line[5] for line in result.outlines[:4]] == ["d", "b", "a", "c"]
