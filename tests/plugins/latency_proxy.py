"""A TCP proxy on this machine that makes a link slow: it delays bytes in both directions.

    python tests/plugins/latency_proxy.py 127.0.0.1:8000 --milliseconds 40

It prints the URL to use instead.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CHUNK_BYTES = 65_536


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    """Write what is read, each chunk after its delay and in order."""
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def read() -> None:
        chunk = b"unread"
        while chunk:
            try:
                chunk = await reader.read(CHUNK_BYTES)
            except OSError:
                chunk = b""
            chunks.put_nowait((loop.time() + seconds, chunk))

    reading = asyncio.create_task(read())
    try:
        while True:
            due_at, chunk = await chunks.get()
            await asyncio.sleep(due_at - loop.time())
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
    finally:
        reading.cancel()
        writer.close()


@dataclass(slots=True)
class _Proxy:
    """A proxy in an event loop of its own, with what another thread needs of it."""

    host: str
    port: int
    seconds: float
    is_listening: threading.Event = field(default_factory=threading.Event)
    own_port: int = 0
    loop: asyncio.AbstractEventLoop | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> None:
        server = await asyncio.start_server(self.connect, "127.0.0.1", 0)
        self.own_port = server.sockets[0].getsockname()[1]
        self.loop = asyncio.get_running_loop()
        self.is_listening.set()
        await self.stop.wait()
        server.close()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A connection takes a round trip of its own.
        await asyncio.sleep(self.seconds)
        target_reader, target_writer = await asyncio.open_connection(self.host, self.port)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                _forward(reader, target_writer, self.seconds / 2),
                _forward(target_reader, writer, self.seconds / 2),
                return_exceptions=True,
            )


@contextmanager
def latency_proxy(host: str, port: int, seconds: float) -> Iterator[str]:
    """Run a proxy that adds `seconds` to each round trip, and give its URL."""
    proxy = _Proxy(host, port, seconds)
    thread = threading.Thread(target=lambda: asyncio.run(proxy.serve()))
    thread.start()
    proxy.is_listening.wait()
    try:
        yield f"http://127.0.0.1:{proxy.own_port}"
    finally:
        assert proxy.loop is not None
        proxy.loop.call_soon_threadsafe(proxy.stop.set)
        thread.join()


def main() -> None:
    """Run a proxy until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A TCP proxy that makes a link slow.")
    parser.add_argument("target", help="host:port")
    parser.add_argument("--milliseconds", type=float, default=40)
    arguments = parser.parse_args()
    host, _, port = arguments.target.rpartition(":")
    with latency_proxy(host, int(port), arguments.milliseconds / 1000) as url:
        print(url, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
