"""The short way of requests that have come whole: what it answers, and what it leaves alone."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from uvicorn.server import ServerState

from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.task import Task
from seedance_mock.server.protocol import HttpProtocol
from seedance_mock.server.run import uvicorn_config
from seedance_mock.settings import Settings
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.live import live_server
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
TASK = "ldtask_" + "0" * 32

Talk = Callable[..., bytes]


@contextmanager
def served(store: MemoryStore | None = None, **choices: Any) -> Iterator[int]:
    """Serve an application over a store, and give the port."""
    with InProcess() as mock:
        mock.app = create_app(Settings(**choices), clock=ManualClock(), store=store)
        with live_server(mock=mock) as server:
            yield int(server.url.rpartition(":")[2])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Give the port of a server whose time stands still."""
    with served(max_body=100_000) as number:
        yield number


@pytest.fixture
def talk(port: int) -> Talk:
    """Give a function that says bytes on a new connection and returns the whole answers."""

    def said(*parts: bytes, answers: int = 1) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in parts:
                connection.sendall(part)
            heard = b""
            while len(whole(heard)) < answers:
                piece = connection.recv(65_536)
                assert piece, heard
                heard += piece
            return heard

    return said


def whole(heard: bytes) -> list[bytes]:
    """Return the bodies of the answers that have come whole."""
    bodies = []
    while match := re.search(rb"content-length: (\d+)\r\n(?:.*\r\n)*?\r\n", heard):
        end = match.end() + int(match[1])
        if len(heard) < end:
            break
        bodies.append(heard[match.end() : end])
        heard = heard[end:]
    return bodies


def request(path: str, body: object = None, method: str = "", **headers: str) -> bytes:
    raw = b"" if body is None else json.dumps(body).encode()
    lines = {
        "Host": "localhost",
        "Authorization": "Bearer sk-a",
        **({} if body is None else {"Content-Length": str(len(raw))}),
        **headers,
    }
    shown = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    method = method or ("GET" if body is None else "POST")
    return f"{method} {path} HTTP/1.1\r\n{shown}\r\n".encode() + raw


def alike(answer: bytes) -> bytes:
    """Return an answer without what no two answers need share: ids, and the second."""
    answer = re.sub(rb"\r\ndate: [^\r]*", b"", answer)
    return re.sub(rb"(req|ldtask|btx)_[0-9a-f]{24,32}", rb"\1_", answer)


@pytest.mark.parametrize(
    "said",
    [
        request(CREATE, BODY),
        request(CREATE, {**BODY, "resolution": "8k"}),
        request(CREATE, {**BODY, "fps": 24}),
        request(CREATE, "no object"),
        request(CREATE, {**BODY, "prompt": "x" * 100_000}),
        request(CREATE, {**BODY, "prompt": "a [mock: create-503]"}),
        request(f"/v1/tasks/{TASK}"),
        request("/v1/tasks/*"),
        request(f"/v1/videos/generations/{TASK}"),
        request(f"/v1/tasks/{TASK}", method="DELETE"),
        request("/v1/models"),
        request("/v1/models?view=compact"),
        request("/v1/models?view=none"),
        request("/v1/models", Authorization=""),
        request("/v1/models", Authorization="Basic x"),
        request("/v1/models/seedance-2.0"),
        request("/v1/models/seedance-2.0/pricing"),
        request("/v1/pricing"),
        request("/v1/pricing", method="PUT"),
        request("/v1/nothing"),
        request("/healthz"),
        request("/v1/models", Origin="http://localhost"),
        request("/v1/models", Authorization="Bearer sk-mock-limit-5"),
        request("/v1/models", Authorization="Bearer sk-mock-revoked"),
        request("/v1/models", Authorization="Bearer sk-mock-models-html"),
        request("/v1/models", Authorization="Bearer sk-mock-models-charset"),
    ],
    ids=lambda said: said.decode()[:90].replace("\r\n", " "),
)
def test_both_ways_answer_the_same(said: bytes, talk: Talk) -> None:
    escaped = said.replace(b"/v1/", b"/%761/", 1).replace(b"/healthz", b"/%68ealthz")
    # Another account, as words count its requests.
    other = escaped.replace(b"Bearer sk-a", b"Bearer sk-b").replace(b"sk-mock-", b"sk-mock-ok.")

    assert alike(talk(said)) == alike(talk(other))


def test_requests_that_come_together_are_answered_in_order(talk: Talk) -> None:
    paths = ["/v1/models", "/%761/models/seedance-2.0", "/v1/pricing", f"/v1/tasks/{TASK}"]

    answers = whole(talk(b"".join(map(request, paths)), answers=4))

    told = [json.loads(answer) for answer in answers]
    assert [next(iter(one)) for one in told] == ["object", "id", "object", "error"]


