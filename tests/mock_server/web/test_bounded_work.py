"""The work for one request grows with its size at most, counted in function calls."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from types import FrameType

import pytest
from starlette.types import Scope

from seedance_mock.settings import Settings
from seedance_mock.web.app import MockApp

CREATE = "/v1/videos/generations"
SIZE = 400


def scope(path: str = CREATE, query: bytes = b"", headers: int = 0) -> Scope:
    names = [b"x-%d" % number for number in range(headers)]
    return {
        "type": "http",
        "method": "POST" if path == CREATE else "GET",
        "scheme": "http",
        "path": path,
        "query_string": query,
        "headers": [(b"authorization", b"Bearer sk-test"), *((name, b"") for name in names)],
        "server": ("127.0.0.1", 8000),
    }


def body(**fields: object) -> bytes:
    request = {"model": "seedance-2.0", "prompt": "a boat", "operation": "text-to-video"}
    return json.dumps({**request, **fields}).encode()


REQUESTS: dict[str, Callable[[int], tuple[Scope, bytes]]] = {
    "unknown-fields": lambda size: (scope(), body(**{f"f{n}": n for n in range(size)})),
    "long-fields": lambda size: (scope(), body(**{f"{'f' * 99}{n}": n for n in range(size)})),
    "urls": lambda size: (scope(), body(reference_images=["https://a.example/"] * size)),
    "materials": lambda size: (
        scope(),
        body(reference_images=["asset://asset-20260101000000-abcde"] * size),
    ),
    "integers": lambda size: (scope(), body(seed=[10**900] * size)),
    "objects": lambda size: (scope(), body(frames=[{"a": 1}] * size)),
    "words": lambda size: (scope(), body(prompt="[mock: ok]" * size)),
    "malformed-words": lambda size: (scope(), body(prompt="[mock:" * size)),
    "headers": lambda size: (scope(headers=size), body()),
    "path": lambda size: (scope(f"/v1/tasks/{'a' * size}"), b""),
    "query": lambda size: (scope("/v1/models", b"tag=a&" * size), b""),
}


def calls_of(app: MockApp, request: tuple[Scope, bytes]) -> int:
    """Return the number of function calls that a request takes, from its bytes to the journal."""
    fast_path, count = app.fast_path, 0
    assert fast_path is not None

    def count_call(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_call)
    response = fast_path.respond(*request)
    [entry] = app.state.journal.entries()
    sys.setprofile(before)
    assert response is not None
    assert entry.number > 0
    asyncio.run(app.state.journal.clear())
    return count


@pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize(
    "settings", [Settings(), Settings(tolerant=True)], ids=["strict", "tolerant"]
)
def test_the_work_grows_with_the_size_at_most(
    request_of: Callable[[int], tuple[Scope, bytes]], app: MockApp
) -> None:
    # The first request of its kind fills caches.
    calls_of(app, request_of(1))
    base, single, double = (calls_of(app, request_of(size)) for size in (1, SIZE, 2 * SIZE))

    assert double - base <= 2.1 * max(single - base, 100)
    # A few calls for each member, each of which is bounded itself.
    assert single - base <= 30 * SIZE
