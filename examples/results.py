"""Run the example clients through all cases, and record the results.

    python examples/results.py                  all clients that can run here
    python examples/results.py 'Go, net/http'   these clients; the results of the others stay
    python examples/results.py --rewrite        run nothing, write the files again

Writes `results.toml` beside this file and the table made from it in docs/. A run of the naive
loop also writes the report in docs/naive-client.md.
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

from clients import CLIENTS, EXAMPLES
from parallel_runs import failed_checks, run_pairs
from seedance_contract.case import Result, Verdict
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.causes import CAUSES
from seedance_contract.client.driver import ProcessDriver
from seedance_contract.derived.tables import markdown_table, update_tables
from seedance_contract.profiles import OPEN_VERDICTS, Profile, profile_statuses
from seedance_contract.reports.report import (
    CauseFailures,
    Report,
    failures_by_cause,
    named_causes,
)

RESULTS = EXAMPLES / "results.toml"
CLIENTS_PAGE = EXAMPLES.parent / "docs/how-to/call-the-api.md"
NAIVE_REPORT = EXAMPLES.parent / "docs/naive-client.md"
NAIVE_LOOP = "the naive loop"

START_SLOTS = 6
"""Clients that start at the same time. A start of Java or Node takes most of a core."""

MAX_LISTED_CASES = 11
"""The table of clients lists so many failed cases of a client, and counts more."""

Row = Mapping[str, Any]
"""The results of one client: whether it reached each profile, `open`, and `red`."""


def read_results() -> dict[str, dict[str, Any]]:
    """Return the recorded results of each client."""
    return tomllib.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def client_drivers(names: Iterable[str], folder: Path) -> dict[str, ProcessDriver]:
    """Return a driver for each client. What has to be compiled is compiled into `folder`."""
    slots = BoundedSemaphore(START_SLOTS)
    drivers = {}
    for number, name in enumerate(names):
        build_folder = folder / str(number)
        build_folder.mkdir()
        command = CLIENTS[name].command(build_folder)
        drivers[name] = ProcessDriver(command=command, start_slots=slots)
    return drivers


def result_row(results: Sequence[Result]) -> Row:
    """Return the row of a client from its results of all cases that it speaks the dialect of."""
    cases = [CASES[result.case.id] for result in results]
    profiles = {
        str(status.profile): bool(status.reached)
        for status in profile_statuses("client", cases, results)
    }
    failed = {result.case.id: failed_checks(result) for result in results}
    return {
        **profiles,
        "open": sum(result.verdict in OPEN_VERDICTS for result in results),
        "red": {case: checks for case, checks in failed.items() if checks},
    }


def results_toml(rows: Mapping[str, Row]) -> str:
    """Return the text of `results.toml`."""
    lines = [
        "# The results of each example client. Made by `python examples/results.py`.",
        "# `open`: how many cases the client does not exercise or support.",
        "# `red`: the failed checks, by case.",
    ]
    for name in (name for name in CLIENTS if name in rows):
        row = rows[name]
        lines.append(f'\n["{name}"]')
        lines += [f"{key} = {json.dumps(value)}" for key, value in row.items() if key != "red"]
        lines.append(f'["{name}".red]')
        lines += [f"{case} = {json.dumps(checks)}" for case, checks in row["red"].items()]
    return "\n".join(lines) + "\n"


def clients_table() -> str:
    """Return the table of docs/how-to/call-the-api.md."""
    head = ("client", *Profile, "fails", "not exercised")
    return markdown_table(head, (tuple(_cells(name, row)) for name, row in read_results().items()))


def _cells(name: str, row: Row) -> Iterator[str]:
    yield f"[{name}](../../examples/{CLIENTS[name].file})"
    yield from ("✓" if row[profile] else "–" for profile in Profile)
    red = row["red"]
    yield " ".join(red) if len(red) <= MAX_LISTED_CASES else f"{len(red)} cases"
    yield str(row["open"] or "–")


def naive_table(results: Sequence[Result]) -> str:
    """Return the table for docs/naive-client.md: what the naive loop gets wrong, worst first."""
    report = Report(
        suite="client",
        subject=NAIVE_LOOP,
        version="",
        started="",
        seconds=0,
        results=results,
        profiles=profile_statuses("client", [CASES[result.case.id] for result in results], results),
        causes=named_causes(results, CAUSES),
    )
    rows = (
        (group.cause.title, group.verdict, _case_ids(group), group.cause.fix)
        for group in failures_by_cause(report)
        if group.cause is not None
    )
    return markdown_table(("what goes wrong", "verdict", "cases", "how to fix it"), rows)


def _case_ids(group: CauseFailures) -> str:
    return " ".join(f"`{result.case.id}`" for result in group.results)


def write_table(document: Path, name: str, table: str) -> None:
    """Replace a generated table in a document."""
    document.write_text(update_tables(document.read_text(), {name: lambda: table}))


def write_results(rows: Mapping[str, Row]) -> None:
    """Write `results.toml` and the table of clients."""
    RESULTS.write_text(results_toml(rows))
    write_table(CLIENTS_PAGE, "clients", clients_table())


def main(arguments: Sequence[str]) -> int:
    """Run the named clients and record the results."""
    if list(arguments) == ["--rewrite"]:
        write_results(read_results())
        return 0
    names = [name for name in arguments or CLIENTS if not CLIENTS[name].missing()]
    pairs = [(name, case) for name in names for case in CLIENTS[name].cases()]
    with tempfile.TemporaryDirectory() as folder:
        result_of = run_pairs(client_drivers(names, Path(folder)), pairs)
    results = {name: [result_of[name, case] for case in CLIENTS[name].cases()] for name in names}
    rows = {name: result_row(results[name]) for name in names}
    write_results({**read_results(), **rows})
    if NAIVE_LOOP in results:
        write_table(NAIVE_REPORT, "naive", naive_table(results[NAIVE_LOOP]))
    for name in names:
        broken = [result.case.id for result in results[name] if result.verdict is Verdict.BROKEN]
        print(f"{name}: {len(rows[name]['red'])} red", *broken)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
