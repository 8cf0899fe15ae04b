"""What the tests of the fast path share."""

from __future__ import annotations

import pytest
import starlette.routing
from starlette.types import Receive, Scope, Send


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
