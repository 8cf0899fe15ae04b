"""`check-client` with small clients: one that waits, one that hurries, and some that are odd."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from click.testing import CliRunner, Result
from junitparser import Failure, JUnitXml

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.client.record import Record
from seedance_contract.client.scene import Check, Need, Scene
from seedance_contract.declared.sources import page
from seedance_contract.reports.report import schema
from seedance_mock.commands import client_run
from seedance_mock.commands.main import main

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")

CLIENT = """
import json, os, sys, time, urllib.error, urllib.request

if json.loads(os.environ["KIT_JOB"])["action"] != "generate":
    sys.exit(127)


def call(path, body=None):
    headers = {"Authorization": "Bearer " + os.environ["TOKENLAB_API_KEY"]}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["TOKENLAB_BASE_URL"] + path, data, headers)
    return json.load(urllib.request.urlopen(request, timeout=30))


task = call("/v1/videos/generations", json.loads(os.environ["KIT_JOB"])["request"])
while task["status"] in ("pending", "processing"):
    try:
        task = call(task["poll_url"])
    except urllib.error.HTTPError as error:
        time.sleep(0 if "--hurry" in sys.argv else float(error.headers["Retry-After"]))
print(json.dumps({"kit": 1, "outcome": task["status"]}))
"""


def waits(record: Record) -> None:
    """Judge that the poll after a 429 waits a second."""
    for one, _, gap in record.gaps(record.polls):
        if one.status == 429 and gap < 0.95:
            raise Mismatch("at least 1 s", f"{gap:.2f} s")


def anything(record: Record) -> None:
    """Judge nothing."""


def made(name: str, judge: Callable[[Record], None], **members: Any) -> Scene:
    """Return a scene with one check."""
    case = Case(
        id=name,
        group=f"{name.partition('-')[0]} Things",
        level=Level.MUST,
        requirement="It works.",
        source=page("here"),
    )
    check = Check(id="works", level=Level.MUST, says="It works.", judge=judge, timed=True)
    return Scene(**{"case": case, "script": "", "checks": (check,), **members})


SCENES = (
    made("POLL-91", waits, script="poll-429 retry-1s", safe=True),
    made("POLL-92", anything, core=True),
    made("CAN-91", anything, job={"action": "cancel"}, needs=frozenset({Need.ACTION})),
)

Check_ = Callable[..., Result]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check_:
    """Give a function that runs `check-client` on a small catalogue, and on a client if named."""
    monkeypatch.setattr(client_run, "SCENES", SCENES)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "client.py").write_text(CLIENT)

    def run(*options: str, client: tuple[str, ...] = ()) -> Result:
        command = ["--", *client] if client else []
        return CliRunner().invoke(main, ["check-client", *options, *command])

    return run


GOOD = (sys.executable, "client.py")
HURRIED = (*GOOD, "--hurry")


def test_a_good_client_conforms(check: Check_) -> None:
    done = check(client=GOOD)

    assert done.exit_code == 0, done.output
    assert "2 PASS" in done.stdout
    assert "1 UNSUPPORTED" in done.stdout
    assert "SAFE: reached: it wastes no money and gives no secret away\n" in done.stdout
    assert "[3/3]" in done.stderr


def test_a_hurried_client_does_not(check: Check_) -> None:
    done = check("--case", "POLL-91", "--name", "hasty", client=HURRIED)

    assert done.exit_code == 1
    assert "    expected: at least 1 s\n" in done.stdout
    again = f"seedance-mock check-client --case POLL-91 -- {sys.executable} client.py --hurry\n"
    assert f"  reproduce: {again}" in done.stdout
    assert "hasty: 1 FAIL in " in done.stdout
    assert "SAFE: not reached: POLL-91\n" in done.stdout


def test_reports_are_written(check: Check_, tmp_path: Path) -> None:
    names = {"json": "r.json", "junit": "r.xml", "markdown": "r.md"}
    files = [text for name, file in names.items() for text in (f"--{name}", file)]

    check("--case", "POLL-91", *files, client=HURRIED)

    report = json.loads((tmp_path / "r.json").read_text())
    jsonschema_rs.Draft202012Validator(schema()).validate(report)
    assert report["subject"] == " ".join(HURRIED)
    assert report["details"]["profiles"]["SAFE"]["reached"] is False
    [[case]] = JUnitXml.fromfile(str(tmp_path / "r.xml"))
    assert [type(one) for one in case.result] == [Failure]
    assert "| FAIL | POLL-91 |" in (tmp_path / "r.md").read_text()


def test_a_page_is_written(check: Check_, tmp_path: Path) -> None:
    check("--case", "CAN-91", "--name", "my <client>", "--html", "r.html", client=GOOD)

    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "my \\u003cclient\\u003e" in page


def test_a_report_can_be_graded_anew(check: Check_, monkeypatch: pytest.MonkeyPatch) -> None:
    check("--case", "POLL-9*", "--json", "r.json", "--name", "hasty", client=HURRIED)
    lenient = replace(SCENES[0], checks=(replace(SCENES[0].checks[0], judge=anything),))
    monkeypatch.setattr(client_run, "SCENES", (lenient, *SCENES[1:]))

    done = check("--regrade", "r.json", "--case", "POLL-91")

    assert done.exit_code == 0
    assert "hasty: 1 PASS in " in done.stdout


def test_a_report_without_the_case_cannot_be_graded_anew(check: Check_) -> None:
    check("--case", "POLL-92", "--json", "r.json", client=GOOD)

    done = check("--regrade", "r.json", "--case", "POLL-91")

    assert (done.exit_code, "r.json has none of these cases" in done.stderr) == (2, True)


def test_a_report_on_standard_output_stands_alone(check: Check_) -> None:
    done = check("--case", "POLL-92", "--json", "-", client=GOOD)

    assert json.loads(done.stdout)["verdicts"] == {"PASS": 1}
    assert "1 PASS in" in done.stderr


def test_cases_are_listed(check: Check_) -> None:
    assert check("--list", "--core").stdout == "POLL Things\n  POLL-92: It works. (MUST, core)\n"
    rows = json.loads(check("--list", "--profile", "safe", "--json", "-").stdout)
    assert [row["id"] for row in rows] == ["POLL-91"]


BASELINE = """
[[expect]]
case = "POLL-91"
check = "works"
reason = "known"
"""


@pytest.mark.parametrize(
    ("client", "code", "verdict"), [(HURRIED, 0, "1 XFAIL"), (GOOD, 1, "1 XPASS")]
)
def test_a_baseline_excuses_only_what_fails(
    client: tuple[str, ...], code: int, verdict: str, check: Check_, tmp_path: Path
) -> None:
    (tmp_path / "known.toml").write_text(BASELINE)

    done = check("--case", "POLL-91", "--baseline", "known.toml", client=client)

    assert (done.exit_code, verdict in done.stdout) == (code, True)


@pytest.mark.parametrize(
    ("options", "client", "complaint"),
    [
        (["--case", "POLL-99"], GOOD, "no case is called POLL-99; perhaps POLL-92 was meant"),
        (["--group", "xyz"], GOOD, "no group is called xyz\n"),
        (["--html", "nowhere/r.html"], GOOD, "--html nowhere/r.html: there is no folder nowhere"),
        (["--env", "BASE"], GOOD, "--env needs NAME=VALUE"),
        (["--arg", "{key}"], GOOD, "may have these fields"),
        ([], (), "the command of a client is needed"),
        ([], ("no-such-program",), "there is no program no-such-program"),
        (["--pull"], GOOD, "the client is not started from here"),
        (["--baseline", "stale.toml"], GOOD, "names what there is not: case POLL-99"),
        (["--regrade", "stale.toml"], (), "is not JSON"),
        (["--jobs", "0"], GOOD, "--jobs"),
    ],
)
def test_wrong_options_end_with_2(
    options: list[str], client: tuple[str, ...], complaint: str, check: Check_, tmp_path: Path
) -> None:
    (tmp_path / "stale.toml").write_text(BASELINE.replace("POLL-91", "POLL-99"))

    done = check(*options, client=client)

    assert (done.exit_code, done.stdout) == (2, "")
    assert complaint in done.stderr


@pytest.mark.parametrize("client", ["exit 1", "exit 0", "exit 127"])
def test_a_client_that_never_comes_ends_with_3(client: str, check: Check_) -> None:
    done = check("--case", "POLL-9*", client=("sh", "-c", client))

    assert done.exit_code == 3
    assert "The client never came." in done.stderr


def test_what_a_client_cannot_do_is_no_failure(check: Check_) -> None:
    assert check("--case", "CAN-91", client=GOOD).exit_code == 0


def test_a_kit_that_cannot_listen_ends_with_3(
    check: Check_, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object) -> None:
        raise OSError("no free port")

    monkeypatch.setattr("seedance_mock.arena.mock.listen", taken)

    done = check(client=GOOD)

    assert (done.exit_code, "The kit cannot work: no free port." in done.stderr) == (3, True)


def test_other_names_reach_the_client(check: Check_) -> None:
    script = 'exec "$PYTHON_PATH" client.py'
    options = [f"--env=PYTHON_PATH={sys.executable}", "--arg=--prompt={prompt}"]

    done = check("--case", "POLL-92", "--json", "-", *options, client=("sh", "-c", script))

    [result] = json.loads(done.stdout)["results"]
    assert result["verdict"] == "PASS"
    assert "'--arg=--prompt={prompt}'" in result["reproduce"]


def test_a_key_that_is_printed_is_nowhere_in_the_reports(check: Check_, tmp_path: Path) -> None:
    tell = """tell() { echo "$TOKENLAB_API_KEY"; printf %s "$TOKENLAB_API_KEY" | base64 -w 0; }"""
    client = f"{tell}; tell; tell >&2; exec {sys.executable} client.py --hurry"
    names = {name: f"r.{name}" for name in ("json", "junit", "markdown", "html")}
    files = [text for name, file in names.items() for text in (f"--{name}", file)]

    done = check("--case", "POLL-91", *files, client=("sh", "-c", client))

    told = {name: (tmp_path / file).read_text() for name, file in names.items()}
    [result] = json.loads(told["json"])["results"]
    assert (result["verdict"], result["evidence"]["leaks"]) == ("FAIL", ["stdout", "stderr"])
    assert all("POLL-91" in text for text in told.values())
    for text in (*told.values(), done.stdout, done.stderr):
        assert not re.search("sk-mock-|c2stbW9ja", text)


@pytest.mark.parametrize(("able", "notice"), [(False, True), (True, False)])
def test_warp_falls_back_with_a_notice(
    able: bool, notice: bool, check: Check_, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_run, "works", lambda rate: able)
    monkeypatch.setattr("seedance_contract.client.driver.warped", lambda rate: ())

    done = check("--case", "CAN-91", "--warp", "20", client=("sh", "-c", "exit 127"))

    assert ("time passes as usual" in done.stderr) == notice


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_a_stop_leaves_no_client_behind(sent: signal.Signals, tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/pid; exec sleep 60"
    command = [str(PROGRAM), "check-client", "--case", "POLL-17", "--", "sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kit:
        pid = int(awaited(tmp_path / "pid"))
        kit.send_signal(sent)
        _, told = kit.communicate(timeout=60)

    assert (kit.returncode, told) == (130, b"Stopped; every client has ended.\n")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def awaited(path: Path) -> str:
    """Return the text of a file once it is there."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path.read_text()


def test_clients_fetch_their_cases() -> None:
    command = [str(PROGRAM), "check-client", "--pull", "--case", "POLL-17", "--json", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kit:
        assert kit.stdout is not None
        url = json.loads(kit.stdout.readline())["url"]
        case = httpx2.get(f"{url}/_kit/next", timeout=60).json()
        outcome = {"kit": 1, "outcome": "unsupported"}
        httpx2.get(f"{case['base_url']}/v1/models")
        httpx2.post(f"{url}/_kit/outcome", json=outcome)
        told, _ = kit.communicate(timeout=60)

    [result] = json.loads(told)["results"]
    assert (kit.returncode, result["verdict"]) == (0, "UNSUPPORTED")
    assert result["reproduce"] == "seedance-mock check-client --case POLL-17 --pull"
