"""Servers with traffic, and the console of them in headless Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from seedance_mock.settings import Settings
from seedance_mock.testing.live import LiveServer, live_server

BODY = {"model": "seedance-2.0", "operation": "text-to-video", "prompt": "A paper boat"}

Send = Callable[..., Any]
Open = Callable[..., Page]


class Sender:
    """A client of a server. Each request has a connection of its own, which a fault may break."""

    def __init__(self, server: LiveServer, key: str = "sk-test") -> None:
        self._port = int(server.url.rpartition(":")[2])
        self._key = key

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Send a request, and return the JSON of its response; None if there is none."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        content = None if body is None else json.dumps(body)
        sent = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, content, {**sent, **headers})
            return json.loads(connection.getresponse().read())
        except (HTTPException, OSError):
            return None
        finally:
            connection.close()

    def create(self, words: str = "", **fields: object) -> str:
        """Create a task with words in its prompt, and return its id."""
        prompt = f"A paper boat [mock: {words}]" if words else "A paper boat"
        created = self("POST", "/v1/videos/generations", {**BODY, "prompt": prompt, **fields})
        return str(created["id"])


@pytest.fixture
def server(settings: Settings) -> Iterator[LiveServer]:
    """Give a server without traffic."""
    with live_server(settings) as server:
        yield server


@pytest.fixture
def send(server: LiveServer) -> Sender:
    """Give a client of the server. Its account is key-1."""
    return Sender(server)


@pytest.fixture
def open_console(browser: Browser, server: LiveServer) -> Iterator[Open]:
    """Give a function that opens a screen.

    Fails if a page logs an error, which a breach of the security policy does, or if it uses
    another origin.
    """
    messages: list[str] = []
    origins: set[str] = set()
    context = browser.new_context()

    def open_page(at: str = "", *, scheme: str = "light", width: int = 1400, url: str = "") -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_default_timeout(15_000)
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda request: origins.add("/".join(request.url.split("/")[:3])))
        page.goto(f"{url or server.url}/_mock/{at}")
        return page

    yield open_page
    context.close()
    # A response that is no success is logged by the browser itself.
    assert [text for text in messages if "Failed to load resource" not in text] == []
    assert {origin for origin in origins if not origin.startswith("blob:")} <= {server.url}
