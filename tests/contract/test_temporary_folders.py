"""Temporary folders in which somebody still writes when they are removed."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from seedance_contract.client.explore.sequence import temporary_storage
from seedance_contract.server.openapi.setup import temporary_hypothesis_storage


@pytest.fixture
def busy_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no folder be removed, as if a process wrote a file just before."""

    def fail(path: object, *arguments: object, **options: object) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "rmdir", fail)


@pytest.mark.usefixtures("busy_folders")
@pytest.mark.parametrize("storage", [temporary_storage(), temporary_hypothesis_storage()])
def test_folder_in_use_ends_no_run(storage: AbstractContextManager[None]) -> None:
    with storage:
        pass
