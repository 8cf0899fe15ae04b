"""The respx router: httpx reaches the mock under the real host."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
import respx

from seedance_contract.declared.routes import BASE_URL
from seedance_mock.settings import Settings
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.respx_router import MockRouter

MODELS = f"{BASE_URL}/v1/models"
CREATE = f"{BASE_URL}/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


async def status_of(url: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).status_code


def test_synchronous_clients_reach_the_mock() -> None:
    with MockRouter() as router:
        assert httpx.get(MODELS).status_code == 200
        assert router.calls.last.request.url.path == "/v1/models"


def test_asynchronous_clients_reach_the_mock() -> None:
    async def story() -> int:
        async with MockRouter():
            return await status_of(MODELS)

    assert asyncio.run(story()) == 200


def test_synchronous_clients_work_inside_a_loop() -> None:
    async def story() -> int:
        return httpx.get(MODELS).status_code

    with MockRouter():
        assert asyncio.run(story()) == 200


def test_asynchronous_clients_do_not_wait_for_one_another() -> None:
    async def story(key: str) -> bool:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as client:
            slow = asyncio.create_task(client.get(MODELS))
            await asyncio.sleep(0)
            await client.get(MODELS)
            return not slow.done() and slow.cancel()

    with MockRouter() as router:
        assert asyncio.run(story(router.mock.key("models-delay delay-4s")))


def test_it_decorates_functions_and_coroutines() -> None:
    @MockRouter()
    def plain() -> int:
        return httpx.get(MODELS).status_code

    @MockRouter()
    async def awaited() -> int:
        return await status_of(MODELS)

    assert (plain(), asyncio.run(awaited())) == (200, 200)


def test_each_time_it_is_on_it_is_a_fresh_mock() -> None:
    router = MockRouter()
    for _ in range(2):
        with router:
            httpx.get(MODELS)
            assert len(router.mock.control.journal()) == 1


def test_faults_are_those_of_httpx() -> None:
    with MockRouter() as router:
        headers = {"Authorization": f"Bearer {router.mock.key('create-reset create-cut')}"}
        with pytest.raises(httpx.ReadError):
            httpx.post(CREATE, json=BODY, headers=headers)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(CREATE, json=BODY, headers=headers)


def test_a_download_works() -> None:
    with InProcess(Settings(lifecycle="instant")) as mock, MockRouter(mock):
        headers = {"Authorization": f"Bearer {mock.key()}"}
        task = httpx.post(CREATE, json=BODY, headers=headers).json()
        url = httpx.get(BASE_URL + task["poll_url"], headers=headers).json()["video_url"]

        assert httpx.get(url).content[4:8] == b"ftyp"


@pytest.mark.parametrize("url", ["https://example.com/?signature=secret", "http://localhost/"])
def test_another_host_is_refused_without_secrets(url: str) -> None:
    with MockRouter(), pytest.raises(AssertionError, match="would leave this process") as caught:
        httpx.get(url)

    assert "secret" not in str(caught.value)


def test_another_host_is_refused_to_asynchronous_clients() -> None:
    with MockRouter(), pytest.raises(AssertionError, match="would leave this process"):
        asyncio.run(status_of("https://example.com/"))


def test_routes_for_other_hosts_work_beside_it() -> None:
    with MockRouter() as router:
        router.get("https://example.com/a.png").respond(204)

        assert httpx.get("https://example.com/a.png").status_code == 204
        assert httpx.get(MODELS).status_code == 200


def test_another_router_works_beside_it() -> None:
    with MockRouter(), respx.mock() as other:
        other.get("https://example.com/").respond(204)

        assert httpx.get("https://example.com/").status_code == 204


def test_options_of_respx_are_taken() -> None:
    router = MockRouter(assert_all_called=True)

    with pytest.raises(AssertionError, match="not called"), router:
        pass


def test_nothing_stays_behind() -> None:
    before = {*threading.enumerate()}

    with MockRouter():
        httpx.get(MODELS)

    assert {*threading.enumerate()} <= before
