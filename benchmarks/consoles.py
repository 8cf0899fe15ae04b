"""What open consoles cost: the polls that a server answers, without and with them.

Two connections read what the page of the console reads: the journal, then its events as they come.
A browser itself would take a processor from the server and from wrk, and people have it on another
core, so that the measurement has none. The rounds without and with consoles take turns on one
server, and both meet the same state of the machine.
"""

from __future__ import annotations

import argparse
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from urllib.parse import urlsplit

from servers import START_LIMIT, MeasurementError, Server, case_path, mock_command, running_server
from workload import PENDING
from wrk import run_load

CONSOLES = 2
GOAL = 0.95
"""The polls with the consoles, in parts of those without."""

PART = 64 * 1024


@contextmanager
def console(server: Server) -> Iterator[None]:
    """Read the events of a server like a page, until the block ends."""
    address = urlsplit(server.url)
    received = 0

    def read() -> None:
        nonlocal received
        while part := connection.recv(PART):
            received += len(part)

    with socket.create_connection((address.hostname, address.port), START_LIMIT) as connection:
        connection.sendall(f"GET /_mock/events HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        yield
        connection.shutdown(socket.SHUT_RDWR)
        reader.join(START_LIMIT)
    if received < PART:
        raise MeasurementError(f"a console has received {received} bytes only")


def compare(seconds: int, rounds: int, connections: int) -> tuple[float, float]:
    """Return polls a second and polls in a second of CPU time, with consoles in parts of without.

    Prints each round.
    """
    rates, cpu_rates = [], []
    with running_server(mock_command("manual")) as server:
        path = case_path(server, PENDING)
        # The first load fills the journal, which later ones find full.
        run_load(server, path, PENDING, connections, seconds)
        for number in range(rounds):
            without = run_load(server, path, PENDING, connections, seconds)
            with ExitStack() as consoles:
                for _ in range(CONSOLES):
                    consoles.enter_context(console(server))
                watched = run_load(server, path, PENDING, connections, seconds)
            rates.append(watched.rate / without.rate)
            cpu_rates.append(without.cpu / watched.cpu)
            print(
                f"round {number + 1}: {without.rate:,.0f} polls/s and {without.cpu:.1f} µs of CPU "
                f"time a poll without consoles, {watched.rate:,.0f} and {watched.cpu:.1f} with "
                f"{CONSOLES}: {rates[-1]:.3f}, by CPU time {cpu_rates[-1]:.3f}"
            )
    return median(rates), median(cpu_rates)


def main() -> None:
    """Compare, and exit with 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="seconds of each load")
    parser.add_argument("--rounds", type=int, default=5, help="rounds without and with consoles")
    parser.add_argument("--connections", type=int, default=16, help="connections of wrk")
    options = parser.parse_args()
    rate, cpu_rate = compare(options.seconds, options.rounds, options.connections)
    print(f"median: {rate:.3f}, by CPU time {cpu_rate:.3f} (goal: at least {GOAL})")
    # Other processes disturb the CPU time least.
    raise SystemExit(cpu_rate < GOAL)


if __name__ == "__main__":
    main()
