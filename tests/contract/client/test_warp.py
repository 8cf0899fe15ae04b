"""Time that passes faster for a client, where libfaketime works."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from seedance_contract.client import warp
from seedance_contract.client.warp import effective_rate, faketime_command, warp_works

pytestmark = pytest.mark.usefixtures("unmeasured")

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
    ("program", "works"),
    [(FAST, True), (SLOW, False), (BROKEN, False), (None, False), ("not executable", False)],
    ids=["works", "has-no-effect", "prints-an-error", "missing", "not-executable"],
)
def test_probe_decides(
    program: str | None, works: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if program is not None:
        path = tmp_path / warp.FAKETIME
        path.write_text(program)
        path.chmod(0o755)

    assert warp_works(20) == works


@pytest.mark.parametrize(
    ("rate", "prefix"), [(1.0, ()), (20.0, ("faketime", "-f", "+0 x20"))], ids=["real", "fast"]
)
def test_command_prefix_sets_the_rate(rate: float, prefix: tuple[str, ...]) -> None:
    assert faketime_command(rate) == prefix


@pytest.mark.parametrize(("script", "rate"), [("poll-429", 20.0), ("create-delay", 1.0)])
def test_server_pauses_need_real_time(script: str, rate: float) -> None:
    assert effective_rate(script, 20.0) == rate
