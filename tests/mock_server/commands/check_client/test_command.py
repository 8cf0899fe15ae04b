"""`check-client` with small clients: one that waits, one that does not, and wrong options."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from seedance_mock.commands.check_client import run

from .conftest import (
    BASELINE,
    GOOD,
    HURRIED,
    CheckClient,
)


def test_a_good_client_conforms(check_client: CheckClient) -> None:
    ended = check_client(client=GOOD)

    assert ended.exit_code == 0, ended.output
    assert "2 PASS" in ended.stdout
    assert "1 UNSUPPORTED" in ended.stdout
    assert ended.stderr.startswith("3 cases, 3 at a time: at most 1 min 4 s, apart from the starts")
    assert "[3/3]" in ended.stderr


def test_quiet_prints_only_the_verdicts(check_client: CheckClient) -> None:
    ended = check_client("--quiet", client=GOOD)

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert "2 PASS" in ended.stdout
    assert len(ended.stdout.splitlines()) == 1


def test_a_hurried_client_does_not_conform(check_client: CheckClient) -> None:
    ended = check_client("--case", "POLL-91", "--name", "hasty", client=HURRIED)

    assert ended.exit_code == 1
    assert "at least 1 s" in ended.stdout
    command = f"seedance-mock check-client --case POLL-91 -- {sys.executable} client.py --hurry\n"
    assert command in ended.stdout
    assert "hasty: 1 FAIL in " in ended.stdout
    assert "confirming  POLL-91" in ended.stderr


def test_cases_are_listed(check_client: CheckClient) -> None:
    assert (
        check_client("--list", "--core").stdout
        == "POLL Things\n  POLL-92: It works. (MUST, core)\n"
    )
    rows = json.loads(check_client("--list", "--profile", "safe", "--json", "-").stdout)
    assert [row["id"] for row in rows] == ["POLL-91"]


def test_a_client_of_another_dialect_has_its_cases(check_client: CheckClient) -> None:
    ended = check_client("--dialect", "v3", "--json", "-", client=GOOD)

    report = json.loads(ended.stdout)
    assert [(row["id"], row["verdict"]) for row in report["results"]] == [("V3-91", "PASS")]
    assert report["results"][0]["evidence"]["exchanges"][0]["status"] == 200
    assert [(status["reached"], status["not_run"]) for status in report["profiles"]] == [
        (True, 0)
    ] * 3
    assert report["options"]["dialect"] == "v3"


@pytest.mark.parametrize(
    ("options", "client", "message"),
    [
        (["--case", "POLL-99"], GOOD, "no case matches POLL-99; did you mean POLL-92?"),
        (["--group", "xyz"], GOOD, "no group is named xyz"),
        (["--level", "MAYBE"], GOOD, "'MAYBE' is not one of 'must', 'should', 'may', 'info'"),
        (["--core", "--group", "CAN"], GOOD, "no core case meets all these conditions"),
        (["--write-baseline", "nowhere/b.toml"], GOOD, "there is no folder nowhere"),
        (["--html", "nowhere/r.html"], GOOD, "--html nowhere/r.html: there is no folder nowhere"),
        (["--env", "BASE"], GOOD, "--env needs NAME=VALUE"),
        (["--arg", "{durations}"], GOOD, "did you mean {duration}?"),
        ([], (), "give the command of the client after --"),
        ([], ("no-such-program",), "there is no program no-such-program"),
        (["--pull"], GOOD, "--pull takes no command"),
        (["--pull", "--arg", "{prompt}"], (), "--env and --arg need a command"),
        (["--regrade", "stale.toml"], GOOD, "--regrade takes no command"),
        (["--quiet", "--verbose"], GOOD, "--quiet and --verbose exclude each other"),
        (["--json", "-", "--html", "-"], GOOD, "--json and --html cannot both go to standard"),
        (["--baseline", "latin-1.toml"], GOOD, "latin-1.toml is not UTF-8"),
        (["--baseline", "empty.toml"], GOOD, "empty.toml: entry 1 of [[expect]]: it needs case"),
        (["--baseline", "stale.toml"], GOOD, "stale.toml: there is no case POLL-99"),
        (["--regrade", "stale.toml"], (), "is not JSON"),
        (["--jobs", "0"], GOOD, "--jobs"),
        (["--case", "V3-91"], GOOD, "these are cases of --dialect v3"),
        (["--dialect", "v3", "--group", "POLL"], GOOD, "these are cases of --dialect v1"),
    ],
)
def test_a_wrong_option_exits_with_2(
    options: list[str],
    client: tuple[str, ...],
    message: str,
    check_client: CheckClient,
    tmp_path: Path,
) -> None:
    (tmp_path / "stale.toml").write_text(BASELINE.replace("POLL-91", "POLL-99"))
    (tmp_path / "empty.toml").write_text("[[expect]]\n")
    (tmp_path / "latin-1.toml").write_text("# café", encoding="latin-1")

    ended = check_client(*options, client=client)

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert message in ended.stderr


def test_a_kit_that_cannot_listen_exits_with_3(
    check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(*_: object) -> None:
        raise OSError("no free port")

    monkeypatch.setattr("seedance_mock.arena.mock.listen", listen)

    ended = check_client(client=GOOD)

    assert (ended.exit_code, "Error: no free port\n" in ended.stderr) == (3, True)


@pytest.fixture
def faketime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a `faketime` that runs its command in real time."""
    program = tmp_path / "faketime"
    program.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("faketime")
@pytest.mark.parametrize(("works", "has_notice"), [(False, True), (True, False)])
def test_a_missing_libfaketime_is_reported(
    works: bool, has_notice: bool, check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "warp_works", lambda rate: works)

    ended = check_client("--case", "CAN-91", "--warp", "20", client=("sh", "-c", "exit 127"))

    assert ended.exit_code == 0, ended.output
    assert ("no time is warped" in ended.stderr) == has_notice


def test_cases_are_selected_by_level(check_client: CheckClient) -> None:
    assert "POLL-91" in check_client("--list", "--level", "must").stdout
    ended = check_client("--level", "MUST", "--group", "CAN", "--verbose", client=GOOD)
    assert (ended.exit_code, "CAN-91" in ended.stdout) == (0, True)
