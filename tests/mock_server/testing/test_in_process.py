"""The mock without a socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from seedance_mock.scripting.words import WordError
from seedance_mock.settings import Settings
from seedance_mock.testing import ControlError, InProcess, ManualClock
from seedance_mock.testing.asgi_call import AsgiRequest, fetch
from seedance_mock.testing.loop_thread import LoopThread

REQUEST = AsgiRequest(method="GET", url="https://api.tokenlab.sh", headers=(), body=b"")


def test_the_control_api_is_called_in_process() -> None:
    with InProcess(clock=ManualClock(100.0)) as mock:
        account = mock.control.open("sk-a", mode="frozen")
        assert mock.control.advance(account.name, 5) == 105.0


def test_a_rejected_call_raises_its_message() -> None:
    with InProcess() as mock, pytest.raises(ControlError, match="404: No account of this name"):
        mock.control.account("key-77")


def test_each_key_is_new_and_contains_the_words() -> None:
    mock = InProcess()

    first, second = mock.key("busy"), mock.key("busy")

    assert first != second
    assert first.startswith("sk-mock-busy--")


def test_a_key_with_an_unknown_word_is_an_error() -> None:
    with pytest.raises(WordError, match="did you mean 'flaky'"):
        InProcess().key("flakey")


def test_an_exception_of_the_application_is_raised() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b""
        raise ZeroDivisionError(scope["path"])

    loop = LoopThread()
    with pytest.raises(ZeroDivisionError, match=r"^/$"):
        loop.run(fetch(app, REQUEST))
    loop.close()


def test_closing_the_loop_cancels_a_call() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()

    loop = LoopThread()
    future = loop.submit(fetch(app, REQUEST))
    loop.run(asyncio.sleep(0))

    loop.close()

    assert future.cancelled()


def test_a_response_waits_for_the_application() -> None:
    returned = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})
        for _ in range(9):
            await asyncio.sleep(0)
        returned.set()

    async def fetch_response() -> bool:
        await fetch(app, REQUEST)
        return returned.is_set()

    loop = LoopThread()
    assert loop.run(fetch_response())
    loop.close()


def test_tasks_in_a_file_outlive_the_mock(tmp_path: Path) -> None:
    settings = Settings(store=f"sqlite:{tmp_path}/mock.db")
    with InProcess(settings) as mock:
        name = mock.control.open("sk-file").name

    with InProcess(settings) as again:
        assert again.control.account(name).name == name
    assert [path.name for path in tmp_path.iterdir()] == ["mock.db"]
