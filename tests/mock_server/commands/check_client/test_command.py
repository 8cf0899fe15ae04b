"""`check-client` with small clients: one that waits, one that does not, and unusual ones."""

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

from seedance_contract.case import Case, Group, Level, Mismatch
from seedance_contract.client.client_case import ClientCase, ClientCheck, Need
from seedance_contract.client.record import Record
from seedance_contract.declared.sources import page
from seedance_contract.reports.report_json import report_schema
from seedance_mock.commands.check_client import run
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

LEAKY_CLIENT = """
import base64, os, runpy, sys

key = os.environ["TOKENLAB_API_KEY"]
for stream in (sys.stdout, sys.stderr):
    print(key, base64.b64encode(key.encode()).decode(), file=stream, flush=True)
runpy.run_path("client.py", run_name="__main__")
"""


def waits_out_retry_after(record: Record) -> None:
    """Require a second between a 429 and the next poll."""
    for poll, _, gap in record.gaps(record.polls):
        if poll.status == 429 and gap < 0.95:
            raise Mismatch("at least 1 s", f"{gap:.2f} s")


def passes(record: Record) -> None:
    """Require nothing."""


def client_case(name: str, evaluate: Callable[[Record], None], **fields: Any) -> ClientCase:
    """Return a case with one check."""
    prefix = name.partition("-")[0]
    group = Group(name=prefix.lower(), prefix=prefix, title=f"{prefix} Things")
    case = Case(
        id=name,
        group=group.title,
        level=Level.MUST,
        requirement="It works.",
        source=page("here"),
    )
    check = ClientCheck(
        id="works", level=Level.MUST, requirement="It works.", evaluate=evaluate, timed=True
    )
    return ClientCase(**{"case": case, "group": group, "script": "", "checks": (check,), **fields})


CASES = (
    client_case("POLL-91", waits_out_retry_after, script="poll-429 retry-1s", safe=True),
    client_case("POLL-92", passes, core=True),
    client_case("CAN-91", passes, job={"action": "cancel"}, needs=frozenset({Need.ACTION})),
)

CheckClient = Callable[..., Result]


@pytest.fixture
def check_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckClient:
    """Give a function that runs `check-client` on the small catalogue above."""
    monkeypatch.setattr(run, "CASES", CASES)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "client.py").write_text(CLIENT)
    (tmp_path / "leaky.py").write_text(LEAKY_CLIENT)

    def run_program(*options: str, client: tuple[str, ...] = ()) -> Result:
        command = ["--", *client] if client else []
        return CliRunner().invoke(main, ["check-client", *options, *command])

    return run_program


GOOD = (sys.executable, "client.py")
HURRIED = (*GOOD, "--hurry")


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


def test_reports_are_written(check_client: CheckClient, tmp_path: Path) -> None:
    names = {"json": "r.json", "junit": "r.xml", "markdown": "r.md"}
    options = [text for name, file in names.items() for text in (f"--{name}", file)]

    check_client("--case", "POLL-91", *options, client=HURRIED)

    report = json.loads((tmp_path / "r.json").read_text())
    jsonschema_rs.Draft202012Validator(report_schema()).validate(report)
    assert report["subject"] == " ".join(HURRIED)
    assert [status["reached"] for status in report["profiles"]] == [False, False, False]
    [[case]] = JUnitXml.fromfile(str(tmp_path / "r.xml"))
    assert [type(result) for result in case.result] == [Failure]
    assert "POLL-91" in (tmp_path / "r.md").read_text()


def test_a_page_is_written(check_client: CheckClient, tmp_path: Path) -> None:
    check_client("--case", "CAN-91", "--name", "my <client>", "--html", "r.html", client=GOOD)

    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "my \\u003cclient\\u003e" in page


