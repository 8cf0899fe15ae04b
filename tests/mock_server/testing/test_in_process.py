"""The mock without a socket."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from seedance_mock.domain.clock import ManualClock
from seedance_mock.scripting.words import WordError
from seedance_mock.testing.asgi_call import AsgiRequest, fetch
from seedance_mock.testing.control_client import ControlError
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.loop_thread import LoopThread

ASKED = AsgiRequest(method="GET", url="https://api.tokenlab.sh", headers=(), body=b"")


def test_the_control_api_is_at_hand() -> None:
    with InProcess(clock=ManualClock(100.0)) as mock:
        account = mock.control.open("sk-a", mode="frozen")
        assert mock.control.advance(account.name, 5) == 105.0


def test_a_refused_control_call_says_why() -> None:
    with InProcess() as mock, pytest.raises(ControlError, match="404: No account of this name"):
        mock.control.account("key-77")


def test_a_key_is_new_each_time_and_carries_words() -> None:
    mock = InProcess()

    first, second = mock.key("busy"), mock.key("busy")

    assert first != second
    assert first.startswith("sk-mock-busy--")


def test_a_key_of_unknown_words_is_refused() -> None:
    with pytest.raises(WordError, match="'flaky' was meant"):
        InProcess().key("flakey")


def test_a_failure_of_the_application_comes_out() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b""
        raise ZeroDivisionError(scope["path"])

    loop = LoopThread()
    with pytest.raises(ZeroDivisionError, match=r"^/$"):
        loop.run(fetch(app, ASKED))
    loop.close()


def test_a_call_ends_with_its_loop() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()

    loop = LoopThread()
    future = loop.start(fetch(app, ASKED))
    loop.run(asyncio.sleep(0))

    loop.close()

    assert future.cancelled()


def test_an_answer_is_whole_when_the_application_is_done() -> None:
    done: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})
        for _ in range(9):
            await asyncio.sleep(0)
        done.append(True)

    async def story() -> bool:
        await fetch(app, ASKED)
        return done == [True]

    loop = LoopThread()
    assert loop.run(story())
    loop.close()
