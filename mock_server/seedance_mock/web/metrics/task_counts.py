"""How many tasks there are of each status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from seedance_contract.declared.tasks import Status
from seedance_mock.domain.clock import monotonic
from seedance_mock.domain.task import status
from seedance_mock.service.pauses import with_pauses
from seedance_mock.service.tasks import Service

MAX_SHARE = 0.02
"""The most of its time that a server spends on counting tasks, however often it is asked."""

FRESH_SECONDS = 0.01
"""A count that takes no longer than this is made each time. In memory that is 5,000 tasks."""


class TaskCounts:
    """Counts the tasks of a store by status.

    The status of a task follows from its record and the time, so nothing happens when it changes,
    and only a look at every task can tell. A count of many tasks is kept for some time.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._counts: Mapping[Status, int] = {}
        self._fresh_until = 0.0

    async def read(self) -> Mapping[Status, int]:
        """Return the number of tasks of each status."""
        started = monotonic()
        if started < self._fresh_until:
            return self._counts
        self._counts = await self._count()
        ended = monotonic()
        if (seconds := ended - started) > FRESH_SECONDS:
            self._fresh_until = ended + seconds / MAX_SHARE
        return self._counts

    async def _count(self) -> Mapping[Status, int]:
        service, counts = self._service, Counter(dict.fromkeys(Status, 0))
        accounts = {account.owner: account for account in await service.store.accounts()}
        async for task in with_pauses(await service.store.tasks()):
            account = accounts.get(task.owner)
            # The account may have been deleted in between.
            if account is not None:
                counts[status(task, service.now(account, task))] += 1
        return counts
