"""Operations start again if another request was faster, as a shared store allows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from seedance_mock.domain.accounts import Account, AddedKey, with_added_key
from seedance_mock.domain.clock import ManualClock
from seedance_mock.scripting.script import script_of
from seedance_mock.service.admission import Admission
from seedance_mock.service.keys import key_digest
from seedance_mock.service.workspaces import open_in_workspace
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, Change
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
KEY = {"Authorization": "Bearer sk-mock-poll-503.balance-500c--a"}


class ContendedStore(MemoryStore):
    """A memory store in which every other commit fails."""

    fails = False

    async def commit(self, *changes: Change) -> bool:
        self.fails = not self.fails
        return False if self.fails else await super().commit(*changes)


@pytest.fixture
def contended(clock: ManualClock) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), clock=clock, store=ContendedStore())) as client:
        client.headers.update(KEY)
        yield client


def test_every_operation_starts_again(contended: TestClient, clock: ManualClock) -> None:
    first = contended.post(CREATE, json=BODY).json()
    first_poll = contended.get(first["poll_url"]).status_code
    clock.advance(2)
    second_poll = contended.get(first["poll_url"]).json()["status"]
    scripted = contended.post(CREATE, json={**BODY, "prompt": "a boat [mock: create-429]"})
    second = contended.post(CREATE, json=BODY).json()
    cancelled = contended.delete(second["poll_url"]).json()["cancelled"]

    assert (first_poll, second_poll, scripted.status_code, cancelled) == (
        503,
        "processing",
        429,
        True,
    )


def test_control_operations_start_again(contended: TestClient) -> None:
    task = contended.post(CREATE, json=BODY).json()
    contended.post("/_mock/accounts/key-1", json={"top_up_usd": "1"})

    forced = contended.post(f"/_mock/tasks/{task['id']}", json={"status": "completed"}).json()

    account = contended.get("/_mock/accounts/key-1").json()
    assert forced["status"] == "completed"
    assert (account["granted_usd"], account["charged_usd"]) == ("6", "0.73667647")


def test_operations_on_materials_start_again(contended: TestClient, clock: ManualClock) -> None:
    assets, groups = "/v1/videos/assets", "/v1/videos/assets/groups"
    new = {"asset_url": "https://example.com/a.png"}
    group = contended.post(groups, json={}).json()["id"]
    first = contended.post(assets, json={**new, "group_id": group}).json()["id"]
    second = contended.post(assets, json=new).json()["id"]
    ended = contended.post(f"/_mock/materials/{first}", json={"end": "active"}).json()["status"]
    renamed = contended.put(f"{assets}/{first}", json={"asset_name": "x"}).json()["asset_name"]
    changed = contended.put(f"{groups}/{group}", json={"group_name": "x"}).json()["group_name"]
    contended.post("/_mock/accounts/key-1/clock", json={"mode": "polls"})
    polled = contended.get(f"{assets}/{second}").json()["status"]

    statuses = [
        contended.delete(path).status_code for path in (f"{groups}/{group}", f"{assets}/{second}")
    ]

    assert (ended, renamed, changed, polled) == ("ACTIVE", "x", "x", "PROCESSING")
    assert (statuses, contended.get(assets).json()["assets"]) == ([200, 200], [])


class ForgetfulStore(MemoryStore):
    """A memory store that deletes everything after its first commit."""

    is_cleared = False

    async def commit(self, *changes: Change) -> bool:
        succeeded = await super().commit(*changes)
        if succeeded and not self.is_cleared:
            self.is_cleared = True
            await self.clear()
        return succeeded


@pytest.mark.parametrize("words", ["balance-500c", "seed-1"])
def test_an_account_deleted_meanwhile_is_restored(words: str, clock: ManualClock) -> None:
    key = {"Authorization": f"Bearer sk-mock-{words}--a"}
    with TestClient(create_app(Settings(), clock=clock, store=ForgetfulStore())) as client:
        task = client.post(CREATE, json=BODY, headers=key).json()

        assert client.get(task["poll_url"], headers=key).json()["status"] == "pending"


def test_a_deleted_plain_account_is_restored(clock: ManualClock) -> None:
    key = {"Authorization": "Bearer sk-plain"}
    with TestClient(create_app(Settings(), clock=clock, store=ForgetfulStore())) as client:
        assert client.post(CREATE, json=BODY, headers=key).status_code == 200


class OvertakenStore(MemoryStore):
    """A memory store in which another request opens every account first, with other words."""

    async def open_account(self, account: Account) -> Account:
        return await super().open_account(scripted_down(account))


def scripted_down(account: Account) -> Account:
    return replace(account, words="down", script=script_of("down"))


def test_the_first_of_two_openings_wins(clock: ManualClock) -> None:
    with TestClient(create_app(Settings(), clock=clock, store=OvertakenStore())) as client:
        response = client.get("/v1/models", headers={"Authorization": "Bearer sk-a"})

    assert response.status_code == 503


def test_an_unknown_account_cannot_be_changed(clock: ManualClock) -> None:
    admission = Admission(Settings(), MemoryStore(), clock)

    assert asyncio.run(admission.change_account("key-1", scripted_down)) is None


class OvertakenKeyStore(MemoryStore):
    """A memory store in which the first commit loses to one that adds the same key."""

    is_overtaken = False

    async def commit(self, *changes: Change) -> bool:
        if self.is_overtaken:
            return await super().commit(*changes)
        self.is_overtaken = True
        await super().commit(AccountChange(None, Account(owner="a", name="team")))
        return await super().commit(*changes)


def test_one_of_two_openings_of_a_workspace_wins(clock: ManualClock) -> None:
    admission = Admission(Settings(), OvertakenKeyStore(), clock)

    account = asyncio.run(open_in_workspace(admission, "sk-a", "team", None))

    assert (account.owner, [*account.added_keys]) == ("a", [key_digest("sk-a")])


class OvertakenResetStore(MemoryStore):
    """A memory store in which another request changes an account during its first reset."""

    is_overtaken = False

    async def reset(self, before: Account, after: Account) -> bool:
        if not self.is_overtaken:
            self.is_overtaken = True
            changed = with_added_key(before, "b", AddedKey(spent=Decimal(1)))
            await self.commit(AccountChange(before, changed))
        return await super().reset(before, after)


def test_a_reset_starts_again(clock: ManualClock) -> None:
    admission = Admission(Settings(), OvertakenResetStore(), clock)

    async def reset_account() -> Account | None:
        account = await admission.open_account("sk-a")
        return await admission.reset(account.name)

    account = asyncio.run(reset_account())

    assert account is not None
    assert (account.name, account.added_keys) == ("key-1", {"b": AddedKey()})


def test_an_unknown_account_cannot_be_reset(clock: ManualClock) -> None:
    assert asyncio.run(Admission(Settings(), MemoryStore(), clock).reset("key-1")) is None
