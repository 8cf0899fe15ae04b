"""The control API of the mock as the server checks use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

import pytest

from hostile_server import hostile_server, http_response
from seedance_contract.server.budget import Budget
from seedance_contract.server.control_adapter import AccountFunds
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.http.exchange import member
from seedance_contract.server.http.target import Target
from seedance_contract.server.http.transport import Transport
from seedance_mock.commands.check_server.control_adapter import (
    VOCABULARY,
    MockControlAdapter,
    TransportControl,
    find_control_adapter,
)
from seedance_mock.testing import Control, LiveServer, Settings, live_server


def test_without_control_api_there_is_no_adapter() -> None:
    with live_server(Settings(control=False)) as server:
        assert find_control_adapter(server.url, None) is None
    assert find_control_adapter("http://127.0.0.1:1", None) is None


def test_opening_an_account_again_resets_it(seedance_server: LiveServer) -> None:
    adapter = MockControlAdapter(Control(seedance_server.url))
    adapter.open_account("sk-again", balance=Decimal(3))
    adapter.top_up("sk-again", Decimal(2))
    assert adapter.funds("sk-again").balance == 5

    adapter.open_account("sk-again", balance=Decimal(1))

    assert adapter.funds("sk-again").balance == 1


def test_key_that_was_used_before_has_no_tasks(seedance_server: LiveServer) -> None:
    adapter = find_control_adapter(seedance_server.url, None)
    assert adapter is not None
    target = Target(seedance_server.url, Budget(None), lambda exchange, log: None)
    body = {"model": "seedance-2.0", "prompt": "a boat"}
    response = target.send("POST", "/v1/videos/generations", key="sk-used", body=body)

    adapter.open_account("sk-used", balance=Decimal(5))

    assert response.status == 200
    assert adapter.funds("sk-used") == AccountFunds(
        balance=Decimal(5), reserved=Decimal(0), charged=Decimal(0)
    )


def test_closed_account_is_as_new(seedance_server: LiveServer) -> None:
    control = Control(seedance_server.url)
    adapter = MockControlAdapter(control)
    adapter.open_account("sk-shared", balance=Decimal(5))
    adapter.set_rate_limit("sk-shared", 1)

    adapter.close_account("sk-shared")

    account = control.open("sk-shared")
    assert (account.words, account.mode, account.balance) == ("", "real", None)
    adapter.open_account("sk-shared")
    assert adapter.funds("sk-shared").balance is None


FOREIGN_RESPONSES = {
    "not found": http_response(404, b'{"error": "not found"}'),
    "an error": http_response(404, b'{"error": {"message": "no"}}'),
    "null": http_response(200, b"null"),
    "an array": http_response(200, b"[]"),
    "an object": http_response(200, b'{"presets": {}}'),
    "a page": http_response(200, b"<html></html>"),
    "nothing": http_response(204, b""),
    "no HTTP": b"hello\r\n\r\n",
}


@pytest.mark.parametrize("response", FOREIGN_RESPONSES.values(), ids=FOREIGN_RESPONSES)
def test_another_server_has_no_control_api(response: bytes) -> None:
    with hostile_server(lambda method, path, body: [response]) as url:
        assert find_control_adapter(url, None) is None


def test_control_api_that_breaks_is_unreachable() -> None:
    def answer(method: str, path: str, body: bytes) -> Iterator[bytes]:
        is_probe = path == "/_mock/words"
        yield http_response(
            200, json.dumps({name: [] for name in VOCABULARY}).encode() if is_probe else b"[]"
        )

    with hostile_server(answer) as url:
        adapter = find_control_adapter(url, None)
        assert adapter is not None
        with pytest.raises(UnreachableError, match="the control API does not work: TypeError"):
            adapter.open_account("sk-one")


def test_control_token_is_sent() -> None:
    with live_server(Settings(control_token="secret")) as server:
        adapter = find_control_adapter(server.url, "secret")

        assert adapter is not None
        adapter.open_account("sk-one", balance=Decimal(1))
        assert adapter.funds("sk-one").balance == 1


def test_refusal_of_the_control_api_is_named(seedance_server: LiveServer) -> None:
    adapter = MockControlAdapter(TransportControl(seedance_server.url, None, Transport()))

    with pytest.raises(UnreachableError, match="ControlError: 400"):
        adapter.set_rate_limit("sk-one", -1)


LIMITS = {
    "quick": Settings(),
    "lifecycle": Settings(lifecycle="manual"),
    "balance": Settings(balance=Decimal(0)),
    "rate limit": Settings(rate_limit=1),
    "retention": Settings(retention=1.0),
}


@pytest.mark.parametrize("settings", LIMITS.values(), ids=LIMITS)
def test_options_of_the_server_do_not_limit_the_accounts(settings: Settings) -> None:
    body = {"model": "seedance-2.0", "prompt": "a boat"}
    with live_server(settings) as server, closing(Transport()) as transport:
        adapter = find_control_adapter(server.url, None, transport)
        target = Target(server.url, Budget(None), lambda exchange, log: None, transport)
        assert adapter is not None
        adapter.open_account("sk-one")
        created = target.send("POST", "/v1/videos/generations", key="sk-one", body=body)
        adapter.advance_clock("sk-one", 1_000)
        task = target.send("GET", f"/v1/tasks/{member(created.json, 'id')}", key="sk-one")
        assert member(task.json, "status") == "completed"

        adapter.open_account("sk-two")
        adapter.set_rate_limit("sk-two", 1)
        statuses = [target.send("GET", "/v1/tasks/x", key="sk-two").status for _ in range(2)]
        assert statuses == [404, 429]
