"""Run the whole catalogue again and again under load, and show that no verdict moves.

    python benchmarks/steady.py                       ten runs of the reference client
    python benchmarks/steady.py --runs 3 --burners 2 -- node examples/javascript/driver.mjs

Another process burns a core meanwhile (`--burners` says how many do). Exits with 1 where a verdict
or a check differs between two runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

DRIVER = Path(__file__).parents[1] / "examples/python/driver.py"
BUSY_LOOP = "while True: pass"

Verdicts = dict[str, tuple[str, list[tuple[str, str]]]]
"""For each case its verdict, and its checks with what they found."""


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """Keep so many cores busy."""
    with ExitStack() as stack:
        for _ in range(count):
            burner = stack.enter_context(subprocess.Popen([sys.executable, "-c", BUSY_LOOP]))
            stack.callback(burner.kill)
        yield


def run_catalogue(client: Sequence[str], options: Sequence[str]) -> Verdicts:
    """Run the catalogue once, and return what was found. The exit code does not matter here."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "seedance_mock", "check-client", "--json", str(report)]
        subprocess.run([*command, *options, "--", *client], capture_output=True, check=False)
        told = json.loads(report.read_text())
    return {
        result["id"]: (
            result["verdict"],
            [(one["check"], one["verdict"]) for one in result["findings"]],
        )
        for result in told["results"]
    }


def differences(one: Verdicts, other: Verdicts) -> Iterator[str]:
    """Yield the cases that do not have the same findings in two runs."""
    for case in sorted(one.keys() | other.keys()):
        if one.get(case) != other.get(case):
            yield f"{case}: {one.get(case)}, then {other.get(case)}"


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what was chosen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10, help="how often (10)")
    parser.add_argument("--burners", type=int, default=1, help="processes that burn a core (1)")
    parser.add_argument("--case", action="append", default=[], help="only such cases")
    parser.add_argument("client", nargs="*", default=[sys.executable, str(DRIVER)])
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, compare, tell."""
    chosen = parse_options(arguments)
    options = [f"--case={case}" for case in chosen.case]
    first: Verdicts = {}
    moved = 0
    with busy_cores(chosen.burners):
        for number in range(1, chosen.runs + 1):
            began = time.monotonic()
            found = run_catalogue(chosen.client, options)
            first = first or found
            changed = list(differences(first, found))
            moved += bool(changed)
            seconds = time.monotonic() - began
            told = "; ".join(changed) or "as in the first run"
            counted = Counter(verdict for verdict, _ in found.values())
            sums = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counted.items()))
            print(f"run {number}: {sums} in {seconds:.1f} s; {told}", flush=True)
    return 1 if moved else 0


if __name__ == "__main__":
    sys.exit(main())
