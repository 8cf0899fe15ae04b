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
            chunk = await reader.read(CHUNK_BYTES)
            chunks.put_nowait((loop.time() + seconds, chunk))

    reading = asyncio.create_task(read())
    with suppress(OSError):
        while True:
            due_at, chunk = await chunks.get()
            await asyncio.sleep(due_at - loop.time())
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
    reading.cancel()
    writer.close()


async def _serve(host: str, port: int, seconds: float, listening: asyncio.Future[int]) -> None:
    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A connection takes a round trip of its own.
        await asyncio.sleep(seconds)
        target_reader, target_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(
            _forward(reader, target_writer, seconds / 2),
            _forward(target_reader, writer, seconds / 2),
            return_exceptions=True,
        )

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    async with server:
        listening.set_result(server.sockets[0].getsockname()[1])
        await server.serve_forever()


@contextmanager
def latency_proxy(host: str, port: int, seconds: float) -> Iterator[str]:
    """Run a proxy that adds `seconds` to each round trip, and give its URL."""
    loop = asyncio.new_event_loop()
    listening: asyncio.Future[int] = loop.create_future()
    is_listening = threading.Event()
    listening.add_done_callback(lambda future: is_listening.set())
    serving = loop.create_task(_serve(host, port, seconds, listening))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    is_listening.wait()
    try:
        yield f"http://127.0.0.1:{listening.result()}"
    finally:
        loop.call_soon_threadsafe(serving.cancel)
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
