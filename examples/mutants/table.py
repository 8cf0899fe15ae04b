"""Run every mutant through every case, and record exactly which checks fail.

    python table.py                      everything, about a quarter of an hour on two idle cores
    python table.py --retry-400 ...      these mutants; the other rows stay
    python table.py DL-05 ...            these cases; the other columns stay
    python table.py --rewrite            run nothing, write the file again

The result is `table.toml` beside this file: for each switch the cases that fail, with the checks
whose verdict is FAIL or NON-STRICT. A failure that depends on time is confirmed by a second run.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from habits.catalogue import HABITS, HABITS_BY_SWITCH
from mutant_drivers import REFERENCE, mutant_drivers
from mutants import TABLE, read_table
from parallel_runs import Pair, failed_checks, run_pairs
from seedance_contract.case import Level, Result
from seedance_contract.client.catalogue import CASES

Table = Mapping[str, Mapping[str, Sequence[str]]]
"""The failed checks, by switch and case."""

Failures = Mapping[Pair[str], Sequence[str]]
"""The failed checks of each pair of a switch and a case."""

GRADED_CASES = [
    case_id
    for case_id, case in CASES.items()
    if any(check.level in (Level.MUST, Level.SHOULD) for check in case.checks)
]
"""The cases that can fail. The checks of the others only record something."""


def run_share(pairs: Sequence[Pair[str]], log: str) -> dict[Pair[str], list[str]]:
    """Run some pairs in this process, and return the failed checks of each."""
    with open(log, "a", buffering=1) as file:

        def log_result(switch: str, result: Result) -> None:
            line = [switch, result.case.id, failed_checks(result), round(result.seconds, 1)]
            file.write(json.dumps(line) + "\n")

        drivers = mutant_drivers({switch for switch, _ in pairs})
        results = run_pairs(drivers, pairs, on_result=log_result)
    return {pair: failed_checks(result) for pair, result in results.items()}


def run_everywhere(pairs: Sequence[Pair[str]]) -> dict[Pair[str], list[str]]:
    """Run pairs in one process for each core, and return the failed checks of each pair."""
    cores = os.cpu_count() or 1
    shares = [pairs[number::cores] for number in range(cores)]
    log = Path(tempfile.gettempdir(), "mutants.jsonl")
    print(f"{len(pairs)} pairs; the results so far are in {log}", flush=True)
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        results = pool.map(run_share, shares, [str(log)] * cores)
        return {pair: checks for share in results for pair, checks in share.items()}


def merged(table: Table, failures: Failures) -> Table:
    """Return the table with new failures, in the order of the habits and of the cases."""
    recorded = {(name, case): checks for name, row in table.items() for case, checks in row.items()}
    current: Failures = {**recorded, **failures}
    return {
        habit.switch: {
            case: current[habit.switch, case]
            for case in GRADED_CASES
            if current.get((habit.switch, case))
        }
        for habit in HABITS
    }


def table_toml(table: Table) -> str:
    """Return the text of `table.toml`."""
    lines = ["# The checks that each bad habit fails. Made by `python examples/mutants/table.py`."]
    for habit in HABITS:
        lines.append(f"\n[{habit.switch}]  # {habit.description}")
        row = table.get(habit.switch, {})
        lines += [f"{case} = {json.dumps(checks)}" for case, checks in row.items()]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Run the named mutants or cases, and write the table."""
    if list(arguments) == ["--rewrite"]:
        TABLE.write_text(table_toml(merged(read_table(), {})))
        return 0
    switches = [name for name in arguments if name.startswith("--")]
    switches = switches or [habit.switch for habit in HABITS]
    cases = [name for name in arguments if not name.startswith("--")] or GRADED_CASES
    failures = run_everywhere(
        [
            (name, case)
            for case in cases
            for name in (REFERENCE, *switches)
            if name == REFERENCE or HABITS_BY_SWITCH[name].dialect == CASES[case].dialect.name
        ]
    )
    wrong = {case: failures[REFERENCE, case] for case in cases if failures[REFERENCE, case]}
    if wrong:
        print(f"The reference client itself fails: {wrong}", file=sys.stderr)
        return 1
    TABLE.write_text(table_toml(merged(read_table(), failures)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
