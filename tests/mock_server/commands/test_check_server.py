"""`check-server` as its users see it: on real ports, with its exit codes and its files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result

from seedance_contract.declared.rules import RULES
from seedance_contract.declared.sources import Weight
from seedance_contract.derived.check import Accepted, Refused, check
from seedance_contract.reports.report import schema
from seedance_mock.commands import check_server
from seedance_mock.commands.main import main
from seedance_mock.service import tasks
from seedance_mock.settings import Settings
from seedance_mock.testing.control_client import Control
from seedance_mock.testing.live import LiveServer, live_server

Serve = Callable[..., tuple[Any, int]]


def checked(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check-server", *arguments])


def tasks_of(server: LiveServer) -> int:
    names = [one["name"] for one in server.control.call("GET", "/accounts")["accounts"]]
    return sum(len(server.control.call("GET", f"/accounts/{name}")["ledger"]) for name in names)


def test_the_mock_keeps_the_contract(serve: Serve, tmp_path: Path) -> None:
    _, port = serve("--log-format", "none")
    names = {form: tmp_path / f"report.{form}" for form in ("json", "junit", "markdown")}
    files = [word for form, path in names.items() for word in (f"--{form}", str(path))]

    result = checked(f"http://127.0.0.1:{port}", "--quick", "--seed", "7", *files)

    assert result.exit_code == 0, result.output
    told = json.loads(names["json"].read_text())
    jsonschema_rs.Draft202012Validator(schema(), validate_formats=True).validate(told)
    assert set(told["verdicts"]) <= {"PASS", "UNEXERCISED"}
    assert told["verdicts"]["PASS"] > 500
    idle = [one["id"] for one in told["results"] if one["verdict"] == "UNEXERCISED"]
    assert idle == ["openapi.retry-after"]
    documented = {rule.id for rule in RULES if rule.source.weight is Weight.DOCUMENTED}
    tried = told["details"]["rules"]
    assert all(tried[rule]["valid"] and tried[rule]["invalid"] for rule in documented)
    groups = [suite.get("name") for suite in ET.parse(names["junit"]).getroot()]
    assert groups == [*dict.fromkeys(one["group"] for one in told["results"])]
    assert " PASS in " in names["markdown"].read_text()


def test_a_departure_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def lenient(body: Any, *, tolerant: bool = False) -> Accepted | Refused:
        return check({**body, "duration": 5}, tolerant=tolerant)

    monkeypatch.setattr(tasks, "check", lenient)
    with live_server() as server:
        result = checked(server.url, "--quick", "--check", "duration.range")

    assert result.exit_code == 1
    lines = [line.strip() for line in result.output.splitlines()]
    assert lines[0] == "FAIL        duration.range"
    assert lines[1].startswith("requirement: Duration must be 4 to 15, or -1. (page: volc-create")
    assert lines[3] == "expected: 400 invalid_request_error"
    assert lines[4].startswith("actual:   200 {")
    assert lines[5].startswith("reproduce: curl -sS -i -X POST http://127.0.0.1:")
    assert '-H "Authorization: Bearer $TOKENLAB_API_KEY"' in lines[5]
    assert '"duration": ' in lines[5]
    assert lines[-1].startswith(f"{server.url}: 1 FAIL in ")


def test_every_check_can_be_shown(seedance_server: LiveServer) -> None:
    result = checked(seedance_server.url, "--check", "auth.*", "--verbose")

    assert result.exit_code == 0
    assert "PASS        auth.management\n" in result.output


def test_checks_are_listed() -> None:
    result = checked("--list", "--group", "races")

    assert result.exit_code == 0
    assert "races.cancel (races, MUST): Of two cancellations at once one wins.\n" in result.output
    assert len(result.output.splitlines()) == 4
    assert "auth.challenge (refusals, INFO): " in checked("--list").output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Missing argument 'URL'"),
        (("127.0.0.1:8000",), "is no URL such as http://127.0.0.1:8000"),
        (("http://127.0.0.1:1", "--check", "duration.rang"), "no check is called duration.rang"),
        (("http://127.0.0.1:1", "--group", "race"), "no group is called race; there are"),
        (("http://127.0.0.1:1", "--spend-at-most", "-1"), "--spend-at-most"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], told: str) -> None:
    result = checked(*arguments)

    assert result.exit_code == 2
    assert told in result.output


def test_a_server_that_is_not_there_cannot_be_judged() -> None:
    result = checked("http://127.0.0.1:1")

    assert result.exit_code == 3
    assert "http://127.0.0.1:1 cannot be reached" in result.output


def test_known_keys_have_to_be_given() -> None:
    keys = frozenset({"sk-one", "sk-two"})
    with live_server(Settings(keys=keys)) as server:
        unknown = checked(server.url)
        wrong = checked(server.url, "--key", "sk-three")
        lonely = checked(server.url, "--key", "sk-one", "--check", "task.foreign")
        right = checked(server.url, "--quick", "--key", "sk-one", "--other-key", "sk-two", *GROUPS)

    assert (unknown.exit_code, wrong.exit_code) == (2, 2)
    assert "takes known keys only: give one with --key" in unknown.output
    assert "does not take this key" in wrong.output
    assert lonely.exit_code == 0
    assert "a second key is needed: --other-key" in lonely.output
    assert right.exit_code == 0, right.output


GROUPS = [word for name in ("refusals", "tasks", "races", "examples") for word in ("--group", name)]


def test_a_server_without_control_is_watched(serve: Serve) -> None:
    _, port = serve("--no-control", "--lifecycle", "instant", "--log-format", "none")

    result = checked(f"http://127.0.0.1:{port}", "--quick", *GROUPS)

    assert result.exit_code == 0, result.output
    assert "UNEXERCISED tasks.money" in result.output
    assert "the server's clock and money cannot be moved from here" in result.output
    assert "UNEXERCISED tasks.ended" not in result.output


def test_nothing_is_billed_without_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_server, "is_local", lambda url: False)
    with live_server() as server:
        result = checked(server.url, "--quick", "--group", "requests", *GROUPS)
        made = tasks_of(server)

    assert result.exit_code == 0, result.output
    assert made == 0
    assert "it would be billed: --spend-at-most allows that" in result.output
    passed = [line for line in result.output.splitlines() if line.startswith("requests:")]
    assert passed[0].endswith(" s")
    assert int(passed[0].split(" PASS")[0].rpartition(" ")[2]) > 60


def test_leave_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_server, "is_local", lambda url: False)
    with live_server(Settings(control=False)) as server:
        result = checked(server.url, "--spend-at-most", "0.80", "--check", "requests.json-forms")

    assert result.exit_code == 0
    assert "it would cost 0.73667647 USD, more than may be spent" in result.output


def test_a_bill_without_leave_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def lenient(body: Any, *, tolerant: bool = False) -> Accepted | Refused:
        return check({"model": "seedance-2.0", "prompt": "a paper boat"})

    monkeypatch.setattr(tasks, "check", lenient)
    monkeypatch.setattr(check_server, "is_local", lambda url: False)
    with live_server() as server:
        result = checked(server.url, "--quick", "--group", "requests")
        made = tasks_of(server)

    assert result.exit_code == 1
    assert "the server accepted a request that it must refuse" in result.output
    assert made == 1


def test_strict_and_exercised_are_asked_for(seedance_server: LiveServer) -> None:
    arguments = (seedance_server.url, "--key", "sk-one", "--check", "task.foreign")

    assert checked(*arguments).exit_code == 0
    assert checked(*arguments, "--require-exercised").exit_code == 1


def test_progress_is_shown_on_a_terminal(
    seedance_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_server, "_terminal", lambda: True)

    result = checked(seedance_server.url, "--check", "auth.public")

    assert "1 of 1" in result.output


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:8000", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:8000/base", True),
        ("https://api.tokenlab.sh", False),
        ("http://192.168.0.1", False),
        ("http://localhost.example.com", False),
        ("nonsense", False),
    ],
)
def test_only_this_machine_is_local(url: str, local: bool) -> None:
    assert check_server.is_local(url) == local


def test_the_kit_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "seedance_contract.server.suite", None)

    result = checked("http://127.0.0.1:1")

    assert result.exit_code == 1
    assert "pip install 'seedance-mock[kit]'" in result.output


def test_control_that_refuses_gives_no_hold() -> None:
    from seedance_mock.commands.control_adapter import find_control_adapter

    with live_server(Settings(control=False)) as server:
        assert find_control_adapter(server.url, None) is None
    assert find_control_adapter("http://127.0.0.1:1", None) is None


def test_one_key_begins_anew_with_each_check(seedance_server: LiveServer) -> None:
    from decimal import Decimal

    from seedance_mock.commands.control_adapter import MockControlAdapter

    steering = MockControlAdapter(Control(seedance_server.url))
    steering.open_account("sk-again", balance=Decimal(3))
    steering.top_up("sk-again", Decimal(2))
    assert steering.funds("sk-again").balance == 5

    steering.open_account("sk-again", balance=Decimal(1))

    assert steering.funds("sk-again").balance == 1
