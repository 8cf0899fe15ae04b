"""A pytest plugin: coverage skips what killed processes have left, without a warning.

A process that a test kills may have opened its data file and written nothing. When the data of all
processes is combined, coverage warns about such a file, which looks like a failure.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest


def remove_empty_files(data_file: Path) -> None:
    """Remove the empty data files of processes, which are named after the common one."""
    for path in data_file.parent.glob(f"{data_file.name}.*"):
        if path.stat().st_size == 0:
            path.unlink()


# The last of the wrappers is the innermost: it ends before pytest-cov combines the files.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Remove the files after all tests, in the process that combines them."""
    result = yield
    # Another worker may still run a process whose file is empty.
    if not hasattr(session.config, "workerinput"):
        remove_empty_files(Path(os.environ.get("COVERAGE_FILE", ".coverage")))
    return result
