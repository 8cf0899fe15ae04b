"""The control API of the mock as the server checks use it."""

from __future__ import annotations

from decimal import Decimal

from seedance_mock.commands.check_server.control_adapter import (
    MockControlAdapter,
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