def test_a_report_is_graded_again(
    check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_client("--case", "POLL-9*", "--json", "r.json", "--name", "hasty", client=HURRIED)
    lenient = replace(CASES[0], checks=(replace(CASES[0].checks[0], evaluate=passes),))
    monkeypatch.setattr(run, "CASES", (lenient, *CASES[1:]))

    ended = check_client("--regrade", "r.json", "--case", "POLL-91")

    assert ended.exit_code == 0
    assert "hasty: 1 PASS in " in ended.stdout


def test_a_partial_report_stays_partial(check_client: CheckClient, tmp_path: Path) -> None:
    check_client("--case", "POLL-92", "--json", "r.json", client=GOOD)
    report = json.loads((tmp_path / "r.json").read_text())
    (tmp_path / "r.json").write_text(json.dumps({**report, "interrupted": True}))

    ended = check_client("--regrade", "r.json")

    assert ended.exit_code == 130
    assert "1 PASS in 0.0 s; interrupted" in ended.stdout


def test_a_report_that_cannot_be_written_exits_with_3(check_client: CheckClient) -> None:
    ended = check_client("--case", "POLL-92", "--junit", "/dev/full", client=GOOD)

    assert ended.exit_code == 3
    assert "cannot write --junit /dev/full: No space left on device" in ended.stderr
    assert "1 PASS in" in ended.stdout


def test_a_report_without_the_case_is_an_error(check_client: CheckClient) -> None:
    check_client("--case", "POLL-92", "--json", "r.json", client=GOOD)

    ended = check_client("--regrade", "r.json", "--case", "POLL-91")

    assert ended.exit_code == 2
    assert "r.json has no result of the selected cases" in ended.stderr


@pytest.mark.parametrize(
    ("option", "start", "end"),
    [
        ("--json", "{", "}\n"),
        ("--junit", "<", "</testsuites>\n"),
        ("--markdown", "### ", "\n"),
        ("--html", "<!doctype html>", "</html>\n"),
    ],
)
def test_a_report_on_standard_output_stands_alone(
    option: str, start: str, end: str, check_client: CheckClient
) -> None:
    ended = check_client("--case", "POLL-92", option, "-", client=GOOD)

    assert ended.stdout.startswith(start)
    assert ended.stdout.endswith(end)
    assert "1 PASS in" in ended.stderr


def test_cases_are_listed(check_client: CheckClient) -> None:
    assert (
        check_client("--list", "--core").stdout
        == "POLL Things\n  POLL-92: It works. (MUST, core)\n"
    )
    rows = json.loads(check_client("--list", "--profile", "safe", "--json", "-").stdout)
    assert [row["id"] for row in rows] == ["POLL-91"]


BASELINE = """
[[expect]]
case = "POLL-91"
check = "works"
reason = "known"
"""


@pytest.mark.parametrize(
    ("client", "exit_code", "verdict"), [(HURRIED, 0, "1 XFAIL"), (GOOD, 1, "1 XPASS")]
)
def test_a_baseline_excuses_only_failures(
    client: tuple[str, ...],
    exit_code: int,
    verdict: str,
    check_client: CheckClient,
    tmp_path: Path,
) -> None:
    (tmp_path / "known.toml").write_text(BASELINE)

    ended = check_client("--case", "POLL-91", "--baseline", "known.toml", client=client)

    assert (ended.exit_code, verdict in ended.stdout) == (exit_code, True)


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


def test_a_proxy_does_not_get_the_requests(
    check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        # Nothing listens there.
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    ended = check_client("--case", "POLL-92", client=GOOD)

    assert ended.exit_code == 0, ended.output


@pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy"])
def test_a_proxy_may_be_why_no_request_came(
    name: str, check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")

    ended = check_client("--case", "POLL-92", client=("sh", "-c", "exit 1"))

    assert f"{name} is set: does the client respect NO_PROXY" in ended.stderr


@pytest.mark.parametrize("script", ["exit 1", "exit 0", "exit 127"])
def test_a_client_without_requests_exits_with_3(script: str, check_client: CheckClient) -> None:
    ended = check_client("--case", "POLL-9*", client=("sh", "-c", script))

    assert ended.exit_code == 3
    assert "The client sent no request." in ended.stderr


def test_an_unsupported_job_is_not_a_failure(check_client: CheckClient) -> None:
    assert check_client("--case", "CAN-91", client=GOOD).exit_code == 0


def test_a_kit_that_cannot_listen_exits_with_3(
    check_client: CheckClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(*_: object) -> None:
        raise OSError("no free port")

    monkeypatch.setattr("seedance_mock.arena.mock.listen", listen)

    ended = check_client(client=GOOD)

    assert (ended.exit_code, "Error: no free port\n" in ended.stderr) == (3, True)


def test_variables_and_arguments_reach_the_client(check_client: CheckClient) -> None:
    script = 'exec "$PYTHON_PATH" client.py'
    options = [f"--env=PYTHON_PATH={sys.executable}", "--arg=--prompt={prompt}"]

    ended = check_client("--case", "POLL-92", "--json", "-", *options, client=("sh", "-c", script))

    [result] = json.loads(ended.stdout)["results"]
    assert result["verdict"] == "PASS"
    assert "'--arg=--prompt={prompt}'" in result["reproduce"]


def test_a_printed_key_is_in_no_report(check_client: CheckClient, tmp_path: Path) -> None:
    names = {name: f"r.{name}" for name in ("json", "junit", "markdown", "html")}
    options = [text for name, file in names.items() for text in (f"--{name}", file)]

    ended = check_client(
        "--case", "POLL-91", *options, client=(sys.executable, "leaky.py", "--hurry")
    )

    reports = {name: (tmp_path / file).read_text() for name, file in names.items()}
    [result] = json.loads(reports["json"])["results"]
    assert (result["verdict"], result["evidence"]["leaks"]) == ("FAIL", ["stdout", "stderr"])
    assert all("POLL-91" in text for text in reports.values())
    for text in (*reports.values(), ended.stdout, ended.stderr):
        # The second pattern is the start of "sk-mock" in base64.
        assert not re.search("sk-mock-|c2stbW9ja", text)


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_a_signal_ends_every_client_and_leaves_a_partial_report(
    number: signal.Signals, tmp_path: Path
) -> None:
    script = f"echo $$ > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/pid; exec sleep 60"
    options = ["--case", "POLL-17", "--json", str(tmp_path / "r.json")]
    command = [str(PROGRAM), "check-client", *options, "--", "sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kit:
        pid = int(wait_for_text(tmp_path / "pid"))
        kit.send_signal(number)
        stdout, stderr = kit.communicate(timeout=60)

    assert kit.returncode == 130
    assert stderr.decode().splitlines()[-1] == "Interrupted; every client has ended."
    assert b"; interrupted: not every selected case was run\n" in stdout
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["interrupted"], report["results"]) == (True, [])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def wait_for_text(path: Path) -> str:
    """Return the text of a file when it exists."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path.read_text()


def test_a_client_can_fetch_its_cases() -> None:
    command = [str(PROGRAM), "check-client", "--pull", "--case", "POLL-17", "--json", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kit:
        assert kit.stdout is not None
        url = json.loads(kit.stdout.readline())["url"]
        case = httpx2.get(f"{url}/_kit/next", timeout=60).json()
        outcome = {"kit": 1, "outcome": "unsupported"}
        httpx2.get(f"{case['base_url']}/v1/models")
        httpx2.post(f"{url}/_kit/outcome", json=outcome)
        stdout, _ = kit.communicate(timeout=60)

    [result] = json.loads(stdout)["results"]
    assert (kit.returncode, result["verdict"]) == (0, "UNSUPPORTED")
    assert result["reproduce"] == "seedance-mock check-client --case POLL-17 --pull --idle 30"


ORDINARY_CLIENT = """
import argparse, json, urllib.request

parser = argparse.ArgumentParser()
for name in ("url", "key", "prompt", "seconds", "output"):
    parser.add_argument(f"--{name}")
options = parser.parse_args()


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Authorization": f"Bearer {options.key}"})
    return urllib.request.urlopen(request, timeout=30).read()


request = {"model": "seedance-2.0", "operation": "text-to-video", "prompt": options.prompt}
request |= {"duration": int(options.seconds or 8), "resolution": "720p"}
task = json.loads(call(options.url + "/v1/videos/generations", request))
while task["status"] in ("pending", "processing"):
    task = json.loads(call(options.url + task["poll_url"]))
if options.output:
    with open(options.output, "wb") as file:
        file.write(call(task["video_url"]))
"""

ORDINARY_FIELDS = ("--arg=--url={base_url}", "--arg=--key={api_key}", "--arg=--prompt={prompt}")


@pytest.mark.parametrize(
    ("fields", "verdicts"),
    [
        ((), {"REQ-02": "UNEXERCISED", "DL-01": "UNEXERCISED", "SEC-01": "UNEXERCISED"}),
        (
            ("--arg=--seconds={duration}",),
            {"REQ-02": "UNEXERCISED", "DL-01": "UNEXERCISED", "SEC-01": "UNEXERCISED"},
        ),
        (
            ("--arg=--output={download_to}",),
            {"REQ-02": "UNEXERCISED", "DL-01": "PASS", "SEC-01": "FAIL"},
        ),
    ],
    ids=["prompt", "duration", "download"],
)
def test_an_ordinary_client_fails_only_for_what_it_was_told(
    fields: tuple[str, ...], verdicts: dict[str, str], tmp_path: Path
) -> None:
    client = tmp_path / "ordinary.py"
    client.write_text(ORDINARY_CLIENT)
    options = [f"--case={name}" for name in verdicts]
    command = ["check-client", *options, "--json", "-", *ORDINARY_FIELDS, *fields]

    ended = CliRunner().invoke(main, [*command, "--", sys.executable, str(client)])

    report = json.loads(ended.stdout)
    assert {result["id"]: result["verdict"] for result in report["results"]} == verdicts
    assert report["options"]["arguments"][0] == "--url={base_url}"


def test_a_silent_client_ends_the_run_with_one_message(
    check_client: CheckClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        run, "CASES", tuple(client_case(f"POLL-{number}", passes) for number in range(10, 60))
    )

    ended = check_client(
        "--jobs", "1", "--json", "r.json", client=("sh", "-c", "echo 'No \x1b[2J url' >&2; exit 3")
    )

    assert ended.exit_code == 3
    [*progress, hint, status, output] = ended.stderr.splitlines()
    assert len(progress) == 4
    assert hint.startswith("The client sent no request. Does it read TOKENLAB_BASE_URL")
    assert hint.endswith("with --env, and arguments with --arg: --arg=--prompt={prompt}")
    assert status.startswith("Exit status 3. The end of its output in POLL-")
    assert output == "  No \ufffd[2J url"
    [summary] = ended.stdout.splitlines()
    assert ": 3 BROKEN in " in summary
    assert json.loads((tmp_path / "r.json").read_text())["interrupted"]


def test_a_silent_client_without_output_is_described(check_client: CheckClient) -> None:
    ended = check_client(
        "--case", "POLL-92", "--timeout", "0.3", client=("sh", "-c", "exec sleep 60")
    )

    assert ended.exit_code == 3
    assert ended.stderr.splitlines()[-1] == "It was still running, and it printed nothing."


def test_cases_are_selected_by_level(check_client: CheckClient) -> None:
    assert "POLL-91" in check_client("--list", "--level", "must").stdout
    ended = check_client("--level", "MUST", "--group", "CAN", "--verbose", client=GOOD)
    assert (ended.exit_code, "CAN-91" in ended.stdout) == (0, True)


def test_failures_are_written_as_a_baseline(check_client: CheckClient) -> None:
    options = ("--case", "POLL-91", "--quiet")

    first = check_client(*options, "--write-baseline", "b.toml", client=HURRIED)
    second = check_client(*options, "--baseline", "b.toml", client=HURRIED)

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert "1 XFAIL" in second.stdout
