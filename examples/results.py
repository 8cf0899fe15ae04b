"""Run the example clients through every case, and write down what becomes of each.

    python examples/results.py                  all that can run here
    python examples/results.py 'Go, net/http'   these anew; the others stay

Writes `results.toml` beside this file, the table in README.md that is made of it, and the report
of the naive loop in docs/.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from clients import CLIENTS, HERE
from pairs import ran, red
from seedance_contract.case import Result, Verdict
from seedance_contract.client.catalogue import SCENES
from seedance_contract.client.driver import Spawning
from seedance_contract.client.selection import UNSEEN, Profile, standing
from seedance_contract.derived.tables import current, table

FILE = HERE / "results.toml"
README = HERE.parent / "README.md"

STARTS = 6


def read() -> dict[str, dict[str, Any]]:
    """Return what is written down: for each client its profiles, and its red checks by case."""
    return tomllib.loads(FILE.read_text()) if FILE.exists() else {}


def drivers(names: Iterable[str], folder: Path) -> dict[str, Spawning]:
    """Return what starts the clients, compiled where they have to be, a few at a time."""
    starts = BoundedSemaphore(STARTS)
    made = {}
    for number, name in enumerate(names):
        place = folder / str(number)
        place.mkdir()
        made[name] = Spawning(command=CLIENTS[name].command(place), starts=starts)
    return made


def row(results: Sequence[Result]) -> dict[str, object]:
    """Return what is written down of a client that was run through the whole catalogue."""
    profiles = {str(one): standing(one, SCENES.values(), results) for one in Profile}
    return {
        **{name: bool(stands["reached"]) for name, stands in profiles.items()},
        "open": sum(result.verdict in UNSEEN for result in results),
        "red": {one.case.id: red(one) for one in results if red(one)},
    }


def written(rows: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Yield the lines of the file."""
    yield "# What becomes of each example client. Made by `python examples/results.py`."
    yield "# `open`: how many cases it does not exercise or support; `red`: what fails, and how."
    for name, told in rows.items():
        yield f'\n["{name}"]'
        yield from (f"{key} = {json.dumps(value)}" for key, value in told.items() if key != "red")
        yield f'["{name}".red]'
        failed = told["red"]
        assert isinstance(failed, Mapping)
        yield from (f"{case} = {json.dumps(checks)}" for case, checks in failed.items())


def summary() -> str:
    """Return the table of README.md."""

    def cells(name: str, told: Mapping[str, object]) -> Iterator[str]:
        failed = told["red"]
        assert isinstance(failed, Mapping)
        file = CLIENTS[name].file
        yield f"[{name}](examples/{file})"
        yield from ("✓" if told[profile] else "–" for profile in Profile)
        yield " ".join(failed) if len(failed) < 12 else f"{len(failed)} cases"
        yield str(told["open"] or "–")

    head = ("client", *Profile, "fails", "not exercised")
    return table(head, (tuple(cells(name, told)) for name, told in read().items()))


def naive(results: Sequence[Result]) -> str:
    """Return the table of docs/naive-client.md."""
    rows = (
        (f"`{one.case.id}`", one.verdict, one.case.requirement, _happened(one))
        for one in results
        if red(one)
    )
    return table(("case", "verdict", "requirement", "what it does"), rows)


def _happened(result: Result) -> str:
    told = [one.actual for one in result.findings if one.check in red(result)]
    return " ".join("; ".join(told).split()).replace("|", "\\|").replace("<", "&lt;")


def fill(document: Path, name: str, text: str) -> None:
    """Write a table into its place in a document."""
    document.write_text(current(document.read_text(), {name: lambda: text}))


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for, and write it down."""
    names = [name for name in arguments or CLIENTS if not CLIENTS[name].missing()]
    with tempfile.TemporaryDirectory() as folder:
        found = ran(
            drivers(names, Path(folder)), [(name, case) for name in names for case in SCENES]
        )
    results = {name: [found[name, case] for case in SCENES] for name in names}
    rows: dict[str, Mapping[str, object]] = {**read()}
    rows |= {name: row(results[name]) for name in names}
    FILE.write_text("\n".join(written({one: rows[one] for one in CLIENTS if one in rows})) + "\n")
    fill(README, "clients", summary())
    if "the naive loop" in results:
        fill(HERE.parent / "docs/naive-client.md", "naive", naive(results["the naive loop"]))
    for name in names:
        broken = [one.case.id for one in results[name] if one.verdict is Verdict.BROKEN]
        print(f"{name}: {len(rows[name]['red'])} red", *broken)  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
