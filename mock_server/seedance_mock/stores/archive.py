"""The content of a store as lines of JSON, to keep it in a file and to load it again.

The first line names the format. Each other line is an account, a task or an entry; the tasks and
entries of an account come after it. Clocks, money and scripts are parts of the accounts. The
journal is not included.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from seedance_mock.domain.accounts import Account
from seedance_mock.stores import AccountContent
from seedance_mock.stores.records import (
    ENTRY_KINDS,
    VERSION,
    Record,
    RecordError,
    account_from_json,
    entry_from_json,
    entry_name,
    record_to_json,
    task_from_json,
)

FORMAT = {"format": "seedance-mock store", "version": 2, "records": VERSION}
"""The first line of an archive."""


class ArchiveError(ValueError):
    """A file is not an archive. The message says why."""


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


def parse_archive(lines: Sequence[str]) -> list[AccountContent]:
    """Return the content of an archive. Raises ArchiveError, which names the line."""
    parser = _Parser()
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
            if number == 1:
                _require_format(value)
            else:
                parser.add(value)
        except (RecordError, ArchiveError) as error:
            raise ArchiveError(f"line {number}: {error}") from None
        except ValueError:
            raise ArchiveError(f"line {number}: it is not JSON") from None
    if not lines:
        raise ArchiveError("it is empty")
    return parser.contents


def _require_format(value: object) -> None:
    if not isinstance(value, dict) or value.get("format") != FORMAT["format"]:
        raise ArchiveError("it is no export of a store: the first line names no format")
    if value != FORMAT:
        raise ArchiveError(
            f"it has version {value.get('version')} with records of version"
            f" {value.get('records')}, and this program reads {FORMAT['version']} and {VERSION};"
            " only the version that wrote it can load it"
        )


class _Parser:
    """Collects the records of an archive. No two of them contradict each other."""

    def __init__(self) -> None:
        self.contents: list[AccountContent] = []
        self._ids: set[tuple[str, ...]] = set()

    def add(self, value: object) -> None:
        """Add the record of a line. Raises ArchiveError, or ValueError for a wrong record."""
        match value:
            case {"account": members, **others} if not others:
                self._add_account(account_from_json(json.dumps(members)))
            case {"task": members, **others} if not others:
                task = task_from_json(json.dumps(members))
                self._require_new("task", task.id)
                self._content_of(task.owner).tasks.append(task)
            case {"entry": members, **others} if not others:
                entry = entry_from_json(json.dumps(members))
                self._require_new(entry_name(type(entry)), entry.owner, entry.id)
                self._content_of(entry.owner).entries.append(entry)
            case _:
                raise ArchiveError("it is neither an account nor a task nor an entry")

    def _add_account(self, account: Account) -> None:
        self._require_new("name", account.name)
        for key in (account.owner, *account.added_keys):
            self._require_new("key", key)
        self.contents.append(AccountContent(account, [], []))

    def _require_new(self, *record_id: str) -> None:
        if record_id in self._ids:
            raise ArchiveError(f"an earlier line has the {record_id[0]} {record_id[-1]}")
        self._ids.add(record_id)

    def _content_of(self, owner: str) -> AccountContent:
        """Return the content of the last account, which must be that of the owner."""
        if not self.contents or self.contents[-1].account.owner != owner:
            raise ArchiveError("the record does not follow its account")
        return self.contents[-1]
