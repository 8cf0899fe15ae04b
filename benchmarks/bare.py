"""A bare Starlette application: what the framework costs before a mock does anything.

Takes one argument, a JSON array of routes, each `[method, path, status, size]`: a route reads
what is sent and answers with `size` bytes of JSON, encoded beforehand. Only the listening is the
mock's, so that uvicorn is configured alike.
"""

from __future__ import annotations

import json
import sys
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seedance_mock import server


def route(method: str, path: str, status: int, size: int) -> Route:
    """Return a route that always gives the same answer."""
    body = json.dumps("x" * (size - 2)).encode()

    async def answer(request: Request) -> Response:
        if method == "POST":
            await request.body()
        return Response(body, status, media_type="application/json")

    return Route(path, answer, methods=[method])


def main() -> None:
    """Serve until stopped; the ready line tells where."""
    app = Starlette(routes=[route(*each) for each in json.loads(sys.argv[1])])
    listener = server.listen("127.0.0.1", 0)
    server.serve(app, listener, partial(server.announce, server.url_of(listener), None))


if __name__ == "__main__":
    main()
