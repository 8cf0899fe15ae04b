"""The journal in Redis: a capped stream whose entry ids are the numbers of the rows."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence

from seedance_mock.stores.journal_log import JournalFilter, JournalRow, NumberedRow, RowPage
from seedance_mock.stores.redis.client import RedisClient
from seedance_mock.stores.redis.keys import Keys
from seedance_mock.stores.redis.scripts.journal import APPEND, CLEAR, DELETE

TOKEN_SECONDS = 30
"""How long the server remembers a batch, so that it is appended once if its reply is lost."""

READ_ROWS = 500
"""How many rows are read at once where a filter may drop some."""

MAX_READS = 20
"""How often a page reads so many rows. If it has found too few by then, the next page goes on."""


class RedisJournal:
    """The journal in a server of Redis. It implements `JournalLog`.

    Args:
        client: the server.
        keys: the names of the keys.
        max_entries: how many rows are kept.
        max_bytes: how many bytes their entries take at most.
    """

    def __init__(self, client: RedisClient, keys: Keys, max_entries: int, max_bytes: int) -> None:
        self._client = client
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._rows = f"{keys.journal}:rows"
        self._counters = f"{keys.journal}:counters"
        self._requests = f"{keys.journal}:requests"
        self._token = f"{keys.journal}:token:"

    @property
    def _script_keys(self) -> list[str]:
        return [self._rows, self._counters, self._requests]

    async def append(self, rows: Sequence[JournalRow]) -> None:
        arguments: list[str] = []
        for row in rows:
            status = "" if row.status is None else str(row.status)
            arguments += (
                row.request_id,
                row.account or "",
                row.task_id or "",
                row.place or "",
                status,
                row.entry,
            )
        keys = [*self._script_keys, self._token + os.urandom(8).hex()]
        bounds = [self._max_entries, self._max_bytes, TOKEN_SECONDS]
        await self._client.run(APPEND, keys, [*bounds, *arguments])

    async def page(self, after: int, limit: int, criteria: JournalFilter) -> RowPage:
        found: list[NumberedRow] = []
        expected = {name: value for name, value in criteria._asdict().items() if value is not None}
        # One row more than the page has: it shows whether another page follows.
        count = READ_ROWS if expected else limit + 1
        for _ in range(MAX_READS):
            rows = await self._read(after, count)
            for row in rows:
                if _matches(row.row, expected):
                    if len(found) == limit:
                        return RowPage(found, found[-1].number)
                    found.append(row)
                after = row.number
            if len(rows) < count:
                return RowPage(found, None)
        return RowPage(found, after)

    async def _read(self, after: int, count: int) -> list[NumberedRow]:
        replies = await self._client.call(
            "XRANGE", self._rows, f"{after + 1}-0", "+", "COUNT", count
        )
        return [_numbered(entry_id, fields) for entry_id, fields in replies]

    async def find(self, request_id: str) -> NumberedRow | None:
        number = await self._client.call("HGET", self._requests, request_id)
        if number is None:
            return None
        # The stream is capped, so the row may be gone, and the next one is read in its place.
        rows = await self._read(int(number) - 1, 1)
        return rows[0] if rows and rows[0].number == int(number) else None

    async def last_number(self) -> int:
        return int(await self._client.call("HGET", self._counters, "last") or 0)

    async def clear(self, account: str | None = None) -> None:
        if account is None:
            await self._client.run(CLEAR, self._script_keys, [])
            return
        # In parts: Redis serves nobody else while a script runs.
        async for rows in self._all_rows():
            numbers = [str(row.number) for row in rows if row.row.account == account]
            if numbers:
                await self._client.run(DELETE, self._script_keys, numbers)

    async def _all_rows(self) -> AsyncIterator[list[NumberedRow]]:
        after = 0
        while rows := await self._read(after, READ_ROWS):
            yield rows
            after = rows[-1].number


def _matches(row: JournalRow, expected: Mapping[str, object]) -> bool:
    return all(getattr(row, name) == value for name, value in expected.items())


def _numbered(entry_id: bytes, fields: Mapping[bytes, bytes]) -> NumberedRow:
    request_id, account, task_id, place, status, entry = (
        fields[name].decode() for name in (b"r", b"a", b"t", b"p", b"s", b"e")
    )
    row = JournalRow(
        request_id=request_id,
        account=account or None,
        task_id=task_id or None,
        place=place or None,
        status=int(status) if status else None,
        entry=entry,
    )
    return NumberedRow(int(entry_id.partition(b"-")[0]), row)
