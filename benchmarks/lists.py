"""What a page of the list of /api/v3 costs, compared with reading one task.

The account has a thousand tasks that have ended, so that every item of a page has a result. The
goal is at most 30 times the CPU time of one read for a page of 500 tasks.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from statistics import median

from servers import Server, case_path, mock_command, running_server, send_request
from workload import V3_ACCEPTED, V3_COMPLETED, V3_TASKS, Case
from wrk import run_load

TASKS = 1_000
PAGE = Case(name="v3 page", method="GET", path=f"{V3_TASKS}?page_size=500")
SMALL_PAGE = replace(PAGE, name="v3 page of 10", path=f"{V3_TASKS}?page_size=10")
GOAL = 30.0
"""The CPU time of a page of 500 tasks, in parts of that of one read."""


def compare(server: Server, seconds: int, rounds: int) -> float:
    """Return the CPU time of a page of 500 in parts of that of a read. Prints each round."""
    task = case_path(server, V3_COMPLETED)
    ratios = []
    for number in range(rounds):
        read = run_load(server, task, V3_COMPLETED, 8, seconds)
        small = run_load(server, SMALL_PAGE.path, SMALL_PAGE, 8, seconds)
        page = run_load(server, PAGE.path, PAGE, 8, seconds)
        ratios.append(page.cpu / read.cpu)
        print(
            f"round {number + 1}: {read.cpu:.0f} µs of CPU time for a task, {small.cpu:.0f} for a "
            f"page of 10, {page.cpu:,.0f} for one of 500: {ratios[-1]:.1f}"
        )
    return median(ratios)


def main() -> None:
    """Compare, and exit with 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=2, help="seconds of each load")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with running_server(mock_command("instant")) as server:
        for _ in range(TASKS):
            send_request(server, V3_ACCEPTED, V3_TASKS)
        ratio = compare(server, options.seconds, options.rounds)
    print(f"median: {ratio:.1f} times a read (goal: at most {GOAL:.0f})")
    raise SystemExit(ratio > GOAL)


if __name__ == "__main__":
    main()
