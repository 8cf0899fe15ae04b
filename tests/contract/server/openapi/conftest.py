"""A server in a thread, and runs that take little time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from seedance_contract.server.openapi.cases import Depth
from seedance_mock.server import run as server

SHALLOW = Depth(examples=4, models=1, sampling_interval=40)
SHALLOWEST = Depth(examples=1, models=1, sampling_interval=1000)
KEY = "sk-faulty-1"


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI app on a free port in a thread. Give its URL."""
    listener = server.listen("127.0.0.1", 0)
    uvicorn_server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=uvicorn_server.run, args=([listener],))
    thread.start()
    try:
        yield server.url_for(listener)
    finally:
        uvicorn_server.should_exit = True
        thread.join()
