"""Time that passes faster for a client, through libfaketime where it is installed and works."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

FAKETIME = "faketime"

PROBE_SECONDS = 2.0
"""Seconds that the probe sleeps, on its own clock."""

_PROBE = (
    f"import time; began = time.time(); time.sleep({PROBE_SECONDS}); print(time.time() - began)"
)


def faketime_command(rate: float) -> tuple[str, ...]:
    """Return the words before a command that make time pass at `rate` for it."""
    return () if rate == 1 else (FAKETIME, "-f", f"+0 x{rate:g}")


def warp_works(rate: float) -> bool:
    """Return whether libfaketime makes time pass at `rate` for a small program."""
    # The program may be installed without its library, and the library may have no effect on the
    # interpreter. Only a measurement shows that sleeping really became shorter.
    if shutil.which(FAKETIME) is None:
        return False
    started = time.monotonic()
    probe = [*faketime_command(rate), sys.executable, "-c", _PROBE]
    try:
        process = subprocess.run(probe, capture_output=True, text=True, timeout=PROBE_SECONDS + 10)
        slept = float(process.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False
    return slept >= PROBE_SECONDS and time.monotonic() - started < slept


SERVER_PAUSES = ("-delay", "-drip", "-hang", "clock-real")
"""Words that make something happen on the server in real time, such as `create-delay`."""


def effective_rate(script: str, rate: float) -> float:
    """Return the rate at which a case with this script can run."""
    # The pauses of the server are real seconds. For a faster client they would be much longer
    # than the script says, and longer than the timeouts of the client.
    return 1.0 if any(word in script for word in SERVER_PAUSES) else rate
