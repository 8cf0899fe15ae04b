"""The laws of the interface `Store` for accounts, their names and keys, on every store."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account, AddedKey, with_added_key
from seedance_mock.stores import AccountChange, Store, ensure_account

from .example_tasks import add, names, task

pytestmark = pytest.mark.anyio


async def test_new_accounts_are_numbered(store: Store) -> None:
    opened = [await store.open_account(Account(owner=owner)) for owner in "abc"]

    assert [account.name for account in opened] == ["key-1", "key-2", "key-3"]


async def test_a_number_whose_name_is_taken_is_left_out(store: Store) -> None:
    assert await store.commit(AccountChange(None, Account(owner="a", name="key-2")))

    opened = [await store.open_account(Account(owner=owner)) for owner in "bc"]

    assert [account.name for account in opened] == ["key-1", "key-3"]


async def test_an_existing_account_is_not_replaced(store: Store) -> None:
    first = await store.open_account(Account(owner="a"))

    again = await store.open_account(Account(owner="a", granted=Decimal(1)))

    assert again == first
    assert (await store.open_account(Account(owner="b"))).name == "key-2"


async def test_concurrent_openings_have_different_names(store: Store) -> None:
    owners = [str(number) for number in range(8)]

    opened = await asyncio.gather(*(store.open_account(Account(owner=owner)) for owner in owners))

    assert sorted(account.name for account in opened) == [f"key-{n}" for n in range(1, 9)]


async def test_concurrent_openings_of_one_owner_are_one(store: Store) -> None:
    accounts = [Account(owner="a", created_count=number) for number in range(8)]

    opened = await asyncio.gather(*map(store.open_account, accounts))

    assert all(account == opened[0] for account in opened)
    assert await names(store) == ["key-1"]


async def test_a_chosen_name_takes_no_number(store: Store) -> None:
    team = Account(owner="a", name="team")

    assert await store.commit(AccountChange(None, team))
    assert (await store.open_account(Account(owner="b"))).name == "key-1"
    assert await store.account_by_name("team") == team
    assert await store.account_by_name("key-1") == await store.account("b")
    assert await store.account_by_name("key-2") is None


async def test_a_name_belongs_to_one_account(store: Store) -> None:
    assert await store.commit(AccountChange(None, Account(owner="a", name="team")))

    assert not await store.commit(AccountChange(None, Account(owner="b", name="team")))
    assert await store.account("b") is None


async def test_a_changed_name_is_free_again(store: Store) -> None:
    first = await store.open_account(Account(owner="a"))

    assert await store.commit(AccountChange(first, replace(first, name="team")))

    assert await store.account_by_name("key-1") is None
    assert await store.commit(AccountChange(None, Account(owner="b", name="key-1")))


# Keys


async def test_a_key_belongs_to_the_account_that_it_opened(store: Store) -> None:
    opened = await store.open_account(Account(owner="a"))

    assert await store.account_of_key("a") == opened
    assert await store.account_of_key("b") is None


async def test_an_account_is_read_with_a_task(store: Store) -> None:
    shared = await shared_account(store)
    await add(store, task("1"), task("2", owner="c"))

    assert await store.account_and_task("a", "1") == (shared, task("1"))
    assert await store.account_and_task("b", "1") == (shared, task("1"))
    assert await store.account_and_task("b", "2") == (shared, task("2", owner="c"))
    assert await store.account_and_task("a", "3") == (shared, None)
    assert await store.account_and_task("c", "2") == (None, task("2", owner="c"))


async def test_an_added_key_belongs_to_its_account(store: Store) -> None:
    shared = await shared_account(store)

    assert await store.account_of_key("b") == shared
    assert await store.account("b") is None
    assert await store.open_account(Account(owner="b")) == shared
    assert await names(store) == ["key-1"]


async def test_a_changed_account_keeps_its_keys(store: Store) -> None:
    shared = await shared_account(store)
    after = replace(with_added_key(shared, "b", AddedKey(spent=Decimal(2))), created_count=1)

    assert await store.commit(AccountChange(shared, after))

    assert await store.account_of_key("b") == after


async def test_a_removed_key_is_free_again(store: Store) -> None:
    shared = await shared_account(store)

    assert await store.commit(AccountChange(shared, replace(shared, added_keys={})))

    assert await store.account_of_key("b") is None
    assert (await store.open_account(Account(owner="b"))).name == "key-2"


@pytest.mark.parametrize("key", ["b", "c"], ids=["added-to-another", "opened-another"])
async def test_a_key_is_not_added_twice(key: str, store: Store) -> None:
    await shared_account(store)
    await store.open_account(Account(owner="c"))
    third = await store.open_account(Account(owner="d"))

    assert not await store.commit(AccountChange(third, with_added_key(third, key, AddedKey())))
    assert await store.account("d") == third


async def test_an_added_key_opens_no_account(store: Store) -> None:
    await shared_account(store)

    assert not await store.commit(AccountChange(None, Account(owner="b", name="team")))


async def test_one_of_many_keys_is_added_from_a_record(store: Store) -> None:
    account = await store.open_account(Account(owner="a"))

    results = await asyncio.gather(
        *(
            store.commit(AccountChange(account, with_added_key(account, key, AddedKey())))
            for key in "bcd"
        )
    )

    assert sum(results) == 1
    owners = [await store.account_of_key(key) for key in "bcd"]
    assert [owner is not None for owner in owners] == results


async def test_a_deleted_account_is_opened_with_its_free_keys(store: Store) -> None:
    shared = with_added_key(await shared_account(store), "c", AddedKey(spent=Decimal(2)))
    await store.clear()
    await store.open_account(Account(owner="b"))

    restored = await ensure_account(store, shared)

    assert (restored.name, restored.added_keys) == ("key-2", {"c": AddedKey()})
    assert await store.account_of_key("c") == restored


async def shared_account(store: Store) -> Account:
    """Return an account of the owner a with the added key b, as it is stored."""
    account = await store.open_account(Account(owner="a"))
    shared = with_added_key(account, "b", AddedKey(quota=Decimal(1)))
    assert await store.commit(AccountChange(account, shared))
    return shared


async def test_a_deleted_account_is_opened_without_history(store: Store) -> None:
    deleted = Account(owner="a", name="key-7", reserved=Decimal(1), request_counts={"any": 3})

    restored = await ensure_account(store, deleted)

    assert restored == Account(owner="a", name="key-1")
    assert await store.account("a") == restored


async def test_accounts_are_in_the_order_of_opening(store: Store) -> None:
    first = await store.open_account(Account(owner="b"))
    await store.open_account(Account(owner="a"))

    await store.commit(AccountChange(first, replace(first, created_count=1)))

    assert await names(store) == ["key-1", "key-2"]


async def test_an_account_is_known_after_its_commit(store: Store) -> None:
    account = await store.open_account(Account(owner="a"))
    after = replace(account, words="ok")
    await store.commit(AccountChange(account, after))

    assert store.known_account("a") == after
    assert store.known_account("b") is None
