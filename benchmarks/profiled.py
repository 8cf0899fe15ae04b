"""Profiles requests inside the mock with cProfile.

Takes a JSON array of requests: objects with `name`, `method`, `path`, `body`, `status` and
`lifecycle`. `{task}` in a path is the id of a task that the first request creates. The fast path
gets them as it gets ordinary requests from the server, but without a socket. With `--plain` they
are only sent, for a sampling profiler that observes the process.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import sys
import time
from collections.abc import Mapping
from typing import Any

from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app
from seedance_mock.web.fast_path import FastPath

REQUESTS = 10_000
"""The number of requests of each case."""

Case = Mapping[str, Any]


def send_request(fast_path: FastPath, case: Case, path: str) -> bytes:
    """Send a request and return the body of the response."""
    response = fast_path.respond(asgi_scope(case, path), case["body"].encode())
    assert response is not None, "the fast path does not take this request"
    head, _, body = response.partition(b"\r\n\r\n")
    assert int(head.split()[1]) == case["status"], response
    return body


def asgi_scope(case: Case, path: str) -> dict[str, object]:
    """Return the ASGI scope of a request, as uvicorn creates it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": case["method"],
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"authorization", b"Bearer sk-bench"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(case["body"])).encode()),
        ],
        "state": {},
    }


def profile_case(case: Case, creating: Case, *, traced: bool) -> tuple[float, cProfile.Profile]:
    """Return the seconds of all requests without a profiler, and a profile if `traced`."""
    fast_path = create_app(Settings(lifecycle=case["lifecycle"])).fast_path
    assert fast_path is not None
    task = json.loads(send_request(fast_path, creating, creating["path"]))["id"]
    path = case["path"].format(task=task)

    def run() -> float:
        start = time.perf_counter()
        for _ in range(REQUESTS):
            send_request(fast_path, case, path)
        return time.perf_counter() - start

    # The fastest of three runs: what makes the others slower are other processes.
    seconds = min(run() for _ in range(3))
    profiler = cProfile.Profile()
    if traced:
        profiler.enable()
        run()
        profiler.disable()
    return seconds, profiler


def main() -> None:
    """Print the functions with the most time of their own, for each case."""
    cases, traced = json.loads(sys.argv[1]), "--plain" not in sys.argv
    for case in cases:
        seconds, profiler = profile_case(case, cases[0], traced=traced)
        print(f"\n{case['name']}: {seconds / REQUESTS * 1e6:.0f} us each; {REQUESTS:,} profiled:\n")
        if not traced:
            continue
        pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
