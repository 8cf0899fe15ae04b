"""The transports: a client sees the same in process and on a socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from seedance_contract.declared.routes import BASE_URL
from seedance_mock.testing import (
    Httpx2MockTransport,
    InProcess,
    LiveServer,
    MockTransport,
    Settings,
    UnexpectedHost,
    live_server,
)

CREATE = "/v1/videos/generations"
MODELS = "/v1/models"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

TRANSPORTS: dict[ModuleType, type[MockTransport | Httpx2MockTransport]] = {
    httpx: MockTransport,
    httpx2: Httpx2MockTransport,
}

Outcome = tuple[object, ...]
Request = Callable[[Any, dict[str, Any]], Outcome]


@pytest.fixture(params=TRANSPORTS, ids=lambda library: library.__name__)
def library(request: pytest.FixtureRequest) -> Any:
    """Give httpx or httpx2, which have the same interface."""
    return request.param


@pytest.fixture
def mock() -> Iterator[InProcess]:
    with InProcess(Settings(lifecycle="instant")) as mock:
        yield mock


@pytest.fixture
def client(library: Any, mock: InProcess) -> Iterator[Any]:
    """Give a synchronous client of the real host with a new key."""
    headers = {"Authorization": f"Bearer {mock.key()}"}
    transport = TRANSPORTS[library](mock)
    with library.Client(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server() as server:
        yield server


def stream_models(library: Any, options: dict[str, Any]) -> Outcome:
    """Return what a client receives that reads the head of a response before its body."""
    head: Outcome = ()
    try:
        with library.Client(**options) as client, client.stream("GET", MODELS) as response:
            head = (response.status_code, response.headers.get("content-type"))
            response.read()
    except library.HTTPError as error:
        return (type(error), error.request.method, *head)
    return (*head[:1], response.content, *head[1:])


def get_models(library: Any, options: dict[str, Any]) -> Outcome:
    """Return what a synchronous client receives."""
    try:
        with library.Client(**options) as client:
            response = client.get(MODELS)
    except library.HTTPError as error:
        return type(error), error.request.method
    return response.status_code, response.content, response.headers.get("content-type")


def get_models_async(backend: str) -> Request:
    """Return a function that returns what an asynchronous client receives."""

    def get(library: Any, options: dict[str, Any]) -> Outcome:
        async def get_models() -> Outcome:
            try:
                async with library.AsyncClient(**options) as client:
                    response = await client.get(MODELS)
            except library.HTTPError as error:
                return type(error), error.request.method
            return response.status_code, response.content, response.headers.get("content-type")

        return anyio.run(get_models, backend=backend)

    return get


REQUESTS: dict[str, Request] = {
    "sync": get_models,
    "stream": stream_models,
    "asyncio": get_models_async("asyncio"),
    "trio": get_models_async("trio"),
}

FAULTS = {
    "reset": "ReadError",
    "reset+": "ReadError",
    "close": "RemoteProtocolError",
    "close+": "RemoteProtocolError",
    "garbage": "RemoteProtocolError",
    "cut": "RemoteProtocolError",
    "longer": "RemoteProtocolError",
    "hang": "ReadTimeout",
    "delay": "ReadTimeout",
}
"""The exception that each transport fault raises in both libraries."""


@pytest.mark.parametrize("fault", [*FAULTS, "empty", "html", "redirect", "500", "503", "401"])
@pytest.mark.parametrize("client", REQUESTS)
def test_a_fault_looks_the_same_as_on_a_socket(
    client: str, fault: str, library: Any, mock: InProcess, server: LiveServer
) -> None:
    send = REQUESTS[client]
    timeout = 0.2 if FAULTS.get(fault) == "ReadTimeout" else 10
    words = f"models-{fault} delay-5s retry-none seed-1"

    def options(key: str) -> dict[str, Any]:
        return {"headers": {"Authorization": f"Bearer {key}"}, "timeout": timeout}

    on_socket = send(library, {"base_url": server.url, **options(server.key(words))})
    transport = TRANSPORTS[library](mock)
    in_process = send(
        library, {"base_url": BASE_URL, "transport": transport, **options(mock.key(words))}
    )

    assert without_request_id(in_process) == without_request_id(on_socket)
    if fault in FAULTS:
        assert in_process[:2] == (getattr(library, FAULTS[fault]), "GET")


def without_request_id(outcome: Outcome) -> Outcome:
    """Return an outcome with the length of an error body in place of the body, which has an id."""
    if isinstance(outcome[0], int) and outcome[0] in (401, 500, 503):
        return outcome[0], len(str(outcome[1])), outcome[2]
    return outcome


def test_a_lost_response_leaves_a_task(library: Any, mock: InProcess, client: Any) -> None:
    key = mock.key("lostreply")

    with pytest.raises(library.ReadError):
        client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {key}"})

    [entry] = mock.control.journal(place="create")
    assert (entry.applied, entry.status) == (True, None)


def test_a_result_can_be_downloaded(client: Any) -> None:
    task = client.post(CREATE, json=BODY).json()
    completed = client.get(task["poll_url"]).json()

    video = client.get(completed["video_url"])

    assert completed["video_url"].startswith(f"{BASE_URL}/")
    assert video.content[4:8] == b"ftyp"
    assert len(video.content) == int(video.headers["content-length"])


def test_an_async_client_can_stream_a_download(library: Any, mock: InProcess, client: Any) -> None:
    task = client.post(CREATE, json=BODY).json()
    url = client.get(task["poll_url"]).json()["video_url"]

    async def download() -> bytes:
        transport = TRANSPORTS[library](mock)
        async with (
            library.AsyncClient(transport=transport) as client,
            client.stream("GET", url) as response,
        ):
            return b"".join([chunk async for chunk in response.aiter_bytes()])

    assert asyncio.run(download())[4:8] == b"ftyp"


def test_a_head_request_has_no_body(client: Any) -> None:
    response = client.head(MODELS)

    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/v1/models?signature=secret",
        "http://api.tokenlab.sh/v1/models",
        "https://api.tokenlab.sh:8443/v1/models",
        "https://api.tokenlab.sh.example.com/",
        "https://user:secret@example.com/",
    ],
)
def test_another_host_raises_without_secrets(url: str, client: Any) -> None:
    with pytest.raises(UnexpectedHost, match="would leave this process") as raised:
        client.get(url)

    assert "secret" not in str(raised.value)
    assert not isinstance(raised.value, OSError)


def test_another_host_raises_in_an_async_client(library: Any, mock: InProcess) -> None:
    async def get() -> None:
        transport = TRANSPORTS[library](mock)
        async with library.AsyncClient(transport=transport) as client:
            await client.get("https://example.com/")

    with pytest.raises(UnexpectedHost):
        asyncio.run(get())


def test_the_public_url_of_results_is_served(library: Any) -> None:
    settings = Settings(lifecycle="instant", public_url="https://cdn.example.com:8443")
    with InProcess(settings) as mock:
        transport = TRANSPORTS[library](mock)
        headers = {"Authorization": f"Bearer {mock.key()}"}
        with library.Client(transport=transport, base_url=BASE_URL, headers=headers) as client:
            task = client.post(CREATE, json=BODY).json()
            url = client.get(task["poll_url"]).json()["video_url"]

            assert url.startswith("https://cdn.example.com:8443/")
            assert client.get(url).status_code == 200


def test_urls_of_another_origin_are_served(mock: InProcess, client: Any) -> None:
    client.headers["Authorization"] = f"Bearer {mock.key('at-foreign')}"
    poll_url = client.post(CREATE, json=BODY).json()["poll_url"]

    client.get(poll_url, headers={"Authorization": ""})

    assert poll_url.startswith("https://localhost/")
    assert mock.control.journal(place="poll")[0].status == 401


def test_the_control_api_is_closed_to_clients(client: Any) -> None:
    assert client.get("/_mock/accounts").status_code == 403


def test_a_disconnect_leaves_a_journal_entry(mock: InProcess, client: Any) -> None:
    headers = {"Authorization": f"Bearer {mock.key('models-drip')}"}

    with client.stream("GET", MODELS, headers=headers) as response:
        next(response.iter_raw(1))

    assert [entry.fault for entry in mock.control.journal()] == ["models-drip"]


def test_an_async_client_can_disconnect(library: Any, mock: InProcess) -> None:
    async def read_head() -> int:
        transport = TRANSPORTS[library](mock)
        headers = {"Authorization": f"Bearer {mock.key('models-drip')}"}
        async with (
            library.AsyncClient(transport=transport, headers=headers) as client,
            client.stream("GET", BASE_URL + MODELS) as response,
        ):
            return int(response.status_code)

    assert asyncio.run(read_head()) == 200
    assert [entry.fault for entry in mock.control.journal()] == ["models-drip"]


def test_a_cancelled_request_ends(library: Any, mock: InProcess) -> None:
    async def cancel_and_repeat() -> int:
        transport = TRANSPORTS[library](mock)
        headers = {"Authorization": f"Bearer {mock.key('models-delay delay-60s')}"}
        async with library.AsyncClient(transport=transport, headers=headers) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.get(BASE_URL + MODELS, timeout=None)
            return int((await client.get(BASE_URL + MODELS)).status_code)

    assert asyncio.run(cancel_and_repeat()) == 200


def test_many_threads_share_one_account(mock: InProcess, client: Any) -> None:
    client.headers["Authorization"] = f"Bearer {mock.key('balance-520c')}"

    def create(_: int) -> int:
        return int(client.post(CREATE, json=BODY).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(20)))

    assert statuses.count(200) == 7


def test_a_transport_refuses_the_other_library(library: Any, mock: InProcess) -> None:
    (other,) = TRANSPORTS.keys() - {library}
    transport = TRANSPORTS[other](mock)

    with (
        library.Client(transport=transport) as client,
        pytest.raises(TypeError, match=f"MockTransport got a request of {library.__name__}: use "),
    ):
        client.get(MODELS)


def test_a_transport_closes_its_own_mock(library: Any) -> None:
    before = {*threading.enumerate()}

    with library.Client(transport=TRANSPORTS[library]()) as client:
        assert client.get(BASE_URL + MODELS).status_code == 200

    assert {*threading.enumerate()} <= before


def test_a_transport_leaves_a_shared_mock_open(library: Any, mock: InProcess) -> None:
    before = {*threading.enumerate()}

    with library.Client(transport=TRANSPORTS[library](mock)) as client:
        client.get(BASE_URL + MODELS)

    [thread] = {*threading.enumerate()} - before
    assert thread.name == "seedance-mock"
