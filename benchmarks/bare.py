"""A bare Starlette application: the cost of the framework without the mock.

Takes one argument, a JSON array of routes, each `[method, path, status, size]`. A route reads the
request and responds with `size` bytes of JSON that are encoded in advance. The application does not
use the mock. It runs on the same event loop and parser, with the same options of uvicorn.
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
    """Uvicorn, which prints a line of JSON once it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the line."""
        await super().startup(sockets)
        assert sockets is not None
        host, port = sockets[0].getsockname()
        print(json.dumps({"ready": True, "url": f"http://{host}:{port}"}), flush=True)


def fixed_route(method: str, path: str, status: int, size: int) -> Route:
    """Return a route that always gives the same response."""
    # As long as the response of the mock, so that both write equally much.
    body = json.dumps("x" * (size - 2)).encode()

    # Starlette does not read the body by itself, and a mock has to.
    async def respond(request: Request) -> Response:
        if method == "POST":
            await request.body()
        return Response(body, status, media_type="application/json")

    return Route(path, respond, methods=[method])


def main() -> None:
    """Serve on any free port until stopped."""
    # The options that the mock uses, too. With the defaults (an access log, more headers) the ratio
    # would compare options instead of the mock and the framework.
    config = uvicorn.Config(
        Starlette(routes=[fixed_route(*arguments) for arguments in json.loads(sys.argv[1])]),
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
