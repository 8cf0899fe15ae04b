"""Time that passes faster, where it can."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from seedance_contract.client import warp
from seedance_contract.client.warp import rate_of, warped, works

FAST = f"""#!{sys.executable}
print(2.0)
"""
SLOW = f"""#!{sys.executable}
print(0.0)
"""
BROKEN = f"""#!{sys.executable}
print("libfaketime.so cannot be opened")
"""


@pytest.mark.parametrize(
    ("program", "able"),
    [(FAST, True), (SLOW, False), (BROKEN, False), (None, False), ("not executable", False)],
    ids=["works", "has-no-effect", "complains", "missing", "cannot-run"],
)
def test_a_probe_decides(
    program: str | None, able: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if program is not None:
        path = tmp_path / warp.PROGRAM
        path.write_text(program)
        path.chmod(0o755)

    assert works(20) == able


@pytest.mark.parametrize(
    ("rate", "prefix"), [(1.0, ()), (20.0, ("faketime", "-f", "+0 x20"))], ids=["real", "fast"]
)
def test_what_stands_before_a_command(rate: float, prefix: tuple[str, ...]) -> None:
    assert warped(rate) == prefix


@pytest.mark.parametrize(("script", "rate"), [("poll-429", 20.0), ("create-delay", 1.0)])
def test_pauses_of_the_server_are_real(script: str, rate: float) -> None:
    assert rate_of(script, 20.0) == rate
