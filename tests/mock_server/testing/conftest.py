"""Separate pytest runs, as users have them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

INI = """
    [pytest]
    addopts = --strict-markers --strict-config -p no:cacheprovider
    filterwarnings = error
"""

MAX_SECONDS = 60
"""A run that takes longer hangs."""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs a test file in a new process, with the chosen plugins only."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("PYTEST_ADDOPTS", "TOKENLAB_BASE_URL", "TOKENLAB_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(text: str, *options: str) -> pytest.RunResult:
        pytester.makeini(INI)
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess(
            "-p", "seedance_mock.testing.pytest_plugin", *options, timeout=MAX_SECONDS
        )

    return run
