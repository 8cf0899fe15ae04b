"""Measure downloads: how soon they start, what many of them cost, and whether they delay polls.

    python benchmarks/downloads.py                    all of it, in about a minute
    python benchmarks/downloads.py --readers 100      fewer slow readers

The goals: the first byte of any result within 50 ms; 500 slow readers take 15 MB and the 64 kB that
uvicorn holds for each connection; the p99 of polls during downloads is at most twice that without.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product
from typing import Any, Self
from urllib.parse import urlsplit

from seedance_contract.declared.pixels import PIXELS
from servers import Server, mock_command, resident_memory, running_server

HEADERS = {"Authorization": "Bearer sk-bench", "Content-Type": "application/json"}
SECONDS = (4, 5, 15)
POLLS = 3_000
LARGEST = {"resolution": "4k", "aspect_ratio": "4:3", "duration": 15}

BYTES_PER_READER = 64 * 1024
"""What uvicorn holds of a response before it waits for the client."""

# A program of its own: a thread would share the interpreter lock with the client whose polls are
# measured, and make them late itself.
DOWNLOAD_FOREVER = """
import http.client, sys, time
host, target, pause = sys.argv[1:]
connection = http.client.HTTPConnection(host)
print("ready", flush=True)
while True:
    connection.request("GET", target)
    connection.getresponse().read()
    time.sleep(float(pause))
"""

PAUSES = {"about 100 downloads a second": 0.01, "one download after the other": 0.0}
"""The pauses between two downloads, in seconds."""


class DownloadClient:
    """A connection to the server. Use it in a `with` statement."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def call(self, method: str, target: str, body: object = None) -> Any:
        """Return the JSON body of the response."""
        self._connection.request(method, target, json.dumps(body) if body else None, HEADERS)
        return json.loads(self._connection.getresponse().read())

    def completed_task(self, **fields: object) -> Any:
        """Return a task of a server whose tasks complete at once."""
        body = {"model": "seedance-2.0", "prompt": "a paper boat", "return_last_frame": True}
        return self.call(
            "GET", self.call("POST", "/v1/videos/generations", body | fields)["poll_url"]
        )

    def download(self, url: str) -> tuple[float, int]:
        """Return the seconds to the first byte of a file, and its size in bytes."""
        target = urlsplit(url)
        started = time.perf_counter()
        self._connection.request("GET", f"{target.path}?{target.query}")
        response = self._connection.getresponse()
        first = response.read(1)
        elapsed = time.perf_counter() - started
        return elapsed, len(first + response.read())

    def poll_seconds(self, target: str, count: int) -> list[float]:
        """Return how long each of so many polls took, in ascending order."""
        durations = []
        for _ in range(count):
            started = time.perf_counter()
            self.call("GET", target)
            durations.append(time.perf_counter() - started)
        return sorted(durations)


def first_bytes(server: Server) -> Iterator[str]:
    """Yield a line for each size and length: sizes of files, and times to their first byte."""
    yield "resolution ratio  seconds  video kB  first byte ms  again ms  still kB  first byte ms"
    for ((resolution, ratio), _), seconds in product(PIXELS.items(), SECONDS):
        fields = {"resolution": resolution, "aspect_ratio": ratio, "duration": seconds}
        with DownloadClient(server) as client:
            task = client.completed_task(**fields)
            # Twice: the first download of a size maps its master into memory.
            first, size = client.download(task["video_url"])
            again, _ = client.download(task["video_url"])
            still, still_size = client.download(task["last_frame_url"])
        yield (
            f"{resolution:10} {ratio:6} {seconds:7} {size / 1000:9.0f} {first * 1000:14.1f}"
            f" {again * 1000:9.1f} {still_size / 1000:9.0f} {still * 1000:14.1f}"
        )


@contextmanager
def slow_readers(url: str, count: int) -> Iterator[None]:
    """Open so many downloads of a file, whose clients receive its head and then nothing more."""
    target = urlsplit(url)
    assert target.hostname is not None
    assert target.port is not None
    request = f"GET {target.path}?{target.query} HTTP/1.1\r\nHost: {target.netloc}\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(count):
            reader = stack.enter_context(socket.socket())
            # So small that the file does not fit into the buffers of the system.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            reader.connect((target.hostname, target.port))
            reader.sendall(request.encode())
            # The head shows that the server has begun to send.
            assert reader.recv(15) == b"HTTP/1.1 200 OK"
        yield


def memory_of_slow_readers(server: Server, count: int) -> float:
    """Return by how much the resident memory of a server grows, in MB (10**6 bytes)."""
    with DownloadClient(server) as client:
        task = client.completed_task(**LARGEST)
        # What the first download maps into memory is not a cost of the readers.
        client.download(task["video_url"])
    before = resident_memory(server)
    with slow_readers(task["video_url"], count):
        return resident_memory(server) - before


def allowed_memory(count: int) -> float:
    """Return the goal for the memory of so many slow readers, in MB."""
    return 15 + count * BYTES_PER_READER / 1e6


@contextmanager
def downloading(url: str, pause: float) -> Iterator[None]:
    """Download a file again and again in another process, with a pause in seconds."""
    target = urlsplit(url)
    command = [sys.executable, "-c", DOWNLOAD_FOREVER]
    with subprocess.Popen(
        [*command, target.netloc, f"{target.path}?{target.query}", str(pause)],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        # Until the line has come, Python starts: that would take CPU time from the first polls.
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


def poll_percentiles(server: Server, pause: float) -> tuple[float, float]:
    """Return the p99 of polls in ms: of a server that does nothing else, and during downloads.

    `pause` is that between two downloads, in seconds.
    """
    with DownloadClient(server) as client:
        task = client.completed_task(**LARGEST)
        # The first polls find cold caches, in the server and in this process.
        client.poll_seconds(task["poll_url"], POLLS // 10)
        idle = client.poll_seconds(task["poll_url"], POLLS)
        with downloading(task["video_url"], pause):
            busy = client.poll_seconds(task["poll_url"], POLLS)
    position = math.ceil(POLLS * 0.99) - 1
    return idle[position] * 1000, busy[position] * 1000


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=500, help="slow readers at the same time")
    options = parser.parse_args(arguments)
    with running_server(mock_command("instant")) as server:
        for line in first_bytes(server):
            print(line, flush=True)
        grown = memory_of_slow_readers(server, options.readers)
        allowed = allowed_memory(options.readers)
        print(f"{options.readers} slow readers: +{grown:.1f} MB, allowed are {allowed:.1f} MB")
        for name, pause in PAUSES.items():
            idle, busy = poll_percentiles(server, pause)
            print(f"p99 of polls: {idle:.2f} ms idle, {busy:.2f} ms during {name}")


if __name__ == "__main__":
    main()
