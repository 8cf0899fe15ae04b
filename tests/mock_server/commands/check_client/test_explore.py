"""`check-client --explore` with a small client, which may repeat creates blindly."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result

from seedance_contract.reports.report_json import report_schema
from seedance_mock.commands.check_client import explore
from seedance_mock.commands.main import main

pytestmark = pytest.mark.usefixtures("unmeasured")

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")
NAIVE = Path(__file__).parents[4] / "examples" / "python" / "naive.py"

CLIENT = """
import http.client, json, os, sys, urllib.parse

address = urllib.parse.urlsplit(os.environ["TOKENLAB_BASE_URL"]).netloc
headers = {"Authorization": "Bearer " + os.environ["TOKENLAB_API_KEY"]}
request = json.dumps(json.loads(os.environ["KIT_JOB"])["request"])


def call(method, path, body=None):
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request(method, path, body, {**headers, "Content-Type": "application/json"})
    return json.load(connection.getresponse())


try:
    task = call("POST", "/v1/videos/generations", request)
except (OSError, http.client.HTTPException):
    if "--blind" not in sys.argv:
        sys.exit(1)
    task = call("POST", "/v1/videos/generations", request)
while task.get("status") in ("pending", "processing"):
    task = call("GET", task["poll_url"])
sys.exit(task.get("status") != "completed")
"""

LOST = "--situation=create-reset+"


@pytest.fixture
def explore_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a function that explores the client."""
    monkeypatch.chdir(tmp_path)
    Path("client.py").write_text(CLIENT)

    def run(*arguments: str, flags: tuple[str, ...] = ("--blind",)) -> Result:
        command = ["check-client", "--explore", *arguments, "--", sys.executable, "-I", "client.py"]
        return CliRunner().invoke(main, [*command, *flags])

    return run


def test_blind_create_is_found(explore_client: Callable[..., Result]) -> None:
    result = explore_client(LOST, "--json", "report.json")

    assert result.exit_code == 1
    assert "no-blind-create: create-reset+\n" in result.output
    assert "key: sk-mock-clock-polls.after-2polls.retry-1s.create-reset+--explore" in result.output
    report = json.loads(Path("report.json").read_text())
    jsonschema_rs.validate(report_schema(), report)
    [failed] = [row for row in report["results"] if row["verdict"] == "FAIL"]
    assert failed["id"] == "EXP-no-blind-create"
    assert report["causes"][0]["id"] == "blind-create-retry"
    assert report["details"]["explore"]["failures"][0]["situation"] == {"words": "create-reset+"}
    assert report["profiles"] == []


def test_reproduction_runs_the_client_in_the_situation(
    explore_client: Callable[..., Result],
) -> None:
    explore_client(LOST, "--env=A=b", "--json", "report.json")

    report = json.loads(Path("report.json").read_text())
    [script] = [row["reproduce"] for row in report["results"] if row["verdict"] == "FAIL"]
    command, _, curl = script.splitlines()
    assert command.startswith('seedance-mock check-client --explore \'--situation={"words": ')
    assert "--env=A=b -- " in command
    assert curl.startswith("# curl -i http://127.0.0.1:8000/v1/videos/generations")


def test_careful_client_passes(explore_client: Callable[..., Result]) -> None:
    result = explore_client(LOST, "--examples", "2", flags=())

    assert result.exit_code == 0
    assert "3 situations with seed 0" in result.output


def test_failure_is_remembered_and_tried_first(explore_client: Callable[..., Result]) -> None:
    explore_client(LOST, "--state-dir", "state")

    again = explore_client("--examples", "0", "--state-dir", "state")
    fixed = explore_client("--examples", "0", "--state-dir", "state", flags=())
    after = explore_client("--examples", "0", "--state-dir", "state")

    assert (again.exit_code, fixed.exit_code) == (1, 0)
    assert "0 situations" in after.output


def test_regression_file_keeps_failures(explore_client: Callable[..., Result]) -> None:
    Path("known.json").write_text('{"schema": 1, "situations": [{"words": "poll-503"}]}')
    explore_client(LOST, "--write-regressions", "known.json")
    explore_client(LOST, "--write-regressions", "new.json")

    known = json.loads(Path("known.json").read_text())
    result = explore_client("--examples", "0", "--regressions", "new.json")

    assert known["situations"] == [{"words": "create-reset+"}, {"words": "poll-503"}]
    assert result.exit_code == 1


def test_known_failure_is_excused_by_a_baseline(explore_client: Callable[..., Result]) -> None:
    Path("baseline.toml").write_text(
        '[[expect]]\ncase = "EXP-no-blind-create"\ncheck = "no-blind-create"\nreason = "known"\n'
    )

    assert explore_client(LOST, "--baseline", "baseline.toml").exit_code == 0


