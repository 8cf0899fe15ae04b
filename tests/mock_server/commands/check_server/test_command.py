"""`check-server` on real ports, with its exit codes and its files."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from click.testing import Result

from seedance_contract.declared.contract import RULES
from seedance_contract.declared.sources import Weight
from seedance_contract.derived.validation import Accepted, Rejected, validate_request
from seedance_contract.reports.report_json import report_schema
from seedance_contract.server import suite
from seedance_contract.server.check_context import CheckContext
from seedance_contract.server.checks import refusals
from seedance_mock.commands.check_server import setup
from seedance_mock.service import tasks
from seedance_mock.testing import LiveServer, Settings, live_server

Run = Callable[..., Result]
Serve = Callable[..., tuple[Any, int]]


@pytest.fixture
def check_server(run: Run) -> Run:
    """Give a function that runs `check-server`."""
    return lambda *arguments: run("check-server", *arguments)


def task_count(server: LiveServer) -> int:
    accounts = server.control.call("GET", "/accounts")["accounts"]
    paths = [f"/accounts/{account['name']}" for account in accounts]
    return sum(len(server.control.call("GET", path)["ledger"]) for path in paths)


@pytest.mark.slow("check-server")
def test_the_mock_conforms(serve: Serve, tmp_path: Path, check_server: Run) -> None:
    _, port = serve("--log-format", "none")
    files = {form: tmp_path / f"report.{form}" for form in ("json", "junit", "markdown")}
    options = [word for form, path in files.items() for word in (f"--{form}", str(path))]

    ended = check_server(f"http://127.0.0.1:{port}", "--quick", "--seed", "7", *options)

    assert ended.exit_code == 0, ended.output
    report = json.loads(files["json"].read_text())
    jsonschema_rs.Draft202012Validator(report_schema(), validate_formats=True).validate(report)
    assert set(report["verdicts"]) <= {"PASS", "UNEXERCISED"}
    assert report["verdicts"]["PASS"] > 500
    results = report["results"]
    unexercised = [result["id"] for result in results if result["verdict"] == "UNEXERCISED"]
    assert unexercised == ["openapi.retry-after", "openapi.v3-retry-after"]
    documented = {rule.id for rule in RULES if rule.source.weight is Weight.DOCUMENTED}
    coverage = report["details"]["rules"]
    assert all(coverage[rule]["valid"] and coverage[rule]["invalid"] for rule in documented)
    groups = [suite.get("name") for suite in ET.parse(files["junit"]).getroot()]
    assert groups == [*dict.fromkeys(result["group"] for result in results)]
    assert " PASS in " in files["markdown"].read_text()


def test_a_failure_is_explained(monkeypatch: pytest.MonkeyPatch, check_server: Run) -> None:
    def accept_any_duration(body: Any, **options: Any) -> Accepted | Rejected:
        return validate_request({**body, "duration": 5}, **options)

    monkeypatch.setattr(tasks, "validate_request", accept_any_duration)
    with live_server() as server:
        ended = check_server(server.url, "--quick", "--case", "duration.range")

    assert ended.exit_code == 1
    assert "FAIL duration.range: expected 400 invalid_request_error, got 200 {" in ended.stderr
    assert "duration.range" in ended.stdout
    assert "400 invalid_request_error" in ended.stdout
    assert f"{server.url}: 1 FAIL in " in ended.stdout


def test_verbose_prints_every_check(seedance_server: LiveServer, check_server: Run) -> None:
    ended = check_server(seedance_server.url, "--case", "refusals.*-key", "--verbose")

    assert ended.exit_code == 0
    assert "refusals.management-key" in ended.stdout


def test_checks_are_listed(check_server: Run) -> None:
    ended = check_server("--list", "--group", "races")

    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    assert lines[0] == "races"
    assert lines[1].startswith("  races.cancel: If two connections cancel a pending task")
    assert lines[1].endswith(" (MUST, safe)")
    assert len(lines) == 5
    rows = json.loads(check_server("--list", "--level", "may", "--json", "-").stdout)
    assert {row["level"] for row in rows} == {"MUST"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument 'URL'"),
        (("127.0.0.1:8000",), "is no URL such as http://127.0.0.1:8000"),
        (("http://localhost:1/v1/",), "give the URL without /v1, which the checks add"),
        (("http://localhost:1/api/v3",), "the checks add: http://localhost:1\n"),
        (("http://127.0.0.1:1", "--case", "duration.rang"), "no case matches duration.rang"),
        (("http://127.0.0.1:1", "--baseline", "nothing.toml"), "'nothing.toml' does not exist"),
        (("http://127.0.0.1:1", "--group", "race"), "no group is named race"),
        (("http://127.0.0.1:1", "--spend-at-most", "-1"), "--spend-at-most"),
    ],
)
def test_wrong_usage_exits_with_2(
    arguments: tuple[str, ...], message: str, check_server: Run
) -> None:
    ended = check_server(*arguments)

    assert ended.exit_code == 2
    assert message in ended.output


def test_an_unreachable_server_exits_with_3(check_server: Run) -> None:
    ended = check_server("http://127.0.0.1:1")

    assert ended.exit_code == 3
    assert "http://127.0.0.1:1 cannot be reached" in ended.output


GROUPS = [word for name in ("refusals", "tasks", "races", "examples") for word in ("--group", name)]


@pytest.mark.slow("check-server")
def test_a_server_with_known_keys_needs_key(check_server: Run) -> None:
    keys = frozenset({"sk-one", "sk-two"})
    with live_server(Settings(keys=keys)) as server:
        without_key = check_server(server.url)
        wrong_key = check_server(server.url, "--key", "sk-three")
        only_one_key = check_server(
            server.url, "--key", "sk-one", "--case", "refusals.foreign-task"
        )
        keys_options = ("--key", "sk-one", "--other-key", "sk-two")
        both_keys = check_server(
            server.url, "--quick", *keys_options, *GROUPS, "--group", "catalogue"
        )

    assert (without_key.exit_code, wrong_key.exit_code) == (2, 2)
    assert "accepts known keys only: pass --key" in without_key.output
    assert "does not accept this key" in wrong_key.output
    assert only_one_key.exit_code == 0
    assert "is needed: --other-key" in only_one_key.output
    assert both_keys.exit_code == 0, both_keys.output


def test_a_check_leaves_nothing_in_the_account_of_a_given_key(
    check_server: Run, seedance_server: LiveServer
) -> None:
    cases = ("refusals.rate-limit", "catalogue.agrees-seedance-2.0")
    seedance_server.control.open("sk-known", words="end-failed", mode="frozen")

    ended = check_server(
        seedance_server.url, "--key", "sk-known", *(f"--case={case}" for case in cases)
    )

    assert ended.exit_code == 0, ended.output
    assert "2 PASS" in ended.output
    account = seedance_server.control.open("sk-known")
    assert (account.words, account.mode) == ("", "real")


@pytest.mark.slow("check-server")
def test_a_server_without_control_is_checked(
    serve: Serve, tmp_path: Path, check_server: Run
) -> None:
    _, port = serve("--no-control", "--lifecycle", "instant", "--log-format", "none")
    file = tmp_path / "report.json"

    ended = check_server(f"http://127.0.0.1:{port}", "--quick", *GROUPS, "--json", str(file))

    assert ended.exit_code == 0, ended.output
    results = {result["id"]: result for result in json.loads(file.read_text())["results"]}
    assert results["tasks.money"]["verdict"] == "UNEXERCISED"
    reason = results["tasks.money"]["findings"][0]["actual"]
    assert reason == "the server's clock and money cannot be moved from here"
    assert results["tasks.ended"]["verdict"] == "PASS"
    examples = [result for id, result in results.items() if id.startswith("examples.")]
    unexercised = [result for result in examples if result["verdict"] == "UNEXERCISED"]
    # These need time to pass, a task that is still pending, or a material that is not ready.
    assert len(unexercised) < len(examples) / 4
    assert len({result["findings"][0]["actual"] for result in unexercised}) <= 3


@pytest.mark.slow("check-server")
def test_nothing_is_billed_by_default(monkeypatch: pytest.MonkeyPatch, check_server: Run) -> None:
    monkeypatch.setattr(setup, "is_local", lambda url: False)
    with live_server() as server:
        ended = check_server(server.url, "--quick", "--group", "requests", *GROUPS)
        created = task_count(server)

    assert ended.exit_code == 0, ended.output
    assert created == 0
    assert "it would be billed: --spend-at-most allows that" in ended.output
    [line] = [line for line in ended.output.splitlines() if line.startswith("requests:")]
    assert line.endswith(" PASS")
    assert int(line.removesuffix(" PASS").rpartition(" ")[2]) > 60


def test_spending_is_limited(monkeypatch: pytest.MonkeyPatch, check_server: Run) -> None:
    monkeypatch.setattr(setup, "is_local", lambda url: False)
    with live_server(Settings(control=False)) as server:
        ended = check_server(server.url, "--spend-at-most", "0.80", "--case", "requests.json-forms")

    assert ended.exit_code == 0
    assert "it would cost more than 0.8 USD in total" in ended.output


def test_an_unexpected_bill_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, check_server: Run
) -> None:
    def accept_all(body: Any, **options: Any) -> Accepted | Rejected:
        return validate_request({"model": "seedance-2.0", "prompt": "a paper boat"})

    monkeypatch.setattr(tasks, "validate_request", accept_all)
    monkeypatch.setattr(setup, "is_local", lambda url: False)
    with live_server() as server:
        ended = check_server(server.url, "--quick", "--group", "requests")
        created = task_count(server)

    assert ended.exit_code == 1
    assert "the server accepted a request that it must refuse" in ended.output
    assert created == 1


def test_require_exercised_fails_the_run(seedance_server: LiveServer, check_server: Run) -> None:
    arguments = (seedance_server.url, "--key", "sk-one", "--case", "refusals.foreign-task")

    assert check_server(*arguments).exit_code == 0
    assert check_server(*arguments, "--require-exercised").exit_code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_an_interrupted_run_writes_a_partial_report(
    number: signal.Signals,
    seedance_server: LiveServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    check_server: Run,
) -> None:
    def interrupt(context: CheckContext) -> None:
        signal.raise_signal(number)
        deadline = time.monotonic() + 60
        while not context.target.is_stopped:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    checks = suite.select_checks(["refusals.*"])
    checks[2] = replace(checks[2], run=interrupt)
    monkeypatch.setattr(suite, "GROUPS", {refusals.GROUP: checks})
    files = {form: tmp_path / form for form in ("json", "junit", "markdown", "html")}
    options = [text for form, path in files.items() for text in (f"--{form}", str(path))]
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    ended = check_server(seedance_server.url, *options)

    assert ended.exit_code == 130, ended.output
    report = json.loads(files["json"].read_text())
    ids = [result["id"] for result in report["results"]]
    assert report["interrupted"]
    assert checks[2].id not in ids
    assert len(ids) < len(checks)
    assert [suite.get("name") for suite in ET.parse(files["junit"]).getroot()][-1] == "interrupted"
    mark = "interrupted: not every selected case was run"
    assert mark in files["markdown"].read_text()
    assert mark in ended.stdout
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_a_baseline_is_written_and_excuses_the_failures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, check_server: Run
) -> None:
    def accept_any_duration(body: Any, **options: Any) -> Accepted | Rejected:
        return validate_request({**body, "duration": 5}, **options)

    monkeypatch.setattr(tasks, "validate_request", accept_any_duration)
    known = tmp_path / "known.toml"
    with live_server() as server:
        options = (server.url, "--quick", "--case", "duration.range")
        first = check_server(*options, "--write-baseline", str(known))
        second = check_server(*options, "--baseline", str(known), "--json", "-")
        full = check_server(*options, "--write-baseline", "/dev/full")
        printed = check_server(*options, "--write-baseline", "-")
    monkeypatch.undo()

    assert (first.exit_code, second.exit_code, full.exit_code) == (1, 0, 3)
    [entry] = tomllib.loads(known.read_text())["expect"]
    assert (entry["case"], entry["check"]) == ("duration.range", "duration.range")
    assert json.loads(second.stdout)["verdicts"] == {"XFAIL": 1}
    assert "cannot write --write-baseline /dev/full: No space left on device" in full.stderr
    assert tomllib.loads(printed.stdout)["expect"][0]["case"] == "duration.range"


def test_options_and_name_are_in_the_report(
    seedance_server: LiveServer, check_server: Run, tmp_path: Path
) -> None:
    options = ("--case", "refusals.public", "--name", "my gateway", "--json", "-", "--quiet")

    ended = check_server(seedance_server.url, *options)

    report = json.loads(ended.stdout)
    assert report["subject"] == "my gateway"
    assert report["options"]["cases"] == ["refusals.public"]
    assert report["options"]["seed"] == 0
    assert re.fullmatch(r"my gateway: 1 PASS in \d\.\d s\n", ended.stderr)


def test_a_report_on_standard_output_stands_alone(
    seedance_server: LiveServer, check_server: Run
) -> None:
    options = ("--case", "refusals.public", "--case", "catalogue.unknown", "--verbose")

    ended = check_server(seedance_server.url, *options, "--json", "-")

    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["verdicts"] == {"PASS": 2}
    assert "refusals.public" in ended.stderr
    assert "refusals: 1 PASS\n" in ended.stderr
    assert "catalogue: 1 PASS\n" in ended.stderr


def test_a_report_that_cannot_be_written_exits_with_3(
    seedance_server: LiveServer, check_server: Run
) -> None:
    ended = check_server(
        seedance_server.url, "--case", "refusals.public", "--markdown", "/dev/full"
    )

    assert ended.exit_code == 3
    assert "cannot write --markdown /dev/full: No space left on device" in ended.stderr


def test_a_report_needs_a_folder(check_server: Run) -> None:
    ended = check_server("http://127.0.0.1:1", "--json", "no-such-folder/r.json")

    assert ended.exit_code == 2
    assert "--json no-such-folder/r.json: there is no folder no-such-folder" in ended.output


def test_a_refused_key_of_the_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, check_server: Run
) -> None:
    monkeypatch.setenv("TOKENLAB_API_KEY", "sk-three")
    with live_server(Settings(keys=frozenset({"sk-one"}))) as server:
        ended = check_server(server.url)

    assert ended.exit_code == 2
    assert "(from the environment variable TOKENLAB_API_KEY)" in " ".join(ended.output.split())


def test_a_missing_kit_names_its_extra(monkeypatch: pytest.MonkeyPatch, check_server: Run) -> None:
    monkeypatch.setitem(sys.modules, "seedance_contract.server.suite", None)
    monkeypatch.delattr("seedance_contract.server.suite", raising=False)

    ended = check_server("http://127.0.0.1:1")

    assert ended.exit_code == 2
    assert "check-server needs seedance_contract.server.suite: pip install " in ended.output
    assert "[kit]" in ended.output
