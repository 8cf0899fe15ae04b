"""The store in a cluster of three servers, also while slots move from one to another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.accounts import Account
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountContent
from seedance_mock.stores.access import Access
from seedance_mock.stores.urls import open_store
from seedance_mock.web.app import create_app

from .example_tasks import material, task
from .redis_cluster import RedisCluster

redis = pytest.importorskip("redis", reason="the library redis is not installed")

pytestmark = pytest.mark.slow("stores")

KEYS = [f"sk-{number}" for number in range(30)]
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
COST = Decimal("0.73667647")
GRANTED = Decimal(100)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """Give a running cluster."""
    cluster = RedisCluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture
def client(cluster: RedisCluster, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """Give a client of a server that has a store of its own in the cluster."""
    settings = Settings(
        store=cluster.url,
        store_prefix=request.function.__name__[:64],
        balance=GRANTED,
        lifecycle="manual",
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        yield client


def create(client: TestClient, key: str) -> str:
    headers = {"Authorization": f"Bearer {key}"}
    response = client.post("/v1/videos/generations", json=BODY, headers=headers)
    assert response.status_code == 200, response.text
    task_id: str = response.json()["id"]
    return task_id


def poll(client: TestClient, key: str, task_id: str) -> int:
    response = client.get(f"/v1/tasks/{task_id}", headers={"Authorization": f"Bearer {key}"})
    return response.status_code


def test_accounts_are_spread_over_the_servers(client: TestClient, cluster: RedisCluster) -> None:
    tasks = {key: create(client, key) for key in KEYS}

    assert all(count > 0 for count in cluster.key_counts())
    assert {poll(client, key, task) for key, task in tasks.items()} == {200}
    # The keys of a foreign task are in another slot than those of the account.
    assert {poll(client, "sk-0", task) for task in [*tasks.values()][1:]} == {403}
    assert poll(client, "sk-0", "ldtask_" + "0" * 32) == 404


def test_a_store_of_another_version_can_be_cleared(
    client: TestClient, cluster: RedisCluster
) -> None:
    for key in KEYS:
        create(client, key)
    settings: Settings = client.app.state.settings  # type: ignore[attr-defined] # our own app
    servers = redis.RedisCluster.from_url(cluster.url.replace("+cluster", ""))
    servers.set(f"{settings.store_prefix}:{{directory}}:format", "0.1")

    open_store(settings, Access.CLEAR)

    assert [*servers.scan_iter(match=f"{settings.store_prefix}:*")] == [
        f"{settings.store_prefix}:{{directory}}:format".encode()
    ]
    servers.close()


def test_a_whole_life_works(client: TestClient) -> None:
    task_id = create(client, "sk-a")
    headers = {"Authorization": "Bearer sk-b"}
    added = client.post("/_mock/accounts", json={"key": "sk-b", "workspace": "key-1"})
    assert added.status_code == 200, added.text
    assert client.get(f"/v1/tasks/{task_id}", headers=headers).status_code == 200
    assert client.delete(f"/v1/tasks/{task_id}", headers=headers).status_code == 200
    [row] = client.get("/_mock/tasks").json()["tasks"]
    assert row["account"] == "key-1"
    material = {"asset_url": "https://example.com/a.png"}
    assert client.post("/v1/videos/assets", json=material, headers=headers).status_code == 201
    assert client.get("/_mock/materials").json()["materials"][0]["account"] == "key-1"
    assert client.get("/_mock/journal").json()["entries"]

    assert client.delete("/_mock/accounts/key-1").status_code == 200
    assert client.get("/_mock/tasks").json()["tasks"] == []
    assert client.get("/_mock/materials").json()["materials"] == []
    assert client.delete("/_mock/accounts").status_code == 200
    assert client.get("/_mock/accounts").json()["accounts"] == []


@pytest.mark.anyio
async def test_accounts_are_loaded_and_read(cluster: RedisCluster) -> None:
    from seedance_mock.stores.redis.store import RedisStore

    store = RedisStore(cluster.url, prefix="loaded", access=Access.LOAD)
    contents = []
    for number in range(10):
        owner = f"{number:08x}" + 56 * "0"
        tasks = [task(f"task-{end}-{number:08x}", owner, number=end) for end in range(3)]
        account = Account(owner=owner, name=f"name-{number}")
        contents.append(AccountContent(account, tasks, [material("1", owner)]))

    await store.load(contents)

    assert await store.contents() == contents
    # As if it had been interrupted at the end: what it has stored is deleted and loaded anew.
    version = await store._client.call("HGET", store._keys.account(contents[0].account.owner), "v")
    await store._client.call("RPUSH", store._keys.loading, version.partition(b".")[0])
    await store.load(contents)
    assert await store.contents() == contents
    await store.clear()
    assert await store.contents() == []
    await store.close()


def test_slots_move_during_a_load(client: TestClient, cluster: RedisCluster) -> None:
    created: dict[str, list[str]] = {key: [] for key in KEYS}
    moving = threading.Thread(target=cluster.move_slots, args=(0, 1, 3000))
    moving.start()
    rounds = 0
    while moving.is_alive() or rounds < 2:
        rounds += 1
        for key in KEYS:
            created[key].append(create(client, key))
            assert poll(client, key, created[key][0]) == 200
        # Without this the money of an account would end before a slow move does.
        for key in KEYS:
            if len(created[key]) > 50:
                headers = {"Authorization": f"Bearer {key}"}
                task_id = created[key].pop()
                assert client.delete(f"/v1/tasks/{task_id}", headers=headers).status_code == 200
    moving.join()

    accounts = client.get("/_mock/accounts").json()["accounts"]
    reserved = sorted(Decimal(account["reserved_usd"]) for account in accounts)
    assert reserved == sorted(len(tasks) * COST for tasks in created.values())
    assert all(poll(client, key, task) == 200 for key, ids in created.items() for task in ids)
