"""Each preset and clause over a real socket, by a client that changes only its key."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from itertools import count, islice

import httpx
import pytest

from seedance_contract.declared.v3.routes import V3_LIST
from seedance_mock.scripting.presets import PRESETS
from seedance_mock.scripting.vocabulary import PLACES, errors_at

Serve = Callable[..., tuple[subprocess.Popen[str], int]]

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

_numbers = count(1)


@pytest.fixture(scope="module")
def port(serve: Serve) -> int:
    return serve("--log-format", "none")[1]


@pytest.fixture
def web(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        yield client


def authorization(words: str) -> dict[str, str]:
    return {"Authorization": f"Bearer sk-mock-{words}--{next(_numbers)}"}


def first_results(web: httpx.Client, words: str) -> list[int | str]:
    """Return the statuses of a create, two polls and a cancel, or the names of their exceptions."""
    headers = authorization(words)
    results: list[int | str] = []
    path = "/v1/tasks/ldtask_" + "0" * 32
    for method, target in [("POST", CREATE), ("GET", ""), ("GET", ""), ("DELETE", "")]:
        body = BODY if method == "POST" else None
        try:
            response = web.request(method, target or path, json=body, headers=headers)
            results.append(response.status_code)
            path = response.json()["poll_url"] if method == "POST" and results[-1] == 200 else path
        except (httpx.TransportError, ValueError) as error:
            results.append(type(error).__name__)
    return results


EXPECTED: dict[str, list[int | str]] = {
    "ok": [200, 200, 200, 200],
    "slow": [200, 200, 200, 200],
    "stuck": [200, 200, 200, 200],
    "policy": [200, 200, 200, 200],
    "crash": [200, 200, 200, 200],
    "odd": [200, 200, 200, 200],
    "broke": [402, 404, 404, 404],
    "capped": [402, 404, 404, 404],
    "revoked": [401, 401, 401, 401],
    "expired": [401, 401, 401, 401],
    "locked": [403, 404, 404, 404],
    "race": [200, 200, 200, 409],
    "nocancel": [200, 200, 200, 400],
    "material": [409, 404, 404, 404],
    "busy": [429, 429, 404, 404],
    "flaky": [503, 503, 404, 503],
    "down": [503, 503, 503, 503],
    "lostreply": ["ReadError", 404, 404, 404],
    "lostreq": ["ReadError", 404, 404, 404],
    "hang": ["ReadTimeout", 404, 404, 404],
    "cut": ["RemoteProtocolError", "RemoteProtocolError", 404, 404],
    "html": [502, 502, 404, 404],
    "stray": [200, 307, 200, 200],
    "gone": [200, 200, 200, 200],
    "stranger": [200, 403, 403, 403],
}


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "drip"])
def test_preset_works_on_a_socket(name: str, web: httpx.Client) -> None:
    web.timeout = httpx.Timeout(0.3 if name == "hang" else 10)

    assert first_results(web, name) == EXPECTED[name]


def test_drip_works_on_a_socket(web: httpx.Client) -> None:
    with web.stream("POST", CREATE, json=BODY, headers=authorization("drip")) as response:
        sizes = [len(part) for part in islice(response.iter_raw(), 5)]

    # A byte at a time, but a busy client may find two at once.
    assert len(sizes) == 5
    assert max(sizes) <= 3


CLAUSES = [
    (place, error_name)
    for place in PLACES
    for error_name in errors_at(place)
    if place not in ("asset", "any") and error_name.isdecimal()
]


@pytest.mark.parametrize(("place", "status"), CLAUSES)
def test_clause_works_on_a_socket(place: str, status: str, web: httpx.Client) -> None:
    headers = authorization(f"{place}-{status}")
    path = "/v1/tasks/ldtask_" + "0" * 32
    method, target = {
        "create": ("POST", CREATE),
        "poll": ("GET", path),
        "cancel": ("DELETE", path),
        "list": ("GET", V3_LIST.path),
        "materials": ("GET", "/v1/videos/assets"),
    }.get(place, ("GET", f"/v1/{place}"))

    response = web.request(method, target, json=BODY if method == "POST" else None, headers=headers)

    assert response.status_code == int(status)
