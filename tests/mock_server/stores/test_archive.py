"""Archives of stores: entries are in them with their accounts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seedance_mock.domain.accounts import Account, AddedKey
from seedance_mock.domain.materials import Material, MaterialGroup
from seedance_mock.stores import AccountContent
from seedance_mock.stores.archive import FORMAT, ArchiveError, archive_lines, parse_archive
from seedance_mock.stores.sqlite.store import SqliteStore

from .example_tasks import add, add_entries, group, material, task

pytestmark = pytest.mark.anyio


async def test_entries_are_in_an_archive(tmp_path: Path) -> None:
    store, copy = SqliteStore(tmp_path / "mock.db"), SqliteStore(tmp_path / "copy.db")
    for owner in "ab":
        await store.open_account(Account(owner=owner))
    await add(store, task("1"), task("2", owner="b"))
    await add_entries(store, material("2"), group("1"), material("1"), material("1", owner="b"))

    lines = list(archive_lines(await store.contents()))
    await copy.load(parse_archive(lines))

    assert list(archive_lines(await copy.contents())) == lines
    assert await copy.entries(Material, "a") == [material("2"), material("1")]
    assert await copy.entry(MaterialGroup, "a", "1") == group("1")
    assert await copy.entries(Material, "b") == [material("1", owner="b")]
    await store.close()
    await copy.close()


async def test_an_entry_follows_its_account() -> None:
    content = AccountContent(Account(owner="a"), [], [material("1")])
    head, account, entry = archive_lines([content])

    with pytest.raises(ArchiveError, match="line 2: the record does not follow its account"):
        parse_archive([head, entry, account])


def test_no_two_records_contradict_each_other() -> None:
    shared = Account(owner="a", name="a", added_keys={"k": AddedKey()})
    first = AccountContent(shared, [task("1")], [material("1")])
    head, account, a_task, entry = archive_lines([first])
    repeated = {
        "name a": Account(owner="b", name="a"),
        "key a": Account(owner="a", name="b"),
        "key k": Account(owner="k", name="b"),
    }

    for what, other in repeated.items():
        _, line = archive_lines([AccountContent(other, [], [])])
        with pytest.raises(ArchiveError, match=f"line 3: an earlier line has the {what}"):
            parse_archive([head, account, line])
    with pytest.raises(ArchiveError, match="line 4: an earlier line has the task 1"):
        parse_archive([head, account, a_task, a_task])
    with pytest.raises(ArchiveError, match="line 4: an earlier line has the material 1"):
        parse_archive([head, account, entry, entry])


def test_an_archive_of_another_version_needs_that_version() -> None:
    head = json.dumps({**FORMAT, "records": 1})

    with pytest.raises(ArchiveError, match="only the version that wrote it can load it"):
        parse_archive([head])
