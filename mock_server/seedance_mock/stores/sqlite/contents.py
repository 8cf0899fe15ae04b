"""All accounts of a SQLite store with their tasks and entries, as of one moment."""

from __future__ import annotations

from seedance_mock.stores import AccountContent
from seedance_mock.stores.records import account_from_json, entry_from_json, task_from_json
from seedance_mock.stores.sqlite.database import Database


def read_contents(database: Database) -> list[AccountContent]:
    """Return all accounts in the order of opening, with their tasks and entries."""
    # Decoded afterwards: a long transaction keeps checkpoints from shortening the log, and the
    # caches of the store are for what requests need.
    with database.snapshot():
        accounts = database.rows("SELECT owner, record FROM accounts ORDER BY number")
        tasks = database.rows("SELECT owner, record FROM tasks ORDER BY created, number")
        entries = database.rows("SELECT owner, record FROM entries ORDER BY position")
    contents = {owner: AccountContent(account_from_json(text), [], []) for owner, text in accounts}
    # Settled tasks outlive an account that was evicted.
    for owner, text in tasks:
        if owner in contents:
            contents[owner].tasks.append(task_from_json(text))
    for owner, text in entries:
        if owner in contents:
            contents[owner].entries.append(entry_from_json(text))
    return list(contents.values())
