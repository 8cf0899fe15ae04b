"""Operations begin again where another writer was faster, as a store outside allows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import ManualClock
from seedance_mock.scripting.script import script_of
from seedance_mock.service.admission import Admission
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, Change
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
KEY = {"Authorization": "Bearer sk-mock-poll-503.balance-500c--a"}


class Contended(MemoryStore):
    """A memory store in which every other commit comes too late."""

    late = False

    async def commit(self, *changes: Change) -> bool:
        self.late = not self.late
        return False if self.late else await super().commit(*changes)


@pytest.fixture
def contended(clock: ManualClock) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), clock=clock, store=Contended())) as client:
        client.headers.update(KEY)
        yield client


def test_every_operation_begins_again(contended: TestClient, clock: ManualClock) -> None:
    task = contended.post(CREATE, json=BODY).json()
    struck = contended.get(task["poll_url"]).status_code
    clock.advance(2)
    running = contended.get(task["poll_url"]).json()["status"]
    other = contended.post(CREATE, json={**BODY, "prompt": "a boat [mock: create-429]"})
    third = contended.post(CREATE, json=BODY).json()
    cancelled = contended.delete(third["poll_url"]).json()["cancelled"]

    assert (struck, running, other.status_code, cancelled) == (503, "processing", 429, True)


def test_control_begins_again(contended: TestClient) -> None:
    task = contended.post(CREATE, json=BODY).json()
    contended.post("/_mock/accounts/key-1", json={"top_up_usd": "1"})

    row = contended.post(f"/_mock/tasks/{task['id']}", json={"status": "completed"}).json()

    account = contended.get("/_mock/accounts/key-1").json()
    assert row["status"] == "completed"
    assert (account["granted_usd"], account["charged_usd"]) == ("6", "0.73667647")


class Forgetful(MemoryStore):
    """A memory store that forgets an account between two of its requests' steps."""

    async def commit(self, *changes: Change) -> bool:
        done = await super().commit(*changes)
        if done and not self.forgotten:
            self.forgotten = True
            await self.clear()
        return done

    forgotten = False


@pytest.mark.parametrize("words", ["balance-500c", "seed-1"])
def test_an_account_forgotten_on_the_way_is_kept_again(words: str, clock: ManualClock) -> None:
    key = {"Authorization": f"Bearer sk-mock-{words}--a"}
    with TestClient(create_app(Settings(), clock=clock, store=Forgetful())) as client:
        task = client.post(CREATE, json=BODY, headers=key).json()

        assert client.get(task["poll_url"], headers=key).json()["status"] == "pending"


def test_a_plain_account_forgotten_on_the_way_is_kept_again(clock: ManualClock) -> None:
    key = {"Authorization": "Bearer sk-plain"}
    with TestClient(create_app(Settings(), clock=clock, store=Forgetful())) as client:
        assert client.post(CREATE, json=BODY, headers=key).status_code == 200


class Overtaken(MemoryStore):
    """A memory store in which somebody else opens every account first."""

    async def commit(self, *changes: Change) -> bool:
        match changes:
            case (AccountChange(None, account),) if account.words != "down":
                await super().commit(AccountChange(None, scripted_down(account)))
                return False
        return await super().commit(*changes)


def scripted_down(account: Account) -> Account:
    return account._replace(words="down", script=script_of("down"))


def test_of_two_openings_the_first_holds(clock: ManualClock) -> None:
    with TestClient(create_app(Settings(), clock=clock, store=Overtaken())) as client:
        answer = client.get("/v1/models", headers={"Authorization": "Bearer sk-a"})

    assert answer.status_code == 503


def test_nothing_changes_where_no_account_is(clock: ManualClock) -> None:
    admission = Admission(Settings(), MemoryStore(), clock)

    assert asyncio.run(admission.change_account("key-1", scripted_down)) is None
