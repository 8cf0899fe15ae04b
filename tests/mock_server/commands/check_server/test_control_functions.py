"""The shell functions of the control adapter do what the adapter does."""

from __future__ import annotations

import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from seedance_contract.server.reproduction.script import own_functions
from seedance_mock.commands.check_server.control_adapter import (
    MockControlAdapter,
    find_control_adapter,
)
from seedance_mock.testing import Control, LiveServer, Settings, live_server

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

KEY = "sk-functions"


def run(
    commands: str,
    url: str,
    folder: Path,
    *,
    adapter: MockControlAdapter | None = None,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    functions = (adapter or MockControlAdapter(Control(url))).shell_functions
    script = f"set -eu\n{own_functions()}\n{functions}\n{commands}\n"
    environment = {"PATH": os.environ["PATH"], "BASE_URL": url, "DIR": str(folder), **variables}
    return subprocess.run(
        ["sh", "-c", script], env=environment, capture_output=True, text=True, check=False
    )


def test_functions_change_the_account(seedance_server: LiveServer, tmp_path: Path) -> None:
    commands = f"open_account {KEY} 3; top_up {KEY} 0.25; advance_clock {KEY} 100.5"

    ended = run(commands, seedance_server.url, tmp_path)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    account = seedance_server.control.open(KEY)
    assert (account.balance, account.mode) == (Decimal("3.25"), "frozen")
    before = account.now
    run(f"advance_clock {KEY} 7", seedance_server.url, tmp_path)
    assert seedance_server.control.account(account.name).now == before + 7


def test_opened_account_is_reset(seedance_server: LiveServer, tmp_path: Path) -> None:
    seedance_server.control.open(KEY, balance=Decimal(1))

    run(f"open_account {KEY}", seedance_server.url, tmp_path)

    assert seedance_server.control.open(KEY).balance is None


def test_rate_limit_is_set(seedance_server: LiveServer, tmp_path: Path) -> None:
    run(f"open_account {KEY}; set_rate_limit {KEY} 1", seedance_server.url, tmp_path)

    url, headers = f"{seedance_server.url}/v1/tasks/x", {"Authorization": f"Bearer {KEY}"}
    statuses = [httpx2.get(url, headers=headers).status_code for _ in range(2)]
    assert statuses == [404, 429]


def test_accounts_start_as_those_of_the_adapter(tmp_path: Path) -> None:
    with live_server(Settings(lifecycle="instant", balance=Decimal(1))) as server:
        adapter = find_control_adapter(server.url, None)
        assert adapter is not None
        run(f"open_account {KEY}", server.url, tmp_path, adapter=adapter)
        adapter.open_account("sk-other")

        account, other = server.control.open(KEY), server.control.open("sk-other")
        assert (account.words, account.balance) == (other.words, other.balance)
        assert account.balance == 1_000_000
        run(f"open_account {KEY} 3; set_rate_limit {KEY} 1", server.url, tmp_path, adapter=adapter)
        account = server.control.open(KEY)
        assert (account.words, account.balance) == (
            f"{other.words} limit-1",
            Decimal(3),
        )


def test_money_is_shown(seedance_server: LiveServer, tmp_path: Path) -> None:
    ended = run(f"open_account {KEY} 3; show_funds {KEY}", seedance_server.url, tmp_path)

    assert '"balance_usd":"3"' in ended.stdout.replace(" ", "")


@pytest.mark.parametrize("token", ["", "t0ken"])
def test_token_is_sent_if_there_is_one(token: str, tmp_path: Path) -> None:
    # In place of curl, a function that prints its arguments and an account.
    curl = """curl() { printf '%s\\n' "$@" >&2; echo '{"name":"key-1"}'; }"""

    ended = run(f"{curl}; show_funds {KEY}", "http://mock", tmp_path, CONTROL_TOKEN=token)

    authorizations = [line for line in ended.stderr.splitlines() if "Authorization" in line]
    assert authorizations == (["Authorization: Bearer t0ken"] * 2 if token else [])


@pytest.mark.parametrize("function", ["open_account", "show_funds", "top_up", "advance_clock"])
def test_nothing_is_called_without_an_account(function: str, tmp_path: Path) -> None:
    # `DELETE /_mock/accounts/` without a name would be a request about all accounts.
    with live_server(Settings(control=False)) as server:
        ended = run(f"{function} {KEY} 1", server.url, tmp_path)

    assert ended.returncode == 1
    assert ended.stderr.count("curl: ") == 1
    assert ended.stderr.endswith(" has no control API, or needs another CONTROL_TOKEN\n")
