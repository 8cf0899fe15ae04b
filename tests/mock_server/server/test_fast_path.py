"""The fast path and the ordinary Starlette application give the same bytes."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
import starlette.routing
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from seedance_fixtures.exchanges import (
    AdvanceClock,
    ExampleCall,
    ExampleExchange,
    ExampleRequest,
    load_exchanges,
    resolved_request,
    saved_values,
)
from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.task import Task
from seedance_mock.server.protocol import HttpProtocol, is_tested_uvicorn
from seedance_mock.server.run import uvicorn_config
from seedance_mock.settings import Settings
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.live import live_server
from seedance_mock.web.app import MockApp, create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
TASK = "ldtask_" + "0" * 32
KEY = {"Authorization": "Bearer sk-a"}


class Output(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)})
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def write_eof(self) -> None:
        """Only the server's side is closed."""

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Everything has been read."""

    def resume_reading(self) -> None:
        """Everything has been read."""


class Peer:
    """A server without a socket: bytes go into its protocol and come out of it."""

    def __init__(self, app: MockApp, clock: ManualClock) -> None:
        self.app = app
        self.clock = clock
        self.names: dict[str, object] = {}

    async def send(self, request: bytes) -> bytes:
        """Send one request on a new connection, and return its response."""
        config = uvicorn_config(self.app)
        config.load()
        state, output = ServerState(), Output()
        protocol = HttpProtocol(config, state, {})
        protocol.connection_made(output)
        protocol.data_received(request)
        while not complete(output.written, is_head=request.startswith(b"HEAD ")):
            await asyncio.sleep(0)
        await asyncio.gather(*state.tasks)
        protocol.connection_lost(None)
        return output.written


def peer(**choices: Any) -> Peer:
    clock = ManualClock()
    return Peer(create_app(Settings(**choices), clock=clock), clock)


def complete(response: bytes, *, is_head: bool) -> bool:
    head, end, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length or not end
    return bool(length) and (is_head or len(body) >= int(length[1]))  # type: ignore[index] # matched


def raw(request: ExampleRequest) -> bytes:
    """Return a request as it is sent over HTTP/1.1."""
    headers = {"Host": "127.0.0.1:8000", **request.headers}
    body = b"" if request.text is None else request.text.encode()
    if request.json is not None:
        body = json.dumps(request.json).encode()
        headers["Content-Type"] = "application/json"
    if body:
        headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{request.method} {request.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def comparable(response: bytes) -> bytes:
    """Return a response without what two responses need not share: ids and dates."""
    response = re.sub(rb"\r\ndate: [^\r]*", b"", response)
    response = re.sub(rb"(req|ldtask|btx)_[0-9a-f]{24,32}", rb"\1_", response)
    response = re.sub(rb"signature=[A-Za-z0-9%]+", b"signature=", response)
    # The signature of a link depends on the id, and percent encoding on the signature.
    return re.sub(rb"content-length: \d+", b"content-length", response)


def send_both(one: Peer, other: Peer, request: Callable[[Peer], bytes]) -> tuple[bytes, bytes]:
    async def send() -> tuple[bytes, bytes]:
        return await one.send(request(one)), await other.send(request(other))

    return asyncio.run(send())


@pytest.fixture
def routed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a list to which Starlette's router adds the path of each request it handles."""
    paths: list[str] = []
    router = starlette.routing.Router.app

    async def app(
        self: starlette.routing.Router, scope: Scope, receive: Receive, send: Send
    ) -> None:
        paths.append(scope["path"])
        await router(self, scope, receive, send)

    monkeypatch.setattr(starlette.routing.Router, "app", app)
    return paths


@pytest.mark.parametrize("exchange", load_exchanges(), ids=lambda exchange: exchange.id)
def test_both_paths_answer_every_example_alike(
    exchange: ExampleExchange, routed: list[str]
) -> None:
    fast, fallback = peer(), peer(fast_path=False)

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


def get(path: str, method: str = "GET", **headers: str) -> bytes:
    return raw(ExampleRequest(method=method, path=path, headers=KEY | headers))


def post(body: object, **headers: str) -> bytes:
    return raw(ExampleRequest(method="POST", path=CREATE, headers=KEY | headers, json=body))


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
def test_both_paths_answer_unusual_requests_alike(request_: bytes) -> None:
    sides = peer(max_body=90_000), peer(max_body=90_000, fast_path=False)

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
def test_ordinary_requests_need_no_router(request_: bytes, status: int, routed: list[str]) -> None:
    side = peer()

    response = asyncio.run(side.send(request_))

    assert response.startswith(b"HTTP/1.1 %d " % status)
    assert routed == []


