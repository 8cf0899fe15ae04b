"""What open consoles cost: the CPU time that the server takes for a poll, without and with them.

Two pages in headless Chromium show the traffic and the tasks while wrk polls a task. The rounds
with and without pages take turns on one server, so that both meet the same state of the machine.
CPU time is compared and not throughput: the browser itself needs a processor, and people have it on
another machine or at least on another core.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from servers import Server, case_path, mock_command, running_server
from workload import PENDING
from wrk import run_load

SCREENS = ("traffic", "tasks")
"""The screens of the pages."""

GOAL = 1.05
"""What a poll may take with the pages, in parts of what it takes without."""


@contextmanager
def open_pages(browser: Browser, server: Server) -> Iterator[None]:
    """Open the pages, and close them in the end."""
    context = browser.new_context()
    for screen in SCREENS:
        page = context.new_page()
        page.goto(f"{server.url}/_mock/#{screen}")
        page.locator(".connection", has_text="live").wait_for()
    yield
    context.close()


def compare(seconds: int, rounds: int, connections: int) -> float:
    """Return the CPU time of a poll with pages, in parts of that without; print each round."""
    ratios = []
    with sync_playwright() as playwright, running_server(mock_command("manual")) as server:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        path = case_path(server, PENDING)
        # The first load fills the journal, which later ones find full.
        run_load(server, path, PENDING, connections, seconds)
        for number in range(rounds):
            without = run_load(server, path, PENDING, connections, seconds)
            with open_pages(browser, server):
                with_pages = run_load(server, path, PENDING, connections, seconds)
            ratios.append(with_pages.cpu / without.cpu)
            print(
                f"round {number + 1}: {without.cpu:.1f} µs a poll without pages, "
                f"{with_pages.cpu:.1f} µs with {len(SCREENS)}: {ratios[-1]:.3f}"
            )
        browser.close()
    return median(ratios)


def main() -> None:
    """Compare, and exit with 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="seconds of each load")
    parser.add_argument("--rounds", type=int, default=5, help="rounds with and without pages")
    parser.add_argument("--connections", type=int, default=16, help="connections of wrk")
    options = parser.parse_args()
    ratio = compare(options.seconds, options.rounds, options.connections)
    print(f"median: {ratio:.3f} (goal: at most {GOAL})")
    raise SystemExit(ratio > GOAL)


if __name__ == "__main__":
    main()
