"""Run every bad habit through every case, and write down exactly which checks turn red.

    python table.py                      everything, about a quarter of an hour on two idle cores
    python table.py --retry-400 ...      these rows anew; the others stay
    python table.py DL-05 ...            these columns anew

The result is `table.toml` beside this file: for each switch the cases that turn red (FAIL or
NON-STRICT), and their red checks. What fails by a measured time is run again with less beside it,
as the runner does.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import BoundedSemaphore

sys.path.insert(0, str(Path(__file__).parents[1]))

import mutants
from forking import forking
from pairs import Pair, ran, red
from seedance_contract.case import Level, Result
from seedance_contract.client.catalogue import SCENES
from seedance_contract.client.driver import Spawning

REFERENCE = ""
"""Stands for the reference client, without a bad habit."""

TICK = 0.1
"""Seconds between two looks at a client. A run that nobody waits for can be looked at less."""

STARTS = 4
"""Mutants that start at the same time in one process: more only make each other slow."""

Table = Mapping[str, Mapping[str, Sequence[str]]]
"""For each switch the cases that turn red, with their red checks."""

ASKING = [
    scene.case.id
    for scene in SCENES.values()
    if any(check.level in (Level.MUST, Level.SHOULD) for check in scene.checks)
]
"""The cases that can turn red at all: the others only record."""


def drivers(switches: Iterable[str]) -> dict[str, Spawning]:
    """Return what starts the mutants: forks of this process, a few at a time."""
    gc.freeze()
    starts, start = BoundedSemaphore(STARTS), forking(mutants.main)
    return {
        switch: Spawning(
            command=("mutant", *filter(None, [switch])), starts=starts, start=start, tick=TICK
        )
        for switch in switches
    }


def share(pairs: Sequence[Pair[str]], log: str) -> dict[Pair[str], list[str]]:
    """Run some pairs in this process, and return the red checks of each."""
    with open(log, "a", buffering=1) as file:

        def note(switch: str, result: Result) -> None:
            told = [switch, result.case.id, red(result), round(result.seconds, 1)]
            file.write(json.dumps(told) + "\n")

        made = drivers({switch for switch, _ in pairs})
        return {pair: red(result) for pair, result in ran(made, pairs, seen=note).items()}


def everything(pairs: Sequence[Pair[str]]) -> dict[Pair[str], list[str]]:
    """Run pairs in as many processes as there are cores."""
    cores = os.cpu_count() or 1
    shares = [pairs[number::cores] for number in range(cores)]
    log = Path(tempfile.gettempdir(), "mutants.jsonl")
    print(f"{len(pairs)} pairs; what is known so far stands in {log}", flush=True)
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        done = pool.map(share, shares, [str(log)] * cores)
        return {pair: checks for part in done for pair, checks in part.items()}


def merged(known: Table, found: Mapping[Pair[str], list[str]]) -> Table:
    """Return the table with what was found, in the order of the switches and of the catalogue."""
    before = {(name, case): checks for name, row in known.items() for case, checks in row.items()}
    every: dict[Pair[str], Sequence[str]] = {**before, **found}
    return {
        switch: {case: every[switch, case] for case in ASKING if every.get((switch, case))}
        for switch in mutants.BY_NAME
    }


def written(rows: Table) -> Iterator[str]:
    """Yield the lines of the file."""
    yield "# Which checks each bad habit turns red. Made by `python examples/mutants/table.py`."
    for switch in mutants.BY_NAME:
        yield f"\n[{switch}]  # {mutants.BY_NAME[switch].does}"
        for case, checks in rows.get(switch, {}).items():
            yield f"{case} = {json.dumps(checks)}"


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for, and write the table."""
    switches = [name for name in arguments if name.startswith("--")] or list(mutants.BY_NAME)
    cases = [name for name in arguments if not name.startswith("--")] or ASKING
    found = everything([(name, case) for case in cases for name in (REFERENCE, *switches)])
    if wrong := {case: found[REFERENCE, case] for case in cases if found[REFERENCE, case]}:
        print(f"The reference client itself fails: {wrong}", file=sys.stderr)
        return 1
    mutants.TABLE.write_text("\n".join(written(merged(mutants.table(), found))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
