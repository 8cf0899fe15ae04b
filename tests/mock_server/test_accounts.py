from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from seedance_mock.accounts import Account, balance, covers, reserved
from seedance_mock.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.task import Task
from seedance_mock.web.app import create_app

GRANTED = Decimal(6)


@pytest.mark.parametrize(
    ("amount", "covered"), [("0", True), ("5", True), ("5.00000001", False)], ids=str
)
def test_account_covers_what_is_not_reserved(amount: str, covered: bool) -> None:
    account = Account(owner="owner", granted=Decimal(9), reserved=Decimal(3), charged=Decimal(1))

    assert covers(account, Decimal(amount)) is covered


def test_unlimited_account_covers_everything() -> None:
    account = reserved(Account(owner="owner"), Decimal(10) ** 30)

    assert balance(account) is None
    assert covers(account, Decimal(10) ** 30)


actions = st.one_of(
    st.tuples(
        st.just("create"),
        st.fixed_dictionaries(
            {"duration": st.sampled_from([4, 5, 15, -1])},
            optional={
                "model": st.just("seedance-2.0-mini"),
                "image_url": st.just("https://example.com/image.png"),
            },
        ),
    ),
    st.tuples(st.sampled_from(["poll", "cancel"]), st.integers(0, 9)),
    st.tuples(st.just("advance"), st.sampled_from([0.5, 1, 4, 5, 3_600])),
)


class World:
    """A server with records that can be read, one user with a balance, and what was done."""

    def __init__(self, client: TestClient, store: MemoryStore, clock: ManualClock) -> None:
        self.client = client
        self.store = store
        self.clock = clock
        self.paths: list[str] = []

    def do(self, action: str, argument: Any) -> None:
        match action:
            case "create":
                self._create(argument)
            case "advance":
                self.clock.advance(argument)
            case "poll" if argument < len(self.paths):
                self.client.get(self.paths[argument])
            case "cancel" if argument < len(self.paths):
                self.client.delete(self.paths[argument])

    def _create(self, fields: dict[str, object]) -> None:
        body = {
            "model": "seedance-2.0",
            "prompt": "a cat",
            "execution_expires_after": 3_600,
            **fields,
        }
        answer = self.client.post("/v1/videos/generations", json=body)
        if answer.status_code == 200:
            self.paths.append(answer.json()["poll_url"])

    def record(self, path: str) -> Task:
        task = asyncio.run(self.store.task(path.rpartition("/")[2]))
        assert task is not None
        return task

    def account(self) -> Account:
        owner = self.record(self.paths[0]).owner if self.paths else "nobody"
        return asyncio.run(self.store.account(owner)) or Account(owner=owner, granted=GRANTED)


@given(
    lifecycle=st.sampled_from(["quick", "manual"]), steps=st.lists(actions, min_size=3, max_size=25)
)
@settings(max_examples=100, deadline=None)
def test_money_is_conserved(lifecycle: str, steps: list[tuple[str, Any]]) -> None:
    store, clock = MemoryStore(), ManualClock()
    app = create_app(Settings(balance=GRANTED, lifecycle=lifecycle), clock=clock, store=store)
    with TestClient(app, headers={"Authorization": "Bearer sk-test"}) as client:
        world = World(client, store, clock)

        for action, argument in steps:
            world.do(action, argument)
            account = world.account()
            left = balance(account)
            assert left is not None
            assert left + account.reserved + account.charged == GRANTED
            assert min(left, account.reserved, account.charged) >= 0

        shown = {path: client.get(path).json()["status"] for path in world.paths}

    live = [path for path in world.paths if shown[path] in ("pending", "processing")]
    done = [path for path in world.paths if shown[path] == "completed"]
    account = world.account()
    assert account.reserved == sum(world.record(path).estimate for path in live)
    assert account.charged == sum(world.record(path).price for path in done)
