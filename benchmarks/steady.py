"""Run the whole catalogue repeatedly under load, and show that no verdict changes.

    python benchmarks/steady.py                       ten runs of the reference client
    python benchmarks/steady.py --runs 3 --burners 2 -- node examples/javascript/driver.mjs

Meanwhile another process keeps a core busy (`--burners` sets how many). Exits with 1 if a verdict
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
# Under load a verdict changes if a check measures a wait too tightly. Busy cores make that visible.
BUSY_LOOP = "while True: pass"

Verdicts = dict[str, tuple[str, list[tuple[str, str]]]]
"""For each case its verdict, and the verdicts of its checks."""


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """Keep `count` cores busy."""
    with ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", BUSY_LOOP]))
            stack.callback(process.kill)
        yield


def run_catalogue(client: Sequence[str], options: Sequence[str]) -> Verdicts:
    """Run the catalogue once, and return the verdicts. The exit code is ignored."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.json")
        command = [sys.executable, "-m", "seedance_mock", "check-client", "--json", str(file)]
        subprocess.run([*command, *options, "--", *client], capture_output=True, check=False)
        report = json.loads(file.read_text())
    return {
        result["id"]: (
            result["verdict"],
            [(finding["check"], finding["verdict"]) for finding in result["findings"]],
        )
        for result in report["results"]
    }


def differences(first: Verdicts, second: Verdicts) -> Iterator[str]:
    """Yield the cases whose findings differ between two runs."""
    for case in sorted(first.keys() | second.keys()):
        if first.get(case) != second.get(case):
            yield f"{case}: {first.get(case)}, then {second.get(case)}"


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10, help="number of runs (10)")
    parser.add_argument(
        "--burners", type=int, default=1, help="processes that keep a core busy (1)"
    )
    parser.add_argument("--case", action="append", default=[], help="run only these cases")
    parser.add_argument("client", nargs="*", default=[sys.executable, str(DRIVER)])
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the catalogue, compare each run with the first, and return the exit code."""
    options = parse_options(arguments)
    selection = [f"--case={case}" for case in options.case]
    first: Verdicts = {}
    changed_runs = 0
    with busy_cores(options.burners):
        for number in range(1, options.runs + 1):
            start = time.monotonic()
            verdicts = run_catalogue(options.client, selection)
            first = first or verdicts
            changes = list(differences(first, verdicts))
            changed_runs += bool(changes)
            seconds = time.monotonic() - start
            comparison = "; ".join(changes) or "as in the first run"
            counts = Counter(verdict for verdict, _ in verdicts.values())
            sums = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
            print(f"run {number}: {sums} in {seconds:.1f} s; {comparison}", flush=True)
    return 1 if changed_runs else 0


if __name__ == "__main__":
    sys.exit(main())
