"""When the fast path is off, and that the fallback then gets every request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from seedance_mock.server.protocol import is_tested_uvicorn
from seedance_mock.settings import Settings
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.live import live_server
from seedance_mock.web.app import MockApp, create_app

from .peer import get, peer


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
