"""`serve` and `store` with a server of Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result

from seedance_mock.commands.framework import store_options
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.task import Task
from seedance_mock.settings import DEFAULT_STORE_PREFIX, Settings
from seedance_mock.stores import TaskChange
from seedance_mock.stores.urls import open_store

Run = Callable[..., Result]

COMMANDS = pytest.mark.parametrize(
    "command", [["serve", "--store"], ["store", "info"], ["store", "clear", "--yes"]]
)
"""The command that serves a store, one that reads it, and one that empties it."""


def test_a_prefix_is_checked_before_the_server_starts(run: Run) -> None:
    ended = run("serve", "--store-prefix", "{a}")

    assert ended.exit_code == 2
    assert "'--store-prefix': give 1 to 64 letters, digits and any of . _ : -" in ended.output


@COMMANDS
@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret@127.0.0.1:1/0",
        "redis://127.0.0.1:1/0?username=secret&password=secret",
    ],
    ids=["user info", "query"],
)
def test_a_server_that_does_not_answer_is_explained_without_the_password(
    url: str, command: list[str], run: Run
) -> None:
    ended = run(*command, url)

    assert ended.exit_code == 3
    assert "cannot open redis://127.0.0.1:1/0: " in ended.output
    assert "secret" not in ended.output


@COMMANDS
def test_a_wrong_url_is_explained(command: list[str], run: Run) -> None:
    ended = run(*command, "redis://127.0.0.1:1/abc")

    assert ended.exit_code == 2
    assert "the database is a number" in ended.output


@COMMANDS
def test_a_missing_library_is_explained(
    command: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_options, "find_spec", lambda name: None)

    ended = run(*command, "redis://127.0.0.1:1/0")

    assert ended.exit_code == 2
    # The checkout that is installed, not a package that an index may not have.
    assert "a store in Redis needs the library redis: pip install -e " in ended.output


def test_a_store_moves_from_a_file_to_redis(
    tmp_path: Path, redis_url: str, example_task: Callable[..., Task], run: Run
) -> None:
    prefix = ("--store-prefix", f"moved-{tmp_path.name}")
    file, archive = f"sqlite:{tmp_path / 'mock.db'}", tmp_path / "store.jsonl"
    asyncio.run(fill(file, example_task("1")))
    assert run("store", "export", file, "--output", archive).exit_code == 0
    assert run("store", "info", redis_url, *prefix).exit_code == 3

    assert run("store", "import", redis_url, archive, *prefix).exit_code == 0

    info = json.loads(run("store", "info", redis_url, *prefix).stdout)
    assert (info["accounts"], info["tasks"], info["unsettled_tasks"]) == (1, 1, 1)
    assert run("store", "export", redis_url, *prefix).stdout == archive.read_text()
    assert run("store", "clear", "--yes", redis_url, *prefix).exit_code == 0


def test_commands_delete_nothing(
    tmp_path: Path,
    redis_url: str,
    example_task: Callable[..., Task],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prefix = ("--store-prefix", f"kept-{tmp_path.name}")
    tasks = [example_task("1"), example_task("2", is_settled=True), example_task("3", owner="b")]
    asyncio.run(fill(redis_url, *tasks, prefix=prefix[1]))
    archive = tmp_path / "store.jsonl"
    # The servers of the store keep more tasks and accounts than one without options does.
    monkeypatch.setattr("seedance_mock.commands.store.Settings", partial(Settings, max_tasks=1))

    for _ in range(2):
        info = json.loads(run("store", "info", redis_url, *prefix).stdout)
        assert (info["accounts"], info["tasks"], info["unsettled_tasks"]) == (2, 3, 2)
        assert run("store", "export", redis_url, *prefix, "--output", archive).exit_code == 0
    assert run("store", "clear", "--yes", redis_url, *prefix).exit_code == 0
    assert run("store", "import", redis_url, *prefix, archive).exit_code == 0
    assert run("store", "export", redis_url, *prefix).stdout == archive.read_text()


def test_the_prefix_of_the_environment_is_used(
    tmp_path: Path,
    redis_url: str,
    example_task: Callable[..., Task],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prefix, other = f"staging-{tmp_path.name}", f"kept-{tmp_path.name}"
    for name in (prefix, other):
        asyncio.run(fill(redis_url, example_task("1"), prefix=name))
    monkeypatch.setenv("SEEDANCE_MOCK_STORE_PREFIX", prefix)
    assert f"{redis_url} with the prefix {prefix}? [y/N]" in run("store", "clear", redis_url).output

    ended = run("store", "clear", "--yes", redis_url)

    assert ended.stdout == f"Deleted everything in {redis_url} with the prefix {prefix}.\n"
    own = json.loads(run("store", "info", redis_url).stdout)
    kept = json.loads(run("store", "info", redis_url, "--store-prefix", other).stdout)
    assert (own["store_prefix"], own["accounts"]) == (prefix, 0)
    assert (kept["store_prefix"], kept["accounts"]) == (other, 1)


def test_an_import_that_has_not_ended_is_explained(
    tmp_path: Path, redis_url: str, example_task: Callable[..., Task], run: Run
) -> None:
    prefix = f"unfinished-{tmp_path.name}"
    options, archive = ("--store-prefix", prefix), tmp_path / "store.jsonl"
    asyncio.run(fill(f"sqlite:{tmp_path / 'mock.db'}", example_task("1")))
    run("store", "export", f"sqlite:{tmp_path / 'mock.db'}", "--output", archive)
    assert run("store", "import", redis_url, archive, *options).exit_code == 0
    assert run("store", "clear", "--yes", redis_url, *options).exit_code == 0
    redis = pytest.importorskip("redis", reason="the library redis is not installed")
    with redis.Redis.from_url(redis_url) as client:
        client.rpush(f"{prefix}:{{directory}}:loading", "a-killed-import")

    for command in (["serve", "--store"], ["store", "info"], ["store", "export"]):
        ended = run(*command, redis_url, *options)
        assert ended.exit_code == 3
        assert "has not ended. If it was interrupted, import again, which starts" in ended.output
    assert run("store", "import", redis_url, archive, *options).exit_code == 0
    assert run("store", "export", redis_url, *options).stdout == archive.read_text()
    assert run("store", "clear", "--yes", redis_url, *options).exit_code == 0


async def fill(url: str, *tasks: Task, prefix: str = DEFAULT_STORE_PREFIX) -> None:
    store = open_store(Settings(store=url, store_prefix=prefix))
    for task in tasks:
        await store.open_account(Account(owner=task.owner))
        await store.commit(TaskChange(None, task))
    await store.close()
