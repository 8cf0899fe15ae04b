"""Where the time of a request goes inside the mock, told by cProfile.

Takes a JSON array of requests: objects with `name`, `method`, `path`, `body`,
`status` and `lifecycle`, where `{task}` in the path is the id of a task created by the first of
them. They are given to the application as the server gives it ordinary ones, without a socket. With
`--plain` they are only sent, for a sampling profiler that watches from outside.
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
from seedance_mock.web.app import MockApp, create_app

REQUESTS = 10_000
"""Of each kind; so many seconds are a tenth of a millisecond a request."""

Case = Mapping[str, Any]


def send_request(app: MockApp, case: Case, path: str) -> bytes:
    """Send a request and return the body of the answer."""
    answer = app.answer(asgi_scope(case, path), case["body"].encode())
    assert answer is not None, "it is an ordinary request"
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split()[1]) == case["status"], answer
    return body


def asgi_scope(case: Case, path: str) -> dict[str, object]:
    """Return the ASGI scope of a request, as uvicorn makes it."""
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
    """Return the seconds that the requests take by themselves, and where they go if `traced`."""
    app = create_app(Settings(lifecycle=case["lifecycle"]))
    task = json.loads(send_request(app, creating, creating["path"]))["id"]
    path = case["path"].format(task=task)

    def run() -> float:
        began = time.perf_counter()
        for _ in range(REQUESTS):
            send_request(app, case, path)
        return time.perf_counter() - began

    plain = min(run() for _ in range(3))
    profiler = cProfile.Profile()
    if traced:
        profiler.enable()
        run()
        profiler.disable()
    return plain, profiler


def main() -> None:
    """Print the functions that take most time themselves, for each request."""
    cases, traced = json.loads(sys.argv[1]), "--plain" not in sys.argv
    for case in cases:
        plain, profiler = profile_case(case, cases[0], traced=traced)
        print(f"\n{case['name']}: {plain / REQUESTS * 1e6:.0f} us each; {REQUESTS:,} profiled:\n")
        if not traced:
            continue
        pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
