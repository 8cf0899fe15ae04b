"""The respx router: requests of httpx to the real host reach the mock."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
import respx

from seedance_contract.declared.routes import BASE_URL
from seedance_mock.testing import InProcess, MockRouter, Settings

MODELS = f"{BASE_URL}/v1/models"
CREATE = f"{BASE_URL}/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


async def get_status(url: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).status_code


def test_a_sync_client_reaches_the_mock() -> None:
    with MockRouter() as router:
        assert httpx.get(MODELS).status_code == 200
        assert router.calls.last.request.url.path == "/v1/models"


def test_an_async_client_reaches_the_mock() -> None:
    async def get_models() -> int:
        async with MockRouter():
            return await get_status(MODELS)

    assert asyncio.run(get_models()) == 200


def test_a_sync_client_works_inside_an_event_loop() -> None:
    async def get_models() -> int:
        return httpx.get(MODELS).status_code

    with MockRouter():
        assert asyncio.run(get_models()) == 200


def test_async_requests_do_not_block_each_other() -> None:
    async def second_response_comes_first(key: str) -> bool:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as client:
            slow = asyncio.create_task(client.get(MODELS))
            await asyncio.sleep(0)
            await client.get(MODELS)
            return not slow.done() and slow.cancel()

    with MockRouter() as router:
        assert asyncio.run(second_response_comes_first(router.mock.key("models-delay delay-4s")))


def test_it_decorates_functions_and_coroutines() -> None:
    @MockRouter()
    def get_sync() -> int:
        return httpx.get(MODELS).status_code

    @MockRouter()
    async def get_async() -> int:
        return await get_status(MODELS)

    assert (get_sync(), asyncio.run(get_async())) == (200, 200)


def test_each_start_creates_a_new_mock() -> None:
    router = MockRouter()
    for _ in range(2):
        with router:
            httpx.get(MODELS)
            assert len(router.mock.control.journal()) == 1


def test_faults_raise_exceptions_of_httpx() -> None:
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
def test_another_host_raises_without_secrets(url: str) -> None:
    with MockRouter(), pytest.raises(AssertionError, match="would leave this process") as raised:
        httpx.get(url)

    assert "secret" not in str(raised.value)


def test_another_host_raises_in_an_async_client() -> None:
    with MockRouter(), pytest.raises(AssertionError, match="would leave this process"):
        asyncio.run(get_status("https://example.com/"))


def test_a_test_can_add_routes_for_other_hosts() -> None:
    with MockRouter() as router:
        router.get("https://example.com/a.png").respond(204)

        assert httpx.get("https://example.com/a.png").status_code == 204
        assert httpx.get(MODELS).status_code == 200


def test_another_router_can_be_active() -> None:
    with MockRouter(), respx.mock() as router:
        router.get("https://example.com/").respond(204)

        assert httpx.get("https://example.com/").status_code == 204


def test_the_innermost_router_receives_the_requests() -> None:
    def received(router: MockRouter) -> int:
        return len(router.mock.control.journal())

    with MockRouter() as outer:
        httpx.get(MODELS)
        with MockRouter() as inner:
            httpx.get(MODELS)
            httpx.get(MODELS)
            assert (received(outer), received(inner)) == (1, 2)
        httpx.get(MODELS)
        assert received(outer) == 2


def test_a_router_without_a_patched_library_starts() -> None:
    with MockRouter(using=None) as router:
        assert router.handler(httpx.Request("GET", MODELS)).status_code == 200


def test_options_of_respx_are_accepted() -> None:
    router = MockRouter(assert_all_called=True)

    with pytest.raises(AssertionError, match="not called"), router:
        pass


def test_no_thread_is_left() -> None:
    before = {*threading.enumerate()}

    with MockRouter():
        httpx.get(MODELS)

    assert {*threading.enumerate()} <= before