@pytest.mark.parametrize("at", [20, -60, -1])
def test_a_request_in_two_pieces_is_answered(at: int, talk: Talk) -> None:
    said = request(CREATE, BODY)

    answer = talk(said[:at], said[at:])

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_client_that_asks_may_go_on(talk: Talk) -> None:
    said = request(CREATE, BODY, Expect="100-continue")
    head, _, body = said.partition(b"\r\n\r\n")

    answer = talk(head + b"\r\n\r\n", body)

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (request("/v1/models", Connection="close"), b"HTTP/1.1 200"),
        (request("/v1/models").replace(b"HTTP/1.1", b"HTTP/1.0"), b"HTTP/1.1 200"),
        (request(CREATE, {**BODY, "prompt": "x" * 100_000}), b"HTTP/1.1 413"),
    ],
    ids=["asked for", "1.0", "refused unread"],
)
def test_a_connection_ends_where_it_should(said: bytes, status: bytes, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(said)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answer.startswith(status)
    assert b"connection: close" in answer.lower()


class Distant(MemoryStore):
    """Records outside the process."""

    waits = True

    async def task(self, task_id: str) -> Task | None:
        await asyncio.sleep(0)
        return await super().task(task_id)


def test_a_store_that_waits_is_waited_for() -> None:
    with served(Distant()) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        key = {"Authorization": "Bearer sk-a"}
        created = client.post(CREATE, json=BODY, headers=key).json()

        assert client.get(created["poll_url"], headers=key).json()["status"] == "pending"


class Hasty(Distant):
    """A store that waits and does not say so."""

    waits = False


def test_a_store_that_waits_has_to_say_so(caplog: pytest.LogCaptureFixture) -> None:
    with served(Hasty()) as port:
        url = f"http://127.0.0.1:{port}/v1/tasks/{TASK}"
        answer = httpx2.get(url, headers={"Authorization": "Bearer sk-a"})

    assert answer.status_code == 500
    assert "`waits` of the store" in caplog.text


class Broken(MemoryStore):
    """A store that cannot be read."""

    async def task(self, task_id: str) -> Task | None:
        raise RuntimeError("the planted cause")


def test_a_defect_is_a_500_in_the_envelope(caplog: pytest.LogCaptureFixture) -> None:
    with served(Broken()) as port:
        url = f"http://127.0.0.1:{port}"
        answer = httpx2.get(f"{url}/v1/tasks/{TASK}", headers={"Authorization": "Bearer sk-a"})
        journal = httpx2.get(f"{url}/_mock/journal").json()["entries"]

    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "server_error")
    assert [(one["status"], one["code"]) for one in journal] == [(500, "server_error")]
    assert "the planted cause" in caplog.text


def test_what_was_applied_is_not_applied_again() -> None:
    with served() as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        key = {"Authorization": "Bearer sk-mock-create-cut"}
        with pytest.raises(httpx2.RemoteProtocolError):
            client.post(CREATE, json=BODY, headers=key)

        assert len(client.get("/_mock/tasks").json()["tasks"]) == 1
        assert len(client.get("/_mock/journal").json()["entries"]) == 1


SOON = 0.03
"""Seconds that an idle connection is kept here."""


class Ending(asyncio.Transport):
    """Tells when it is closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.closed = asyncio.get_running_loop().create_future()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send it nowhere."""

    def close(self) -> None:
        if not self.closed.done():
            self.closed.set_result(time.monotonic())

    def is_closing(self) -> bool:
        return self.closed.done()


def connected() -> tuple[HttpProtocol, Ending]:
    config = uvicorn_config(create_app())
    config.load()
    protocol, wires = HttpProtocol(config, ServerState(), {}), Ending()
    protocol.timeout_keep_alive = SOON  # type: ignore[assignment] # uvicorn's options are whole
    protocol.connection_made(wires)
    return protocol, wires


def test_an_idle_connection_is_ended() -> None:
    async def idle() -> float:
        protocol, wires = connected()
        protocol.data_received(request("/v1/models"))
        await asyncio.sleep(SOON / 2)
        again = time.monotonic()
        protocol.data_received(request("/v1/models"))
        closed: float = await wires.closed
        protocol.connection_lost(None)
        return closed - again

    assert asyncio.run(idle()) >= SOON


@pytest.mark.parametrize(
    "begun", [request("/v1/models")[:20], request(CREATE, BODY)[:-1]], ids=["head", "body"]
)
def test_a_connection_is_not_idle_while_a_request_comes(begun: bytes) -> None:
    async def coming() -> bool:
        protocol, wires = connected()
        protocol.data_received(request("/v1/models"))
        protocol.data_received(begun)
        await asyncio.sleep(2 * SOON)
        ended = wires.closed.done()
        protocol.connection_lost(None)
        await asyncio.sleep(0)
        return ended

    assert not asyncio.run(coming())


def test_a_connection_that_is_lost_is_looked_at_no_more() -> None:
    async def lost() -> bool:
        protocol, wires = connected()
        protocol.data_received(request("/v1/models"))
        protocol.connection_lost(ConnectionResetError())
        await asyncio.sleep(2 * SOON)
        return wires.closed.done()

    assert not asyncio.run(lost())
