"""How the program ends: full disks, closed pipes, signals, code pages, and faults of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seedance_contract.derived.openapi import openapi_document
from seedance_mock.commands.framework.exit_codes import (
    EXIT_CODE_MEANINGS,
    EXIT_CODES_OF_COMMANDS,
    ExitCode,
)
from seedance_mock.commands.framework.program import discard_unwritable_output
from seedance_mock.commands.main import COMMANDS, main

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")

Run = Callable[..., Result]

TEXT = "café 日本 \N{PERFORMING ARTS}"

REPORT = {
    "schema": 2,
    "kit": {"name": "seedance-mock", "version": "1"},
    "contract": {"version": "2.0"},
    "suite": "client",
    "subject": TEXT,
    "started": "2026-01-01T00:00:00Z",
    "seconds": 1,
    "interrupted": False,
    "options": {},
    "verdicts": {},
    "profiles": [],
    "causes": [],
    "details": {},
    "results": [],
}

PRINTING = {
    "check-client": ["--list"],
    "check-request": ["request.json"],
    "check-server": ["--list"],
    "completion": ["bash"],
    "diff": ["report.json", "report.json"],
    "drift": ["vendor.json"],
    "explain": ["POLL-17"],
    "openapi": [],
    "price": [],
    "report": ["report.json"],
    "rules": [],
    "store": ["--help"],
    "words": [],
}
"""Arguments with which each command but the server prints something and ends."""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files that the commands read, and make their folder the working directory."""
    request = {"model": "seedance-2.0", "prompt": TEXT}
    documents = {"request": request, "report": REPORT, "vendor": openapi_document()}
    for name, value in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    monkeypatch.chdir(tmp_path)


def start(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([PROGRAM, *arguments], timeout=60, check=False, **streams)


def test_every_command_is_tried() -> None:
    assert PRINTING.keys() | {"serve"} == COMMANDS.keys()


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], *([name, *PRINTING[name]] for name in PRINTING)],
    ids=lambda arguments: arguments[0],
)
def test_a_full_disk_is_a_message(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as ended:
            main.main(arguments)

    assert ended.value.code == 3
    assert capsys.readouterr().err == "Error: No space left on device\n"


def free_descriptor() -> int:
    """Return the number of the next file that is opened: the lowest free one."""
    with open(os.devnull) as file:
        return file.fileno()


def test_discarded_output_leaves_no_file_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w") as full:
        full.write(TEXT)
        monkeypatch.setattr(sys, "stdout", full)
        free = free_descriptor()

        discard_unwritable_output()

        assert free_descriptor() <= free


@pytest.mark.parametrize("arguments", [["--version"], ["serve", "--port", "0"]])
def test_a_full_disk_leaves_the_exit_code_of_the_process(arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        ended = start(*arguments, stdout=full)

    assert ended.returncode == 3
    [message] = ended.stderr.decode().splitlines()
    assert "No space left on device" in message


def test_errors_that_cannot_be_written_are_no_verdict() -> None:
    with open("/dev/full", "w") as full:
        assert start("nothing", stderr=full).returncode == 3


def test_a_reader_that_has_gone_is_no_verdict() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as pipe:
        ended = start("--version", stdout=pipe)

    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_closed_output_is_no_error() -> None:
    ended = subprocess.run(["sh", "-c", '"$0" --version >&-', PROGRAM], timeout=60, check=False)

    assert ended.returncode == 0


FOR_PROGRAMS = [
    ["check-client", "--list", "--json", "-"],
    ["check-request", "request.json", "--json"],
    ["diff", "report.json", "report.json", "--json"],
    ["drift", "vendor.json", "--all", "--json"],
    ["explain", "POLL-17", "--json"],
    ["openapi"],
    ["openapi", "--format", "yaml"],
    ["price", "--json"],
    ["report", "report.json", "--html", "-"],
    ["report", "report.json", "--junit", "-"],
    ["report", "report.json", "--markdown", "-"],
    ["rules", "--json"],
    ["words", "--json"],
]
"""Command lines whose output programs read."""


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("charset", ["ascii", "cp1252"])
@pytest.mark.parametrize("arguments", FOR_PROGRAMS, ids=" ".join)
def test_output_for_programs_is_utf_8(arguments: list[str], charset: str) -> None:
    ended = CliRunner(charset=charset).invoke(main, arguments)

    assert ended.stdout_bytes == CliRunner(charset="utf-8").invoke(main, arguments).stdout_bytes
    assert ended.stdout_bytes.decode("utf-8")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("charset", ["ascii", "cp1252"])
@pytest.mark.parametrize(
    "arguments",
    [["check-request", "request.json"], ["report", "report.json"], ["explain", TEXT], ["rules"]],
    ids=lambda arguments: arguments[0],
)
def test_output_for_people_suits_every_console(arguments: list[str], charset: str) -> None:
    ended = CliRunner(charset=charset).invoke(main, arguments)

    assert ended.exception is None or isinstance(ended.exception, SystemExit)
    assert ended.stdout_bytes + ended.stderr_bytes


@pytest.mark.parametrize(
    "console",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""},
    ],
    ids=["cp1252", "C"],
)
@pytest.mark.usefixtures("files")
def test_a_real_console_does_not_matter(console: dict[str, str]) -> None:
    environment = os.environ | console

    for_programs = start("check-request", "request.json", "--json", env=environment)
    for_people = start("check-request", "request.json", env=environment)

    assert json.loads(for_programs.stdout.decode("utf-8"))["prompt"] == TEXT
    assert (for_people.returncode, for_people.stderr) == (0, b"")


def fail(error: BaseException) -> Callable[..., None]:
    """Return a function that raises an error."""

    def function(*arguments: object) -> None:
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (OSError(28, "No space left on device", "/x/y"), 3, "No space left on device: /x/y\n"),
        (OSError("something else"), 3, "Error: something else\n"),
        (BrokenPipeError(), 141, ""),
        (ZeroDivisionError("of ours"), 3, "ZeroDivisionError: of ours\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_no_unexpected_end_is_a_verdict(
    error: BaseException, code: int, message: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedance_mock.scripting.words.describe_words", fail(error))

    ended = run("words", "busy")

    assert ended.exit_code == code
    assert ended.stderr.endswith(message)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nothing"], 2),
        (["words", "nothing"], 2),
        (["explain", "NOTHING-1"], 2),
        (["price", "--resolution", "8k"], 2),
        (["check-request", "no-such-file"], 2),
        (["drift", "no-such-file"], 2),
        (["diff", "no-such-file", "no-such-file"], 2),
        (["report", "no-such-file"], 2),
        (["check-client", "--case", "NOTHING-1"], 2),
        (["check-server", "--case", "nothing"], 2),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_wrong_usage_exits_with_2(arguments: list[str], code: int, run: Run) -> None:
    assert run(*arguments).exit_code == code


def test_every_exit_code_has_a_meaning() -> None:
    assert EXIT_CODE_MEANINGS.keys() == {*ExitCode}
    assert EXIT_CODES_OF_COMMANDS.keys() <= COMMANDS.keys()
