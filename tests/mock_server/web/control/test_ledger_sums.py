"""The ledger of an account agrees with its amounts, also if a task ends while it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.task import Task
from seedance_mock.web.app import MockApp


@pytest.mark.parametrize("seconds", [0, 60])
@pytest.mark.parametrize("is_polled", [True, False])
def test_a_task_may_end_while_its_account_is_read(
    is_polled: bool,
    seconds: int,
    app: MockApp,
    user: TestClient,
    clock: ManualClock,
    new_task: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task_id = new_task()
    service, store = app.state.service, app.state.service.store
    read_tasks, pending = store.tasks, [seconds]

    async def tasks_later(owner: str) -> Sequence[Task]:
        # Between the account and its tasks, the task ends, and another request may poll it.
        if pending:
            clock.advance(pending.pop())
            if is_polled:
                await service.read(await store.account(owner), task_id)
        tasks: Sequence[Task] = await read_tasks(owner)
        return tasks

    monkeypatch.setattr(store, "tasks", tasks_later)

    account: dict[str, Any] = user.get("/_mock/accounts/key-1").json()

    for amount in ("reserved_usd", "charged_usd"):
        assert Decimal(account[amount]) == Decimal(account["ledger"][0][amount])


def test_an_account_that_never_stays_the_same_is_shown(
    app: MockApp, user: TestClient, new_task: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new_task()
    store = app.state.service.store
    monkeypatch.setattr("seedance_mock.web.control.serializers.LEDGER_ATTEMPTS", 2)
    read_account, reads = store.account, iter(range(100))

    async def changed_account(owner: str) -> Account:
        account: Account = await read_account(owner)
        return replace(account, created_count=next(reads))

    monkeypatch.setattr(store, "account", changed_account)

    assert len(user.get("/_mock/accounts/key-1").json()["ledger"]) == 1
