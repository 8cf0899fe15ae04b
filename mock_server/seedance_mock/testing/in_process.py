"""The mock in this process, without a socket. It serves the real host and no other.

from seedance_mock.testing import InProcess, MockTransport    # Httpx2MockTransport for httpx2

with InProcess() as mock, httpx.Client(transport=MockTransport(mock)) as client:
    client.get("https://api.tokenlab.sh/v1/models")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from seedance_contract.declared.routes import BASE_URL
from seedance_mock.domain.clock import Clock, wall_time
from seedance_mock.settings import MEMORY, Settings
from seedance_mock.testing.asgi_call import DEFAULT_PORTS, AsgiCall, AsgiRequest, fetch
from seedance_mock.testing.control_client import Control, ControlError
from seedance_mock.testing.fixtures import new_key
from seedance_mock.testing.loop_thread import LoopThread
from seedance_mock.web.app import MockApp, create_app
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.origins import other_origin

CONTROL_ORIGIN = "http://testserver"
"""The origin of the control API. Its guard accepts local host names only, and this is one."""

Origin = tuple[str, str | None, int | None]
"""The scheme, the host and the port of a URL."""


def origin_of(url: str) -> Origin:
    """Return the origin of a URL, with the default port of its scheme if the URL has no port."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)


API_ORIGINS = frozenset(map(origin_of, (BASE_URL, other_origin(BASE_URL))))
"""The origins that every mock in this process serves. Words such as `stray` use the second one."""


class UnexpectedHost(AssertionError):
    """A request was about to leave this process.

    It is an AssertionError and no OSError or error of an HTTP client, so that the code under test
    does not catch it and retry.
    """

    def __init__(self, method: str, url: str) -> None:
        # The message names the host only: user info, path and query may contain secrets.
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        super().__init__(
            f"{method} {parts.scheme}://{host} would leave this process; "
            f"the mock serves {BASE_URL} only"
        )


class InProcess:
    """A new mock in this process. Its application runs on an event loop of its own.

    Args:
        settings: the settings of the mock; the defaults if None.
        clock: returns the time in seconds since the Unix epoch. By default that is the time of this
            process, which is frozen in a test that freezes the time.
    """

    url = BASE_URL
    """The URL at which clients expect the API."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = wall_time) -> None:
        settings = self._settings = settings or Settings()
        self.app: MockApp = create_app(settings, clock=clock)
        self.loop = LoopThread()
        self.control: Control = InProcessControl(self.app, self.loop)
        self.origins = API_ORIGINS | {origin_of(settings.public_url or BASE_URL)}

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
        """Close the store, and stop the event loop and its thread."""
        # A loop that was never used has no thread yet, and the memory needs none to be closed.
        if self._settings.store != MEMORY:
            self.loop.run(self.app.close())
        self.loop.close()

    def key(self, words: str = "") -> str:
        """Return a new API key. Its account behaves as `words` describe.

        Raises WordError for an unknown word.
        """
        return new_key(words)

    def asgi_call(self, request: AsgiRequest) -> AsgiCall:
        """Return the call for a request of a client.

        Raises UnexpectedHost for a host that this mock does not serve.
        """
        if origin_of(request.url) not in self.origins:
            raise UnexpectedHost(request.method, request.url)
        return AsgiCall(self.app, request)


class InProcessControl(Control):
    """The control API of a mock in this process. It calls the application without a socket."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        super().__init__(CONTROL_ORIGIN)
        self._app = app
        self._loop = loop

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Call the control API and return the JSON body of the response."""
        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        data = b"" if body is None else json.dumps(body).encode()
        url = f"{CONTROL_ORIGIN}{CONTROL_PREFIX}{path}"
        request = AsgiRequest(method=method, url=url, headers=headers, body=data)
        head, data = self._loop.run(fetch(self._app, request))
        response = json.loads(data)
        if head.status >= 400:
            raise ControlError(head.status, response["error"]["message"])
        return response