class Passing:
    """ASGI middleware that adds a header."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-passed", b"1")]
            await send(message)

        await self.app(scope, receive, send_marked)


def with_middleware(app: MockApp) -> None:
    app.add_middleware(Passing)


async def teapot(request: Request, error: Exception) -> Response:
    return Response(status_code=418)


def with_handler(app: MockApp) -> None:
    app.add_exception_handler(404, teapot)


@pytest.mark.parametrize(
    ("change", "reason"),
    [(with_middleware, "other middleware (Passing)"), (with_handler, "other exception handlers")],
)
def test_an_extended_application_has_no_fast_path(
    change: Callable[[MockApp], None], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app()
    change(app)

    assert (app.fast_path, app.fast_path) == (None, None)
    assert caplog.messages == [
        f"The fast path is off: the application has {reason}. Requests take about twice the time."
    ]


def test_middleware_is_called_on_a_real_port() -> None:
    with InProcess() as mock:
        mock.app.add_middleware(Passing)
        with live_server(mock=mock) as server:
            response = httpx2.get(f"{server.url}/v1/models")

    assert response.headers["x-passed"] == "1"


def test_middleware_comes_before_the_first_request() -> None:
    app = create_app()
    assert app.fast_path is not None

    with pytest.raises(RuntimeError, match="Cannot add middleware"):
        app.add_middleware(Passing)


def test_it_is_off_by_choice_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    assert create_app(Settings(fast_path=False)).fast_path is None
    assert caplog.messages == []


class AsyncStore(MemoryStore):
    """A store that needs the event loop, as one outside the process does."""

    is_async = True

    async def task(self, task_id: str) -> Task | None:
        await asyncio.sleep(0)
        return await super().task(task_id)


def test_it_is_off_for_an_asynchronous_store(
    caplog: pytest.LogCaptureFixture, routed: list[str]
) -> None:
    clock = ManualClock()
    side = Peer(create_app(clock=clock, store=AsyncStore()), clock)

    response = asyncio.run(side.send(get(f"/v1/tasks/{TASK}")))

    assert response.startswith(b"HTTP/1.1 404 ")
    assert len(routed) == 1
    assert "the store is asynchronous" in caplog.text


@pytest.mark.parametrize(
    ("version", "tested"),
    [("0.39.9", False), ("0.40.0", True), (uvicorn.__version__, True), ("1.0.0rc1", False)],
)
def test_it_is_off_with_an_untested_uvicorn(
    version: str, tested: bool, caplog: pytest.LogCaptureFixture
) -> None:
    is_tested_uvicorn.cache_clear()

    assert (is_tested_uvicorn(version), is_tested_uvicorn(version)) == (tested, tested)
    assert len(caplog.messages) == (0 if tested else 1)


def test_an_untested_uvicorn_gets_every_request(
    monkeypatch: pytest.MonkeyPatch, routed: list[str]
) -> None:
    monkeypatch.setattr(uvicorn, "__version__", "9.9.9")

    response = asyncio.run(peer().send(get("/v1/models")))

    assert response.startswith(b"HTTP/1.1 200 ")
    assert routed == ["/v1/models"]


class HiddenAsyncStore(MemoryStore):
    """A store that waits at some time of a commit, although it says that it never does."""

    def __init__(self, wait: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.wait = wait
        self.commits = 0

    async def commit(self, *changes: Any) -> bool:
        self.commits += 1
        result = await super().commit(*changes)
        await self.wait()
        await self.wait()
        return result


async def one_turn() -> None:
    await asyncio.sleep(0)


async def a_future() -> None:
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, None)
    await future


@pytest.mark.parametrize("wait", [one_turn, a_future])
def test_a_handler_that_waits_goes_on_where_it_was(wait: Callable[[], Awaitable[None]]) -> None:
    clock, store = ManualClock(), HiddenAsyncStore(wait)
    side = Peer(create_app(clock=clock, store=store), clock)

    response = asyncio.run(side.send(post(BODY)))

    assert response.startswith(b"HTTP/1.1 200 ")
    assert len(asyncio.run(store.tasks())) == 1
    assert store.commits == 1


def test_a_handler_that_waits_can_be_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    cancelled = []

    async def forever() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def send() -> None:
        side = Peer(create_app(store=HiddenAsyncStore(forever)), ManualClock())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(side.send(post(BODY)), 0.01)

    # The end of the loop cancels the task in which the handler waits.
    asyncio.run(send())

    assert cancelled == [True]


class BrokenStore(MemoryStore):
    """A store that cannot be read."""

    async def task(self, task_id: str) -> Task | None:
        raise RuntimeError("the planted cause")


def test_an_exception_is_a_500_on_both_paths(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    sides = [
        Peer(create_app(Settings(fast_path=fast), clock=clock, store=BrokenStore()), clock)
        for fast in (True, False)
    ]

    fast, fallback = send_both(sides[0], sides[1], lambda peer: get(f"/v1/tasks/{TASK}"))

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