def test_report_on_standard_output_is_json_alone(explore_client: Callable[..., Result]) -> None:
    result = explore_client(LOST, "--quiet", "--json", "-")

    assert json.loads(result.stdout)["suite"] == "client"
    assert "situations with seed" in result.stderr


def test_invariants_are_listed(explore_client: Callable[..., Result]) -> None:
    text = explore_client("--list").output
    rows = json.loads(explore_client("--list", "--json", "-").stdout)

    assert text.startswith("EXP-no-blind-create: The client sends a create again only if")
    assert rows[0]["id"] == "EXP-no-blind-create"
    assert rows[0]["source"] == "page: error-handling, async-jobs-polling"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--case", "DUP-01"], "--case selects cases, and --explore runs none"),
        (["--pull"], "give its command after -- instead of --pull"),
        (["--regrade", "client.py"], "--regrade runs no client"),
        (["--for", "soon"], "'soon' is no duration"),
        (["--for", "0s"], "'0s' is no duration"),
        (["--situation", '{"word": 1}'], "--situation: a situation has no member 'word'"),
        (["--regressions", "client.py"], "client.py: the file is not JSON"),
        (["--write-regressions", "client.py"], "client.py: the file is not JSON"),
        (["--env", "A"], "--env needs NAME=VALUE"),
        (["--dialect", "v3"], "--explore has no situations for --dialect v3"),
    ],
)
def test_wrong_option_is_an_error(
    arguments: list[str], message: str, explore_client: Callable[..., Result]
) -> None:
    result = explore_client(*arguments)

    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


@pytest.mark.parametrize(
    "option", ["--for=2m", "--examples=1", "--seed=1", "--state-dir=s", "--situation=ok"]
)
def test_option_of_an_exploration_needs_one(option: str) -> None:
    result = CliRunner().invoke(main, ["check-client", option, "--", sys.executable])

    assert result.exit_code == 2
    assert f"{option.partition('=')[0]} needs --explore" in result.output


def test_client_that_sends_nothing_has_no_result(tmp_path: Path) -> None:
    command = ["check-client", "--explore", "--examples", "9", "--", sys.executable, "-c", ""]

    result = CliRunner().invoke(main, command)

    assert result.exit_code == 3
    assert "The client sent no request" in result.output


def test_missing_package_is_named(
    explore_client: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "seedance_mock.commands.check_client.explore", None)

    result = explore_client(LOST)

    assert result.exit_code == 2
    assert re.search(r"--explore needs \S+: pip install", result.output)


def test_unwritable_regressions_are_no_result(
    explore_client: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(explore, "write_output", fail)

    result = explore_client(LOST, "--write-regressions", "new.json")

    assert result.exit_code == 3
    assert "cannot write --write-regressions new.json: No space left on device" in result.output


def test_without_a_limit_an_exploration_takes_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def stop(context: object, options: Any) -> Any:
        seen.append(options)
        raise SystemExit(0)

    monkeypatch.setattr(explore, "explore", stop)
    CliRunner().invoke(main, ["check-client", "--explore", "--", sys.executable])
    CliRunner().invoke(main, ["check-client", "--explore", "--for", "2m", "--", sys.executable])

    assert [options.seconds for options in seen] == [60, 120]


def test_interrupted_exploration_writes_a_partial_report(tmp_path: Path) -> None:
    client = tmp_path / "client.py"
    client.write_text(CLIENT)
    report = tmp_path / "report.json"
    command = [str(PROGRAM), "check-client", "--explore", "--for", "60", "--json", str(report)]
    process = subprocess.Popen(
        [*command, "--", sys.executable, "-I", str(client)], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    with process:
        first_line = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert first_line.startswith("[")
    assert process.returncode == 130
    assert json.loads(report.read_text())["interrupted"]


@pytest.mark.slow("reference-clients")
def test_exploration_finds_the_second_create_of_the_naive_client() -> None:
    options = ["--explore", "--examples", "50", "--seed", "1", "--json", "-"]
    command = [str(PROGRAM), "check-client", *options, "--", sys.executable, str(NAIVE)]

    process = subprocess.run(command, capture_output=True, text=True, timeout=300)

    report = json.loads(process.stdout)
    failures = {item["invariant"]: item for item in report["details"]["explore"]["failures"]}
    # The client creates its video again after a restart: it does not know that it has a task.
    assert failures["restart-creates-nothing"]["situation"] == {"words": "", "restart": True}
    assert failures["waits-for-task"]["situation"]["words"].startswith("poll-")
    assert len(report["details"]["explore"]["situations"]) == 50
    assert process.returncode == 1
