"""The content of a store as lines of JSON, to keep it in a file and to load it again.

The first line names the format. Each other line is an account, a task or an entry; the tasks and
entries of an account come after it. Clocks, money and scripts are parts of the accounts. The
journal is not included.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from seedance_mock.stores import (
    AccountChange,
    AccountContent,
    Change,
    EntryChange,
    Store,
    TaskChange,
)
from seedance_mock.stores.records import (
    ENTRY_KINDS,
    VERSION,
    Record,
    RecordError,
    account_from_json,
    entry_from_json,
    record_to_json,
    task_from_json,
)

FORMAT = {"format": "seedance-mock store", "version": 2, "records": VERSION}
"""The first line of an archive."""


class ArchiveError(ValueError):
    """A file is not an archive, or it cannot be loaded. The message says why."""


def archive_lines(contents: Iterable[AccountContent]) -> Iterator[str]:
    """Yield the lines of an archive of what a store has, without line ends."""
    yield json.dumps(FORMAT)
    kinds = list(ENTRY_KINDS.values())
    for account, tasks, entries in contents:
        yield _line("account", account)
        for task in tasks:
            yield _line("task", task)
        for entry in sorted(entries, key=lambda entry: kinds.index(type(entry))):
            yield _line("entry", entry)


def _line(kind: str, record: Record) -> str:
    return f'{{"{kind}":{record_to_json(record)}}}'


def parse_archive(lines: Iterable[str]) -> list[AccountContent]:
    """Return the content of an archive. Raises ArchiveError, which names the line."""
    contents: list[AccountContent] = []
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
            if number == 1:
                _require_format(value)
            else:
                _add(contents, value)
        except (RecordError, ArchiveError) as error:
            raise ArchiveError(f"line {number}: {error}") from None
        except ValueError:
            raise ArchiveError(f"line {number}: it is not JSON") from None
    if not lines:
        raise ArchiveError("it is empty")
    return contents


def _require_format(value: object) -> None:
    if not isinstance(value, dict) or value.get("format") != FORMAT["format"]:
        raise ArchiveError("it is no archive of a store: the first line names no format")
    if value != FORMAT:
        raise ArchiveError(
            f"it has version {value.get('version')} with records of version"
            f" {value.get('records')}, and this program reads {FORMAT['version']} and {VERSION}"
        )


def _add(contents: list[AccountContent], value: object) -> None:
    match value:
        case {"account": members, **others} if not others:
            contents.append(AccountContent(account_from_json(json.dumps(members)), [], []))
        case {"task": members, **others} if not others:
            task = task_from_json(json.dumps(members))
            _content_of(contents, task.owner).tasks.append(task)
        case {"entry": members, **others} if not others:
            entry = entry_from_json(json.dumps(members))
            _content_of(contents, entry.owner).entries.append(entry)
        case _:
            raise ArchiveError("it is neither an account nor a task nor an entry")


def _content_of(contents: list[AccountContent], owner: str) -> AccountContent:
    """Return the content of the last account, which must be that of the owner."""
    if not contents or contents[-1].account.owner != owner:
        raise ArchiveError("the record does not follow its account")
    return contents[-1]


async def load_archive(store: Store, contents: Iterable[AccountContent]) -> None:
    """Store the content of an archive in an empty store.

    Raises ArchiveError if the store is not empty, or if two records contradict each other. Then
    the store is as it was.
    """
    if await store.accounts():
        raise ArchiveError("the store is not empty: clear it first")
    for account, tasks, entries in contents:
        changes: list[Change] = [TaskChange(None, task) for task in tasks]
        changes += [EntryChange(None, entry) for entry in entries]
        # In one commit, so that no server that uses the store sees an account without its tasks.
        if not await store.commit(AccountChange(None, account), *changes):
            await store.clear()
            raise ArchiveError(f"{account.name}: its name, a key or a task is there already")
