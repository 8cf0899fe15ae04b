"""The server on asyncio's own event loop, as on Windows, where uvloop does not exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# Connections, faults and the end of a server: where the two loops could differ.
FILES = (
    "tests/mock_server/server/test_protocol.py",
    "tests/mock_server/server/test_resets.py",
    "tests/mock_server/server/test_run.py",
    "tests/mock_server/server/test_stopping.py",
    "tests/mock_server/web/faults/test_words_on_sockets.py",
)

PROGRAM = """
import sys
sys.modules["uvloop"] = None  # as if it were not installed
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.mark.slow("asyncio-loop")
def test_the_server_works_without_uvloop() -> None:
    options = ("-q", "-x", "-m", "not slow", "-p", "no:cacheprovider")

    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *options, *FILES], cwd=ROOT, capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stdout
