"""Run scenarios with one of the vendor's Python SDKs, and print as JSON what the SDK returned.

    python ark.py PACKAGE sync|async < '{"SCENARIO": "API_KEY", ...}'

The address is in BASE_URL. This program runs in an environment of its own, which has the SDKs and
nothing of this project.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

MODEL = "doubao-seedance-2-0-260128"
CONTENT = [{"type": "text", "text": "A kite above a harbour"}]
ENDED = ("succeeded", "failed", "cancelled", "expired")


class Tasks:
    """The task calls of an SDK, which can be awaited in both of its variants."""

    def __init__(self, client: Any) -> None:
        self._tasks = client.content_generation.tasks

    async def call(self, name: str, **arguments: object) -> Any:
        """Return what a call returns."""
        result = getattr(self._tasks, name)(**arguments)
        return await result if inspect.isawaitable(result) else result

    async def create(self, **arguments: object) -> str:
        """Create a task and return its id."""
        created = await self.call("create", model=MODEL, content=CONTENT, **arguments)
        task_id: str = created.id
        return task_id

    async def refusal(self, name: str, **arguments: object) -> dict[str, object]:
        """Return what the exception of a call says."""
        try:
            await self.call(name, **arguments)
        except Exception as error:
            names = ("status_code", "code", "param", "type", "request_id")
            members = {member: getattr(error, member, None) for member in names}
            return {"class": type(error).__name__, **members}
        return {"class": None}


async def lifecycle(tasks: Tasks) -> dict[str, object]:
    """Create a task, poll it to its end, and find it in the list."""
    task_id = await tasks.create(ratio="16:9", seed=7)
    statuses: list[str] = []
    while not statuses or statuses[-1] not in ENDED:
        task = await tasks.call("get", task_id=task_id)
        statuses.append(task.status)
        await asyncio.sleep(0.02)
    filters = {"page_num": 1, "page_size": 2, "status": "succeeded", "task_ids": [task_id]}
    found = await tasks.call("list", **filters)
    return {
        "id": task_id,
        "statuses": list(dict.fromkeys(statuses)),
        "video_url": task.content.video_url,
        "tokens": task.usage.total_tokens,
        "duration": task.duration,
        "error": task.error,
        "listed": [item.id for item in found.items],
        "total": found.total,
    }


async def delete(tasks: Tasks) -> dict[str, object]:
    """Cancel a task, twice."""
    task_id = await tasks.create()
    returned = await tasks.call("delete", task_id=task_id)
    task = await tasks.call("get", task_id=task_id)
    refusal = await tasks.refusal("delete", task_id=task_id)
    return {"returned": repr(returned), "status": task.status, "refusal": refusal}


async def errors(tasks: Tasks) -> dict[str, object]:
    """Make requests that are refused."""
    return {
        "body": await tasks.refusal("create", model=MODEL, content=CONTENT, duration=99),
        "task": await tasks.refusal("get", task_id="cgt-20260102030405-zzzzz"),
    }


async def create_refused_twice(tasks: Tasks) -> dict[str, object]:
    """Create a task where the server refuses the first two requests."""
    return await _create(tasks, {})


async def create_unanswered(tasks: Tasks) -> dict[str, object]:
    """Create a task where the first request is applied, and its response never comes."""
    return await _create(tasks, {})


async def create_unanswered_with_key(tasks: Tasks) -> dict[str, object]:
    """The same with an Idempotency-Key."""
    return await _create(tasks, {"Idempotency-Key": "harbour-1"})


async def create_with_callback(tasks: Tasks) -> dict[str, object]:
    """Create a task with the callback URL in CALLBACK_URL."""
    return {"id": await tasks.create(callback_url=os.environ["CALLBACK_URL"])}


async def _create(tasks: Tasks, headers: dict[str, str]) -> dict[str, object]:
    """Create a task, and count the tasks that exist then."""
    started_at = time.monotonic()
    task_id = await tasks.create(extra_headers=headers)
    seconds = time.monotonic() - started_at
    found = await tasks.call("list")
    is_listed = task_id in [item.id for item in found.items]
    return {"is_listed": is_listed, "tasks": found.total, "seconds": seconds}


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (
        lifecycle,
        delete,
        errors,
        create_refused_twice,
        create_unanswered,
        create_unanswered_with_key,
        create_with_callback,
    )
}


def run(package: str, variant: str, name: str, api_key: str) -> dict[str, object]:
    """Run a scenario with a client of its own and return its outcome."""
    runtime = importlib.import_module(package)
    client_class = runtime.Ark if variant == "sync" else runtime.AsyncArk
    # The timeout is short for the scenarios whose first response never comes.
    client = client_class(base_url=os.environ["BASE_URL"], api_key=api_key, timeout=1)
    return asyncio.run(SCENARIOS[name](Tasks(client)))


def main(package: str, variant: str) -> None:
    """Run the scenarios that standard input names, at the same time."""
    keys: dict[str, str] = json.load(sys.stdin)
    with ThreadPoolExecutor(len(keys)) as threads:
        runs = {name: threads.submit(run, package, variant, name, keys[name]) for name in keys}
    print(json.dumps({name: outcome.result() for name, outcome in runs.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
