"""The fast path and the ordinary Starlette application give the same bytes."""

from __future__ import annotations

import asyncio
import json

import httpx2
import pytest

from seedance_fixtures.exchanges import (
    AdvanceClock,
    ExampleCall,
    ExampleExchange,
    load_exchanges,
    load_v3_exchanges,
    resolved_request,
    saved_values,
)
from seedance_mock.domain.task import Task
from seedance_mock.stores import Store
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.live import live_server

from .peer import BODY, CREATE, TASK, Peer, comparable, get, peer, post, raw, send_both


@pytest.mark.parametrize(
    "exchange", [*load_exchanges(), *load_v3_exchanges()], ids=lambda exchange: exchange.id
)
def test_both_paths_answer_every_example_alike(
    exchange: ExampleExchange, eager_or_waiting_store: Store, routed: list[str]
) -> None:
    fast, fallback = peer(eager_or_waiting_store), peer(fast_path=False)

    for step in exchange.steps:
        if isinstance(step, AdvanceClock):
            fast.clock.advance(step.seconds)
            fallback.clock.advance(step.seconds)
            continue
        responses = exchange_call(step, fast, fallback)
        assert comparable(responses[0]) == comparable(responses[1])
        assert routed, "the fallback is Starlette's router"
        routed.clear()


def exchange_call(call: ExampleCall, fast: Peer, fallback: Peer) -> tuple[bytes, bytes]:
    responses = send_both(fast, fallback, lambda peer: raw(resolved_request(call, peer.names)))
    for side, response in zip((fast, fallback), responses, strict=True):
        body = response.partition(b"\r\n\r\n")[2]
        if call.save:
            side.names |= saved_values(call, json.loads(body))
    return responses


@pytest.mark.parametrize(
    "request_",
    [
        post({**BODY, "prompt": "x" * 100_000}),
        post({**BODY, "prompt": "a [mock: create-503]"}),
        get("/v1/tasks/*"),
        get("/v1/nothing"),
        post(BODY, **{"Content-Encoding": "gzip"}),
        get("/v1/models?view=compact"),
        get("/v1/models", Origin="http://localhost"),
        get("/v1/models", Connection="close"),
        get("/v1/models", Authorization="Bearer sk-mock-limit-5"),
        get("/v1/models", Authorization="Bearer sk-mock-revoked"),
        get("/v1/models", Authorization="Bearer sk-mock-models-html"),
        get("/v1/models", Authorization="Bearer sk-mock-models-charset"),
        get("/v1/models", method="HEAD"),
        get("/v1/pricing", method="PUT"),
        get("/healthz"),
    ],
    ids=lambda request: request.decode()[:90].replace("\r\n", " "),
)
def test_both_paths_answer_unusual_requests_alike(
    request_: bytes, eager_or_waiting_store: Store
) -> None:
    sides = peer(eager_or_waiting_store, max_body=90_000), peer(max_body=90_000, fast_path=False)

    fast, fallback = send_both(*sides, lambda peer: request_)

    assert comparable(fast) == comparable(fallback)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (post(BODY), 200),
        (post({**BODY, "resolution": "8k"}), 400),
        (get(f"/v1/tasks/{TASK}"), 404),
        (get(f"{CREATE}/{TASK}"), 404),
        (get(f"/v1/tasks/{TASK}", method="DELETE"), 404),
        (get("/v1/models"), 200),
        (get("/v1/pricing"), 200),
    ],
)
def test_ordinary_requests_need_no_router(
    request_: bytes, status: int, eager_or_waiting_store: Store, routed: list[str]
) -> None:
    side = peer(eager_or_waiting_store)

    response = asyncio.run(side.send(request_))

    assert response.startswith(b"HTTP/1.1 %d " % status)
    assert routed == []


class BrokenStore(MemoryStore):
    """A store that cannot be read."""

    async def task(self, task_id: str) -> Task | None:
        raise RuntimeError("the planted cause")


def test_an_exception_is_a_500_on_both_paths(caplog: pytest.LogCaptureFixture) -> None:
    sides = peer(BrokenStore()), peer(BrokenStore(), fast_path=False)

    fast, fallback = send_both(*sides, lambda peer: get(f"/v1/tasks/{TASK}"))

    assert fast.startswith(b"HTTP/1.1 500 ")
    assert comparable(fast) == comparable(fallback)
    causes = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert [str(cause) for cause in causes] == ["the planted cause"] * 2


def test_an_applied_request_is_not_applied_again() -> None:
    with InProcess() as mock, live_server(mock=mock) as server:
        key = {"Authorization": "Bearer sk-mock-create-cut"}
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.post(f"{server.url}{CREATE}", json=BODY, headers=key)

        assert len(httpx2.get(f"{server.url}/_mock/tasks").json()["tasks"]) == 1
        assert len(httpx2.get(f"{server.url}/_mock/journal").json()["entries"]) == 1
