"""The version of the package."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

import seedance_mock


def test_version_is_that_of_the_distribution() -> None:
    assert seedance_mock.__version__ == importlib.metadata.version("seedance-mock")


def test_sources_without_an_installation_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", find_nothing)

    assert getattr(seedance_mock, "__version__", None) is None


def test_other_names_do_not_exist() -> None:
    assert not hasattr(seedance_mock, "versions")


def test_the_import_does_not_read_metadata() -> None:
    program = "import sys, seedance_mock; print('importlib.metadata' in sys.modules)"

    loaded = subprocess.run([sys.executable, "-Ic", program], capture_output=True, text=True)

    assert loaded.stdout == "False\n"
