"""Drivers that run mutants, and the reference client, as forks of this process."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from threading import BoundedSemaphore

import driver
from forked_process import fork_starter
from mutants import mutant_classes
from scaled_clock import scaled
from seedance_contract.client.driver import ProcessDriver

REFERENCE = ""
"""Stands for the reference client, which has no bad habit."""

WATCH_INTERVAL = 0.1
"""Seconds between two looks at a client; nobody waits for a single run here."""

START_SLOTS = 4
"""Mutants that start at the same time in one process. More only make each other slow."""


def mutant_drivers(switches: Iterable[str]) -> dict[str, ProcessDriver]:
    """Return a driver for each mutant and for `REFERENCE`, by its switch."""
    # Without this the garbage collector of every child writes to all objects of the parent, and
    # the system has to copy their memory.
    gc.freeze()
    slots, start = BoundedSemaphore(START_SLOTS), fork_starter(_run)
    return {
        switch: ProcessDriver(
            command=(switch,) if switch else (),
            warp_prefix=lambda rate: (str(rate),),
            start_slots=slots,
            start_process=start,
            interval=WATCH_INTERVAL,
        )
        for switch in switches
    }


def _run(command: Sequence[str]) -> int:
    """Run a job. The command line is the rate of the clock and the switches of the mutant."""
    rate, *switches = command
    v1_class, v3_class = mutant_classes(switches)
    return driver.main(scaled(v1_class, float(rate)), scaled(v3_class, float(rate)))
