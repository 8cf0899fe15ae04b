"""Look whether what is written down still holds: a choice of it, in about a minute.

    python examples/held.py              prints what differs, as JSON, and exits with 1 if anything
    python examples/held.py --all        tries every red pair of the mutants, not a choice

- the reference client in Python passes the whole catalogue, the one in JavaScript the core of SAFE;
- each short client, and the naive loop, does in some quick cases what `results.toml` says;
- each mutant turns a check red as `mutants/table.toml` says, and each check is turned red by one.

All of it runs side by side: the clients sleep most of the time.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "mutants"))
sys.path.insert(0, str(Path(__file__).parent / "python"))

import driver
import mutants
import results
import table
from clients import CLIENTS, NAIVE, SHORT
from forking import forking
from pairs import QUIET_JOBS, Pair, ran, red
from seedance_contract.client.arena import Driver
from seedance_contract.client.catalogue import SCENES
from seedance_contract.client.driver import Spawning

PYTHON, JAVASCRIPT = "reference, Python", "reference, JavaScript"

QUICK = ("DUP-02", "POLL-05-task", "POLL-15", "RES-06", "WIRE-06")
"""What short clients are tried in: some ten seconds each, what goes well and what does not."""

Red = Mapping[Pair[str], Sequence[str]]
"""For each pair the checks that turn red."""


def of_mutants(rows: table.Table) -> dict[Pair[str], Sequence[str]]:
    """Return pairs in which each mutant and each check of each case is red at least once."""
    pairs = every(rows)
    left: set[object] = {one for pair, checks in pairs.items() for one in _covers(pair, checks)}
    chosen: dict[Pair[str], Sequence[str]] = {}
    while left:
        best = max(pairs, key=lambda pair: len(left & set(_covers(pair, pairs[pair]))))
        chosen[best] = pairs[best]
        left -= set(_covers(best, pairs[best]))
    return chosen


def every(rows: table.Table) -> dict[Pair[str], Sequence[str]]:
    """Return all pairs that are red."""
    return {(name, case): checks for name, row in rows.items() for case, checks in row.items()}


def _covers(pair: Pair[str], checks: Iterable[str]) -> Iterator[object]:
    name, case = pair
    yield name
    yield from ((case, check) for check in checks)


def of_clients() -> dict[Pair[str], Sequence[str]]:
    """Return pairs of clients that can run here and cases, with what is written down of them."""
    known = results.read()
    safe = [case for case, scene in SCENES.items() if scene.safe and scene.core]
    cases = {PYTHON: list(SCENES), JAVASCRIPT: safe, **dict.fromkeys((*SHORT, *NAIVE), QUICK)}
    return {
        (name, case): known[name]["red"].get(case, [])
        for name, chosen in cases.items()
        if not CLIENTS[name].missing()
        for case in chosen
    }


def drivers(red: Red, folder: Path) -> dict[str, Driver]:
    """Return what starts the clients; those in our own Python by a fork, which costs less."""
    names = list(dict.fromkeys(name for name, _ in red))
    habits = [name for name in names if name in mutants.BY_NAME]
    others = [name for name in names if name in CLIENTS and name != PYTHON]
    made: dict[str, Driver] = {**table.drivers(habits), **results.drivers(others, folder)}
    start = forking(lambda arguments: driver.main())
    return {**made, PYTHON: Spawning(command=("driver",), start=start, tick=table.TICK)}


def differing(written: Red, found: Red) -> dict[Pair[str], list[str]]:
    """Return the red checks of those pairs where they are not as written down."""
    return {pair: list(found[pair]) for pair in written if list(found[pair]) != list(written[pair])}


def held(written: Red, made: Mapping[str, Driver]) -> dict[Pair[str], list[str]]:
    """Return what differs, also when it is run again with little beside it."""
    first = ran(made, list(written), confirm=False)
    doubtful = differing(written, {pair: red(result) for pair, result in first.items()})
    again = ran(made, list(doubtful), QUIET_JOBS)
    kept = {pair: written[pair] for pair in again}
    return differing(kept, {pair: red(result) for pair, result in again.items()})


def main() -> int:
    """Run all, and tell what differs."""
    choice = every if sys.argv[1:] == ["--all"] else of_mutants
    written = {**of_clients(), **choice(mutants.table())}
    with tempfile.TemporaryDirectory() as folder:
        found = held(written, drivers(written, Path(folder)))
    told = [
        {"client": name, "case": case, "written": written[name, case], "found": checks}
        for (name, case), checks in found.items()
    ]
    print(json.dumps({"pairs": len(written), "differences": told}, indent=1))
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
