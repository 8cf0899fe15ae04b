"""A server that ends with its standard input."""

from __future__ import annotations

import os
import signal
import threading

READ_BYTES = 4_096


def stop_at_end_of_input(descriptor: int = 0) -> None:
    """Stop this process as SIGTERM does when a file, by default standard input, has ended.

    The other end of a pipe is closed when the process that holds it is gone, whatever its end was.
    """
    # Unlike the id of the parent, this works on Windows too, and through programs such as uvx or
    # docker that stay between the server and whoever has started it. Reading from a file can be
    # neither awaited nor interrupted everywhere, hence the thread.
    threading.Thread(target=_wait_for_end, args=(descriptor,), daemon=True).start()


def _wait_for_end(descriptor: int) -> None:
    try:
        while os.read(descriptor, READ_BYTES):
            pass
    except OSError:
        # It was closed from the start.
        pass
    signal.raise_signal(signal.SIGTERM)
