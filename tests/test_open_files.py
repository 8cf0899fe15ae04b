"""A file of tests that leaves files open fails."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import open_files
from seedance_fixtures.masters import FOLDER as MASTERS

OPEN_IN_TEST = """
from pathlib import Path

def test_it():
    for number in range({count}):
        Path({folder!r}, {name!r} + str(number)).symlink_to("socket:[1]")
"""


@pytest.fixture
def descriptors(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a folder whose links are the open files of a run of pytest."""
    monkeypatch.setattr(open_files, "DESCRIPTORS", tmp_path)
    monkeypatch.setattr(open_files, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(open_files, "MAX_LEFT_BY_A_FILE", 2)
    monkeypatch.setattr(open_files, "MAX_LEFT_BY_ALL", 5)
    return tmp_path


def run(pytester: pytest.Pytester, descriptors: Path, *counts: int) -> pytest.RunResult:
    """Run a file of tests for each count, which opens so many files."""
    for number, count in enumerate(counts):
        name = f"test_{number}"
        code = OPEN_IN_TEST.format(count=count, folder=str(descriptors), name=name)
        pytester.makepyfile(**{name: code})
    return pytester.runpytest_inprocess("-p", "open_files", "-p", "no:asyncio")


def test_a_few_may_stay_open(pytester: pytest.Pytester, descriptors: Path) -> None:
    run(pytester, descriptors, 2, 0, 2).assert_outcomes(passed=3)


def test_a_file_that_leaves_more_open_fails(pytester: pytest.Pytester, descriptors: Path) -> None:
    result = run(pytester, descriptors, 1, 3, 2, 0)

    result.assert_outcomes(passed=4, errors=1)
    message = "test_1.py leaves files open: 3 x socket. 4 are open, 1 were before it and 0 at the *"
    result.stdout.fnmatch_lines([message])


def test_many_small_leaks_fail(pytester: pytest.Pytester, descriptors: Path) -> None:
    run(pytester, descriptors, 2, 2, 2).assert_outcomes(passed=3, errors=1)


def test_what_a_thread_closes_later_is_no_leak(
    pytester: pytest.Pytester, descriptors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(seconds: float) -> None:
        for link in descriptors.iterdir():
            link.unlink()

    monkeypatch.setattr(open_files, "WAIT_SECONDS", 5.0)
    monkeypatch.setattr(open_files, "sleep", close)

    run(pytester, descriptors, 4).assert_outcomes(passed=1)


def test_masters_are_no_leak(descriptors: Path) -> None:
    links = {"1": MASTERS / "audio.m4a", "2": Path("pipe:[7]"), "3": Path("/dev/null")}
    for name, target in links.items():
        (descriptors / name).symlink_to(target)

    assert open_files.open_files() == Counter({"pipe": 1, "/dev/null": 1})


def test_nothing_is_checked_without_a_list(
    pytester: pytest.Pytester, descriptors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_files, "DESCRIPTORS", descriptors / "missing")
    pytester.makepyfile("def test_it(): pass")

    run(pytester, descriptors, 9).assert_outcomes(passed=2)
