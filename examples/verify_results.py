"""Check that the recorded results of the example clients and of the mutants are still true.

    python examples/verify_results.py clients   the example clients
    python examples/verify_results.py mutants   each mutant, and each check that one fails, once
    python examples/verify_results.py pairs     every pair of a mutant and a case that it fails
    python examples/verify_results.py sample    a few pairs of clients and mutants, in a few seconds

Prints the differences as JSON, and exits with 1 if there are any.

- `clients`: the reference client in Python passes all cases, the client in JavaScript passes the
  core cases of the profile SAFE, and each short client has the results of `results.toml` in a few
  cases.
- `mutants`, `pairs`: each mutant fails the checks that `mutants/table.toml` records.

The reference clients and the mutants run on a clock that is ten times faster. Where they differ
from the records, a second run on the real clock decides.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("python")))
sys.path.insert(0, str(Path(__file__).with_name("mutants")))

from clients import CLIENTS, EXAMPLES, NAIVE, SHORT
from habits.catalogue import HABITS_BY_SWITCH
from mutant_drivers import REFERENCE, mutant_drivers
from mutants import read_table
from parallel_runs import QUIET_JOBS, Pair, failed_checks, run_pairs
from results import client_drivers, read_results
from seedance_contract.case import Result, Verdict
from seedance_contract.client.arena import Driver
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.driver import ProcessDriver
from seedance_contract.client.warp import effective_rate

PYTHON, JAVASCRIPT = "reference, Python", "reference, JavaScript"

RATE = 10.0
"""How many seconds pass for a reference client or a mutant in each real second."""

SHORT_CLIENT_CASES = ("DUP-02", "POLL-05-task", "POLL-15", "RES-06", "WIRE-06")
"""The cases for short clients: about ten seconds each, some of which they fail."""

SAMPLE_CASES = ("AUTH-01", "DUP-02", "POLL-05-task", "POLL-15", "CAN-02", "DL-01", "V3-02")
"""The cases for the reference client in Python in the sample; JavaScript runs the first three."""

ENDLESS_CHECKS = {"ends-by-itself", "few-creates", "slow", "stops-polling"}
"""The checks that a client fails because it goes on, often until the timeout of the case."""

SAMPLE_SIZE = 30
SAMPLE_SEED = 20_261_120

Failures = Mapping[Pair[str], Sequence[str]]
"""The failed checks of each pair of a client and a case."""


def client_pairs() -> dict[Pair[str], Sequence[str]]:
    """Return the recorded failures of the clients that can run here."""
    core = [name for name in CLIENTS[JAVASCRIPT].cases() if CASES[name].safe and CASES[name].core]
    cases: Mapping[str, Iterable[str]] = {
        PYTHON: CLIENTS[PYTHON].cases(),
        JAVASCRIPT: core,
        **dict.fromkeys((*SHORT, *NAIVE), SHORT_CLIENT_CASES),
    }
    return _recorded(cases)


def _recorded(cases: Mapping[str, Iterable[str]]) -> dict[Pair[str], Sequence[str]]:
    recorded = read_results()
    return {
        (name, case): recorded[name]["red"].get(case, [])
        for name, case_ids in cases.items()
        if not CLIENTS[name].missing()
        for case in case_ids
    }


def mutant_pairs() -> dict[Pair[str], Sequence[str]]:
    """Return all recorded failures of the mutants."""
    return {
        (name, case): checks for name, row in read_table().items() for case, checks in row.items()
    }


def covering_pairs() -> dict[Pair[str], Sequence[str]]:
    """Return less than half of the pairs of the mutants: with each mutant and each failed check."""
    recorded = mutant_pairs()
    facts = {
        pair: {pair[0], *((pair[1], check) for check in checks)}
        for pair, checks in recorded.items()
    }
    missing: set[object] = set().union(*facts.values())
    chosen = {}
    while missing:
        # Of pairs with as much that is missing the one whose case takes the shortest time.
        best = max(
            facts, key=lambda pair: (len(facts[pair] & missing), -CASES[pair[1]].timeout, pair)
        )
        missing -= facts[best]
        chosen[best] = recorded[best]
    return chosen


def sample_pairs() -> dict[Pair[str], Sequence[str]]:
    """Return some pairs of the reference clients, and a sample of the pairs of the mutants."""
    mutants = {
        (name, case): checks
        for (name, case), checks in mutant_pairs().items()
        if _is_short(CASES[case]) and ENDLESS_CHECKS.isdisjoint(checks)
    }
    sample = random.Random(SAMPLE_SEED).sample(sorted(mutants), SAMPLE_SIZE)
    clients = _recorded({PYTHON: SAMPLE_CASES, JAVASCRIPT: SAMPLE_CASES[:3]})
    return {**clients, **{pair: mutants[pair] for pair in sample}}


def _is_short(client_case: ClientCase) -> bool:
    """Return whether a case takes about a second with a fast clock."""
    # The server pauses in real time, and so does the driver before it restarts a client.
    has_fast_clock = effective_rate(client_case.script, RATE) == RATE
    return has_fast_clock and client_case.restart_after is None


def drivers(names: Iterable[str], folder: Path) -> dict[str, Driver]:
    """Return a driver for each client and each mutant."""
    names = list(dict.fromkeys(names))
    switches = [name for name in names if name in HABITS_BY_SWITCH]
    programs = [name for name in names if name in CLIENTS and name not in (PYTHON, JAVASCRIPT)]
    forks = mutant_drivers([REFERENCE, *switches])
    return {
        **forks,
        **client_drivers(programs, folder),
        PYTHON: forks[REFERENCE],
        JAVASCRIPT: javascript_driver(),
    }


def javascript_driver() -> ProcessDriver:
    """Return a driver for the reference client in JavaScript that supports a fast clock."""
    # `env` replaces itself with node, so the driver watches and kills the right process.
    fast_clock = EXAMPLES / "javascript/fast_clock.mjs"
    return ProcessDriver(
        command=("node", "--import", str(fast_clock), str(EXAMPLES / CLIENTS[JAVASCRIPT].file)),
        warp_prefix=lambda rate: ("env", f"CLOCK_RATE={rate}"),
    )


def differences(recorded: Failures, results: Mapping[Pair[str], Result]) -> Failures:
    """Return the failed checks of the pairs whose result is not the recorded one."""
    actual = {pair: _checks(pair[0], result) for pair, result in results.items()}
    return {pair: checks for pair, checks in actual.items() if checks != list(recorded[pair])}


def _checks(name: str, result: Result) -> list[str]:
    # A client that does not even start fails in no check. Only a mutant may be meant to do so.
    if result.verdict is Verdict.BROKEN and name in CLIENTS:
        return [str(Verdict.BROKEN)]
    return failed_checks(result)


def verify(recorded: Failures, drivers: Mapping[str, Driver]) -> Failures:
    """Run pairs, and return those whose failed checks are not the recorded ones."""
    fast = [name for name in drivers if name in (PYTHON, JAVASCRIPT, *HABITS_BY_SWITCH)]
    rates = dict.fromkeys(fast, RATE)
    first = run_pairs(drivers, list(recorded), rates=rates, confirm=False)
    # The fast clock also makes the pauses of a busy machine ten times longer for the client.
    doubtful = differences(recorded, first)
    second = run_pairs(drivers, list(doubtful), jobs=QUIET_JOBS)
    return differences(recorded, second)


CHOICES: Mapping[str, Callable[[], Failures]] = {
    "clients": client_pairs,
    "mutants": covering_pairs,
    "pairs": mutant_pairs,
    "sample": sample_pairs,
}


def main(arguments: Sequence[str]) -> int:
    """Check the chosen pairs, and print the differences."""
    if len(arguments) != 1 or arguments[0] not in CHOICES:
        print(f"usage: verify_results.py {{{','.join(CHOICES)}}}", file=sys.stderr)
        return 2
    recorded = CHOICES[arguments[0]]()
    with tempfile.TemporaryDirectory() as folder:
        mismatches = verify(recorded, drivers((name for name, _ in recorded), Path(folder)))
    rows = [
        {"client": name, "case": case, "recorded": recorded[name, case], "actual": checks}
        for (name, case), checks in mismatches.items()
    ]
    print(json.dumps({"pairs": len(recorded), "differences": rows}, indent=1))
    return 1 if rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
