"""The announcement of a server that is ready: a line of JSON, a text for people, a file."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path

from seedance_mock.web.control import CONTROL_PREFIX

logger = logging.getLogger("seedance_mock.server")

READY_FORMATS = ("text", "json")
"""The formats of the announcement on standard output: for a person, and for a script."""


def ready_line(url: str) -> str:
    """Return the ready line, a JSON object, with its line end."""
    return json.dumps({"ready": True, "url": url}) + "\n"


def ready_text(url: str, key: str | None, *, control: bool) -> str:
    """Return what a person needs to use the server.

    Args:
        url: the URL of the server.
        key: an API key that the server accepts; None if it accepts the chosen keys only, which
            are secrets.
        control: whether the server has the control API, and so the console.
    """
    keys = (
        "one of the keys in --key" if key is None else f"{key}, or any other that begins with sk-"
    )
    header = "" if key is None else f" -H 'Authorization: Bearer {key}'"
    lines = [
        "The mock of the Seedance API is running. Ctrl-C stops it.",
        "",
        f"  API          {url}",
        f"  API key      {keys}",
        *([f"  console      {url}{CONTROL_PREFIX}/"] if control else []),
        f"  try it       curl {url}/v1/models{header}",
        "",
    ]
    return "\n".join(lines) + "\n"


def announce(announcement: str, ready_line: str, ready_file: Path | None) -> None:
    """Print an announcement, and write the ready line to `ready_file` if there is one.

    Raises OSError, with the place that cannot be written as its `filename`.
    """
    if ready_file is not None:
        write_ready_file(ready_file, ready_line)
    try:
        print(announcement, end="", flush=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from None


def write_ready_file(path: Path, line: str) -> None:
    """Write a line to a file, so that a reader sees all of it or nothing.

    A FIFO or a device is written to and never replaced. A symbolic link stays; its target is
    written. Raises OSError, with the path as its `filename`.
    """
    if path.exists() and not path.is_file():
        # Opening a FIFO waits for its reader, which may be the next step of the script that waits
        # for this server. A daemon, because the reader may never come.
        threading.Thread(target=_write_stream, args=(path, line), daemon=True).start()
        return
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        try:
            with draft.open("x") as file:
                file.write(line)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write_stream(path: Path, line: str) -> None:
    try:
        # Not `write_text`, which would create a regular file if the FIFO has gone.
        descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY)
        with open(descriptor, "w") as stream:
            stream.write(line)
    except OSError as error:
        logger.warning("The ready line cannot be written to %s: %s", path, error.strerror)


def is_terminal(name: str) -> bool:
    """Return whether a standard stream, such as "stdout", is a terminal."""
    # A stream is None if the process was started with its descriptor closed.
    stream = getattr(sys, name)
    return stream is not None and stream.isatty()
