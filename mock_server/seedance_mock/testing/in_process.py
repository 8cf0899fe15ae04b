"""The mock in this process, without a socket: it answers for the real host, and for no other.

from seedance_mock.testing.httpx_transport import MockTransport      # or httpx2_transport

with InProcess() as mock, httpx.Client(transport=MockTransport(mock)) as client:
    client.get("https://api.tokenlab.sh/v1/models")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.types import ASGIApp

from seedance_contract.declared.routes import BASE_URL
from seedance_mock.domain.clock import Clock
from seedance_mock.settings import Settings
from seedance_mock.testing.asgi_call import PORTS, AsgiCall, AsgiRequest, fetch
from seedance_mock.testing.control_client import Control, ControlError
from seedance_mock.testing.fixtures import new_key
from seedance_mock.testing.loop_thread import LoopThread
from seedance_mock.web.app import create_app
from seedance_mock.web.serializers import other_origin

INSIDE = "http://testserver"
"""Where the control API is called: a name of this machine, as its guard demands."""


Origin = tuple[str, str | None, int | None]
"""The scheme, the host and the port of a URL."""


def origin_of(url: str) -> Origin:
    """Return the origin of a URL, its port also where the URL leaves it out."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


ORIGINS = frozenset(map(origin_of, (BASE_URL, other_origin(BASE_URL))))
"""What every mock in process answers for: words such as `stray` lead to the second one."""


class UnexpectedHost(AssertionError):
    """A request would have left this process.

    Neither OSError nor an error of an HTTP client, so that no retry of the code under test
    hides it. The message names the host only: what follows may be a secret.
    """

    def __init__(self, method: str, url: str) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        super().__init__(
            f"{method} {parts.scheme}://{host} would leave this process; "
            f"the mock answers for {BASE_URL} only"
        )


class InProcess:
    """A fresh mock in this process. Its application runs on an event loop of its own.

    Args:
        settings: the choices; the defaults where None.
        clock: seconds since the Unix epoch; the real time unless a test says otherwise.
    """

    url = BASE_URL
    """The URL at which clients expect the API."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time) -> None:
        settings = settings or Settings()
        self.app: Starlette = create_app(settings, clock=clock)
        self.loop = LoopThread()
        self.control: Control = InProcessControl(self.app, self.loop)
        self.origins = ORIGINS | {origin_of(settings.public_url or BASE_URL)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the thread of the event loop. What is stored stays."""
        self.loop.close()

    def key(self, words: str = "") -> str:
        """Return a new API key with its own account, which behaves as `words` say.

        Raises WordError for a word that means nothing.
        """
        return new_key(words)

    def call(self, asked: AsgiRequest) -> AsgiCall:
        """Return the call that a client of the real host makes; raise UnexpectedHost otherwise."""
        if origin_of(asked.url) not in self.origins:
            raise UnexpectedHost(asked.method, asked.url)
        return AsgiCall(self.app, asked)


class InProcessControl(Control):
    """The control API of a mock in this process."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        super().__init__(INSIDE)
        self._app = app
        self._loop = loop

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Call the control API, and return the JSON of its answer."""
        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        data = b"" if body is None else json.dumps(body).encode()
        asked = AsgiRequest(method=method, url=f"{INSIDE}/_mock{path}", headers=headers, body=data)
        head, answer = self._loop.run(fetch(self._app, asked))
        told = json.loads(answer)
        if head.status >= 400:
            raise ControlError(head.status, told["error"]["message"])
        return told
