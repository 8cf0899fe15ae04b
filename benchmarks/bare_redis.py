"""Polls and creates as bare calls of redis-py: the round trips of the mock, and nothing else.

Each of some coroutines has an account and a task of its own. A poll reads both in one pipeline; a
create reads the account and commits a task with it, by the script of the store. Prints a line of
JSON with the calls a second and the CPU time of a call.

    python benchmarks/bare_redis.py redis://localhost:6379/15 --seconds 3 --connections 32
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import uvloop
from redis.asyncio import Redis

from seedance_contract.derived.cost import Video
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.task import Task, end_time, new_task_id
from seedance_mock.stores.records import record_to_json
from seedance_mock.stores.redis.keys import Keys
from seedance_mock.stores.redis.scripts.records import COMMIT

KEYS = Keys("bare")
PRICE = Decimal("0.73667647")

Call = Callable[["Caller"], Awaitable[None]]


def new_task(owner: str) -> Task:
    """Return a task of about the size that the mock stores."""
    return Task(
        id=new_task_id(os.urandom(12).hex(), owner),
        owner=owner,
        model="seedance-2.0",
        video=Video("seedance-2.0", "720p", "16:9", 5),
        audio=True,
        last_frame=False,
        created=1_800_000_000.0,
        queue_seconds=3_600.0,
        run_seconds=3_600.0,
        expires_after=172_800,
        estimate=PRICE,
        price=PRICE,
    )


@dataclass(slots=True)
class Caller:
    """An account, its first task, and the version of the account's record."""

    client: Redis
    owner: str
    task_id: str = ""
    version: str = ""

    async def open(self) -> None:
        """Store the account and a task."""
        self.version = "0"
        await self._set_account()
        await self.create()

    async def _set_account(self) -> None:
        text = record_to_json(Account(owner=self.owner, name=self.owner[:8]))
        key = KEYS.account(self.owner)
        await _reply(self.client.hset(key, mapping={"v": self.version, "r": text}))

    async def poll(self) -> None:
        """Read the account and the task in one round trip."""
        pipeline = self.client.pipeline(transaction=False)
        pipeline.hmget(KEYS.account(self.owner), "v", "r")
        pipeline.hmget(KEYS.task(self.task_id), "v", "r")
        await pipeline.execute()

    async def create(self) -> None:
        """Read the account, then commit a task with it."""
        await _reply(self.client.hmget(KEYS.account(self.owner), "v", "r"))
        task, token = new_task(self.owner), os.urandom(8).hex()
        account = Account(owner=self.owner, name=self.owner[:8], reserved=PRICE)
        sets = (KEYS.open_tasks(self.owner), KEYS.settled_tasks(self.owner))
        keys = [KEYS.token(self.owner, token), KEYS.task(task.id), *sets]
        keys += [KEYS.account(self.owner), *sets]
        changes = ["open", "none", "", record_to_json(task), task.id, repr(end_time(task))]
        changes += ["account", "v", self.version, record_to_json(account), "", ""]
        reply = await _reply(
            self.client.eval(COMMIT.source, len(keys), *keys, token, "30", *changes)
            if not self.task_id
            else self.client.evalsha(COMMIT.digest, len(keys), *keys, token, "30", *changes)
        )
        assert reply == 1, reply
        self.task_id, self.version = task.id, token


async def _reply(call: Any) -> Any:
    # redis-py annotates its methods for both of its clients, the synchronous one too.
    return await call


async def measure(callers: Sequence[Caller], call: Call, seconds: float) -> dict[str, float]:
    """Return the calls a second of all callers together, and the CPU time of a call in µs."""
    end, count = time.monotonic() + seconds, 0

    async def repeat(caller: Caller) -> None:
        nonlocal count
        while time.monotonic() < end:
            await call(caller)
            count += 1

    cpu = time.process_time()
    await asyncio.gather(*map(repeat, callers))
    return {"rate": count / seconds, "cpu": (time.process_time() - cpu) / count * 1e6}


async def run(url: str, seconds: float, connections: int) -> dict[str, dict[str, float]]:
    """Measure polls and creates."""
    client = Redis.from_url(url)
    callers = [Caller(client, os.urandom(16).hex()) for _ in range(connections)]
    for caller in callers:
        await caller.open()
    calls: dict[str, Call] = {"poll": Caller.poll, "create": Caller.create}
    figures = {name: await measure(callers, call, seconds) for name, call in calls.items()}
    await client.aclose()
    return figures


def main() -> None:
    """Measure, on the event loop of the mock."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    measured = run(options.url, options.seconds, options.connections)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(measured)))


if __name__ == "__main__":
    main()
