"""A bare Starlette application: what the framework costs before a mock does anything.

Takes one argument, a JSON array of routes, each `[method, path, status, size]`: a route reads
what is sent and answers with `size` bytes of JSON, encoded beforehand. It knows nothing of the
mock, but runs on the same event loop and the same parser, with the same things left out.
"""

from __future__ import annotations

import json
import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class BareServer(uvicorn.Server):
    """Uvicorn, printing a ready line once it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        assert sockets is not None
        host, port = sockets[0].getsockname()
        print(json.dumps({"ready": True, "url": f"http://{host}:{port}"}), flush=True)


def fixed_route(method: str, path: str, status: int, size: int) -> Route:
    """Return a route that always gives the same answer."""
    body = json.dumps("x" * (size - 2)).encode()

    async def answer(request: Request) -> Response:
        if method == "POST":
            await request.body()
        return Response(body, status, media_type="application/json")

    return Route(path, answer, methods=[method])


def main() -> None:
    """Serve on any free port until stopped."""
    config = uvicorn.Config(
        Starlette(routes=[fixed_route(*each) for each in json.loads(sys.argv[1])]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
    )
    BareServer(config).run([socket.create_server(("127.0.0.1", 0), backlog=2048)])


if __name__ == "__main__":
    main()
