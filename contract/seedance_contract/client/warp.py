"""Time that passes faster for a client, through libfaketime where it is there and works."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

PROGRAM = "faketime"

NAP = 2.0
"""Seconds that the probe sleeps, in its own time."""

_ECHO = f"import time; began = time.time(); time.sleep({NAP}); print(time.time() - began)"


def warped(rate: float) -> tuple[str, ...]:
    """Return what is put before a command so that time passes at `rate` for it."""
    return () if rate == 1 else (PROGRAM, "-f", f"+0 x{rate:g}")


def works(rate: float) -> bool:
    """Tell whether a small program can really be made to live at `rate`."""
    if shutil.which(PROGRAM) is None:
        return False
    began = time.monotonic()
    probe = [*warped(rate), sys.executable, "-c", _ECHO]
    try:
        done = subprocess.run(probe, capture_output=True, text=True, timeout=NAP + 10)
        lived = float(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False
    return lived >= NAP and time.monotonic() - began < lived


REAL_PAUSES = ("-delay", "-drip", "-hang")
"""Words whose pauses are the server's, in real time: under them a client must live so too."""


def rate_of(script: str, rate: float) -> float:
    """Return the rate at which a situation can be played."""
    return 1.0 if any(word in script for word in REAL_PAUSES) else rate
