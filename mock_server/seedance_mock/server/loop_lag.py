"""How late the event loop of a server is, measured while it serves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from seedance_mock.domain.clock import monotonic

if TYPE_CHECKING:
    from seedance_mock.web.metrics.meters import Meters

INTERVAL = 0.5
"""Seconds between two measurements, and until other processes see the counts of this one."""


async def measure_loop_lag(meters: Meters) -> None:
    """Measure the lag of the running event loop, and publish all counts, until cancelled."""
    while True:
        due = monotonic() + INTERVAL
        await asyncio.sleep(INTERVAL)
        meters.observe_loop_lag(max(0.0, monotonic() - due))
        meters.publish()
