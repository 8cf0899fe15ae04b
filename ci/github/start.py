"""Start the mock server in the background, and wait until it accepts connections.

The runner ends the server with the job: it ends every process that a step has left behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from runner import (
    environment_without_inputs,
    fail,
    read_input,
    read_words,
    set_output,
    without_commands,
    work_folder,
)

READY_SECONDS = 30.0
"""How long the start of the server may take. It takes a second."""


def start(folder: Path, options: list[str], key: str) -> subprocess.Popen[bytes]:
    """Start the server, with its log in `folder`."""
    environment = environment_without_inputs()
    if key:
        # Not as an option: every user of the machine can read the arguments of a process.
        environment["SEEDANCE_MOCK_KEYS"] = key
    command = ["seedance-mock", "serve", "--port", "0", "--ready-file", str(folder / "ready.json")]
    with (folder / "server.log").open("wb") as log:
        # A session of its own: the end of this step is not the end of the server.
        return subprocess.Popen(
            [*command, *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> str:
    """Return the URL of the server once it accepts connections."""
    deadline = time.monotonic() + READY_SECONDS
    while not (folder / "ready.json").exists():
        if server.poll() is not None:
            with without_commands():
                print((folder / "server.log").read_text(errors="replace"))
            fail(f"The server ended with exit code {server.returncode}. Its log is in this step.")
        if time.monotonic() > deadline:
            server.kill()
            fail(f"The server was not ready within {READY_SECONDS:g} s.")
        time.sleep(0.05)
    url: str = json.loads((folder / "ready.json").read_text())["url"]
    return url


def made_up_key() -> str:
    """Return a key that no other job uses."""
    run, attempt = os.environ.get("GITHUB_RUN_ID", "0"), os.environ.get("GITHUB_RUN_ATTEMPT", "1")
    return f"sk-ci-{run}-{attempt}"


def main() -> None:
    """Start a server, and set the outputs of the step."""
    work_folder().mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="server-", dir=work_folder()))
    key = read_input("key")
    server = start(folder, read_words("options"), key)
    (folder / "pid").write_text(f"{server.pid}\n")
    url = wait_until_ready(server, folder)
    key = key or made_up_key()
    set_output("url", url)
    set_output("key", key)
    set_output("pid", server.pid)
    set_output("log", folder / "server.log")
    print(f"The mock server listens on {url}. An API key is {key}.")


if __name__ == "__main__":
    main()
