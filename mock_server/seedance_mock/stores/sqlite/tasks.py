"""The tasks of `SqliteStore`."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_mock.domain.clock import Timeline
from seedance_mock.domain.task import Task, end_time
from seedance_mock.stores.expiry_queue import expiry_key
from seedance_mock.stores.record_cache import RecordCache
from seedance_mock.stores.records import task_from_json
from seedance_mock.stores.sqlite.database import Database

MAX_CACHED_TASKS = 10_000
"""How many decoded tasks a process keeps."""

_PLACE = "machine_end, end, created, number, id"
_FIRST_TO_END = (
    f"SELECT {_PLACE}, record FROM tasks"
    f" WHERE is_settled = ? AND machine_end IS NOT NULL ORDER BY {_PLACE} LIMIT 1"
)
_LAST_POSITION = "SELECT IFNULL(MAX(position), 0) FROM tasks"
# A counter of the tasks would be one page more to write for each create: some 5 µs.
_COUNT = f"SELECT ({_LAST_POSITION}) - value FROM meta WHERE name = 'free_positions'"


class TaskExistsError(Exception):
    """There is a task with the id of a new one."""


class SqliteTasks:
    """The table `tasks` of a file. Its owner runs the transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache = RecordCache(task_from_json, MAX_CACHED_TASKS)

    def decoded(self, text: str | None) -> Task | None:
        """Return the task with this text; None if there is no text."""
        return None if text is None else self._cache.decoded(text)

    def task(self, task_id: str) -> Task | None:
        """Return a task, or None."""
        row = self._database.row("SELECT record FROM tasks WHERE id = ?", task_id)
        return None if row is None else self._cache.decoded(row[0])

    def tasks(self, query: str, *values: object) -> list[Task]:
        """Return the tasks of a query: what comes after FROM."""
        rows = self._database.rows(f"SELECT record FROM tasks {query}", *values)
        return [self._cache.decoded(text) for (text,) in rows]

    def count(self) -> int:
        """Return how many tasks there are."""
        return self._number(_COUNT)

    def eviction_candidates(self) -> Sequence[Task]:
        """Return the candidates as the store does if there is no room."""
        # Each of the two queues has its place in the index; a sort of both would read them all.
        rows = [self._database.row(_FIRST_TO_END, is_settled) for is_settled in (True, False)]
        first = sorted(row for row in rows if row is not None)
        # If none of them has ended, no task has, and the first one of all is not settled.
        oldest = self.tasks("ORDER BY position LIMIT 1")
        return [*(self._cache.decoded(row[-1]) for row in first), *oldest]

    def replace(self, before: Task | None, after: Task, timeline: Timeline) -> None:
        """Insert or replace a task whose account has this timeline. Raises TaskExistsError."""
        columns = (
            after.is_settled,
            self._cache.encoded(after),
            end_time(after),
            _machine_end(after, timeline),
            after.id,
        )
        if before is not None:
            self._database.execute(
                "UPDATE tasks SET is_settled = ?, record = ?, end = ?, machine_end = ?"
                " WHERE id = ?",
                *columns,
            )
            return
        # Whether the id is free is seen here, without a query before.
        row = self._database.row(
            "INSERT INTO tasks (is_settled, record, end, machine_end, id, owner, created, number)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING 1",
            *columns,
            after.owner,
            after.created,
            after.number,
        )
        if row is None:
            raise TaskExistsError

    def delete(self, task: Task) -> None:
        """Delete a task."""
        last = self._number(_LAST_POSITION)
        self._database.execute("DELETE FROM tasks WHERE id = ?", task.id)
        new_last = self._number(_LAST_POSITION)
        # One more position up to the last one is free, unless the last task itself is gone.
        self._database.add_to_counter("free_positions", 1 - (last - new_last))

    def move_ends(self, owner: str, timeline: Timeline) -> None:
        """Move the ends of an owner's open tasks to those of another timeline."""
        tasks = self.tasks("WHERE owner = ? AND is_settled = 0", owner)
        rows = [(_machine_end(task, timeline), task.id) for task in tasks]
        self._database.execute_each("UPDATE tasks SET machine_end = ? WHERE id = ?", rows)

    def _number(self, query: str) -> int:
        """Return the only value of a query."""
        row = self._database.row(query)
        assert row is not None, "an aggregate has a row"
        return int(row[0])


def _machine_end(task: Task, timeline: Timeline) -> float | None:
    key = expiry_key(task, timeline)
    return None if key is None else key[0]
