"""A server that ends with its standard input."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from seedance_mock.server import run
from seedance_mock.server.standard_input import stop_at_end_of_input
from seedance_mock.web.app import create_app

PROGRAM = f"{sysconfig.get_path('scripts')}/seedance-mock"


def test_the_end_of_the_input_stops_the_server() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"input is ignored\n")
    events: list[str] = []

    def ready() -> None:
        events.append("ready")
        os.close(writer)

    stop_at_end_of_input(reader)
    run.serve(create_app(), [run.listen("127.0.0.1", 0)], ready)
    os.close(reader)

    assert events == ["ready"]


def test_a_closed_input_stops_the_server() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    events: list[str] = []

    def ready() -> None:
        events.append("ready")
        stop_at_end_of_input(reader)

    run.serve(create_app(), [run.listen("127.0.0.1", 0)], ready)

    assert events == ["ready"]


def test_a_program_that_is_killed_takes_its_server_along() -> None:
    # A shell stays between them, as uvx and docker do. Nobody signals the server.
    command = ["sh", "-c", '"$0" serve --port 0 --log-format none --exit-with-stdin; :', PROGRAM]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline().startswith('{"ready": true')

        process.stdin.close()

        assert process.stdout.read() == ""


@pytest.mark.parametrize(
    "options", [[], ["--workers", "2", "--store", "sqlite:mock.db"]], ids=["alone", "workers"]
)
def test_an_input_that_has_ended_stops_the_server(options: list[str], tmp_path: Path) -> None:
    command = [PROGRAM, "serve", "--port", "0", "--log-format", "none", "--exit-with-stdin"]

    process = subprocess.run(
        [*command, *options],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.startswith('{"ready": true')
