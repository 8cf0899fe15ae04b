"""The transports: a client sees in process what it sees over a socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from seedance_contract.declared.routes import BASE_URL
from seedance_mock.settings import Settings
from seedance_mock.testing import httpx2_transport, httpx_transport
from seedance_mock.testing.in_process import InProcess, UnexpectedHost
from seedance_mock.testing.live import LiveServer, live_server

CREATE = "/v1/videos/generations"
MODELS = "/v1/models"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

DOORS: dict[ModuleType, ModuleType] = {httpx: httpx_transport, httpx2: httpx2_transport}

Outcome = tuple[object, ...]
Seen = Callable[[Any, str, float | None], Outcome]


@pytest.fixture(params=DOORS, ids=lambda library: library.__name__)
def library(request: pytest.FixtureRequest) -> Any:
    """Give httpx or httpx2, whose names are the same."""
    return request.param


@pytest.fixture
def mock() -> Iterator[InProcess]:
    with InProcess(Settings(lifecycle="instant")) as mock:
        yield mock


@pytest.fixture
def client(library: Any, mock: InProcess) -> Iterator[Any]:
    """Give a synchronous client of the real host with a key of its own."""
    headers = {"Authorization": f"Bearer {mock.key()}"}
    transport = DOORS[library].MockTransport(mock)
    with library.Client(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server() as server:
        yield server


def streamed(library: Any, options: dict[str, Any]) -> Outcome:
    """Return how far a client comes that reads the head of an answer before its body."""
    seen: Outcome = ()
    try:
        with library.Client(**options) as client, client.stream("GET", MODELS) as answer:
            seen = (answer.status_code, answer.headers.get("content-type"))
            answer.read()
    except library.HTTPError as error:
        return (type(error), error.request.method, *seen)
    return (*seen[:1], answer.content, *seen[1:])


def plainly(library: Any, options: dict[str, Any]) -> Outcome:
    """Return what a synchronous client sees of the list of models."""
    try:
        with library.Client(**options) as client:
            answer = client.get(MODELS)
    except library.HTTPError as error:
        return type(error), error.request.method
    return answer.status_code, answer.content, answer.headers.get("content-type")


def awaited(backend: str) -> Callable[[Any, dict[str, Any]], Outcome]:
    """Return the same for an asynchronous client."""

    def seen(library: Any, options: dict[str, Any]) -> Outcome:
        async def story() -> Outcome:
            try:
                async with library.AsyncClient(**options) as client:
                    answer = await client.get(MODELS)
            except library.HTTPError as error:
                return type(error), error.request.method
            return answer.status_code, answer.content, answer.headers.get("content-type")

        return anyio.run(story, backend=backend)

    return seen


WAYS = {"sync": plainly, "stream": streamed, "asyncio": awaited("asyncio"), "trio": awaited("trio")}

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
"""Transport faults, and what every client of either library sees of them."""


@pytest.mark.parametrize("what", [*FAULTS, "empty", "html", "redirect", "500", "503", "401"])
@pytest.mark.parametrize("way", WAYS)
def test_a_client_sees_the_same_as_over_a_socket(
    way: str, what: str, library: Any, mock: InProcess, server: LiveServer
) -> None:
    patience = 0.2 if FAULTS.get(what) == "ReadTimeout" else 10
    words = f"models-{what} delay-5s retry-none seed-1"

    def options(key: str) -> dict[str, Any]:
        return {"headers": {"Authorization": f"Bearer {key}"}, "timeout": patience}

    over_socket = WAYS[way](library, {"base_url": server.url, **options(server.key(words))})
    transport = DOORS[library].MockTransport(mock)
    inside = {"base_url": BASE_URL, "transport": transport, **options(mock.key(words))}
    in_process = WAYS[way](library, inside)

    assert shape(in_process) == shape(over_socket)
    if what in FAULTS:
        assert in_process[:2] == (getattr(library, FAULTS[what]), "GET")


def shape(outcome: Outcome) -> Outcome:
    """Return an outcome without the id of the request, which stands in the body of an error."""
    if isinstance(outcome[0], int) and outcome[0] in (401, 500, 503):
        return outcome[0], len(str(outcome[1])), outcome[2]
    return outcome


def test_a_lost_reply_leaves_a_task(library: Any, mock: InProcess, client: Any) -> None:
    key = mock.key("lostreply")

    with pytest.raises(library.ReadError):
        client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {key}"})

    [entry] = mock.control.journal(place="create")
    assert (entry.applied, entry.status) == (True, None)


def test_a_result_can_be_downloaded(client: Any) -> None:
    task = client.post(CREATE, json=BODY).json()
    done = client.get(task["poll_url"]).json()

    video = client.get(done["video_url"])

    assert done["video_url"].startswith(f"{BASE_URL}/")
    assert video.content[4:8] == b"ftyp"
    assert len(video.content) == int(video.headers["content-length"])


def test_a_download_can_be_streamed_by_an_asynchronous_client(
    library: Any, mock: InProcess, client: Any
) -> None:
    task = client.post(CREATE, json=BODY).json()
    url = client.get(task["poll_url"]).json()["video_url"]

    async def story() -> bytes:
        transport = DOORS[library].MockTransport(mock)
        async with (
            library.AsyncClient(transport=transport) as client,
            client.stream("GET", url) as answer,
        ):
            return b"".join([part async for part in answer.aiter_bytes()])

    assert asyncio.run(story())[4:8] == b"ftyp"


def test_a_head_request_has_no_body(client: Any) -> None:
    answer = client.head(MODELS)

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


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
def test_another_host_is_refused_without_secrets(url: str, client: Any) -> None:
    with pytest.raises(UnexpectedHost, match="would leave this process") as caught:
        client.get(url)

    assert "secret" not in str(caught.value)
    assert not isinstance(caught.value, OSError)


def test_another_host_is_refused_to_asynchronous_clients(library: Any, mock: InProcess) -> None:
    async def story() -> None:
        transport = DOORS[library].MockTransport(mock)
        async with library.AsyncClient(transport=transport) as client:
            await client.get("https://example.com/")

    with pytest.raises(UnexpectedHost):
        asyncio.run(story())


def test_the_public_url_of_results_is_answered(library: Any) -> None:
    settings = Settings(lifecycle="instant", public_url="https://cdn.example.com:8443")
    with InProcess(settings) as mock:
        transport = DOORS[library].MockTransport(mock)
        headers = {"Authorization": f"Bearer {mock.key()}"}
        with library.Client(transport=transport, base_url=BASE_URL, headers=headers) as client:
            task = client.post(CREATE, json=BODY).json()
            url = client.get(task["poll_url"]).json()["video_url"]

            assert url.startswith("https://cdn.example.com:8443/")
            assert client.get(url).status_code == 200


def test_words_that_lead_away_are_followed_here(mock: InProcess, client: Any) -> None:
    client.headers["Authorization"] = f"Bearer {mock.key('at-foreign')}"
    url = client.post(CREATE, json=BODY).json()["poll_url"]

    client.get(url, headers={"Authorization": ""})

    assert url.startswith("https://localhost/")
    assert mock.control.journal(place="poll")[0].status == 401


def test_the_control_api_is_closed_to_clients(client: Any) -> None:
    assert client.get("/_mock/accounts").status_code == 403


def test_a_client_that_hangs_up_leaves_an_entry(mock: InProcess, client: Any) -> None:
    headers = {"Authorization": f"Bearer {mock.key('models-drip')}"}

    with client.stream("GET", MODELS, headers=headers) as answer:
        next(answer.iter_raw(1))

    assert [entry.fault for entry in mock.control.journal()] == ["models-drip"]


def test_an_asynchronous_client_can_hang_up(library: Any, mock: InProcess) -> None:
    async def story() -> int:
        transport = DOORS[library].MockTransport(mock)
        headers = {"Authorization": f"Bearer {mock.key('models-drip')}"}
        async with (
            library.AsyncClient(transport=transport, headers=headers) as client,
            client.stream("GET", BASE_URL + MODELS) as answer,
        ):
            return int(answer.status_code)

    assert asyncio.run(story()) == 200
    assert [entry.fault for entry in mock.control.journal()] == ["models-drip"]


def test_a_cancelled_request_ends(library: Any, mock: InProcess) -> None:
    async def story() -> int:
        transport = DOORS[library].MockTransport(mock)
        headers = {"Authorization": f"Bearer {mock.key('models-delay delay-60s')}"}
        async with library.AsyncClient(transport=transport, headers=headers) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.get(BASE_URL + MODELS, timeout=None)
            return int((await client.get(BASE_URL + MODELS)).status_code)

    assert asyncio.run(story()) == 200


def test_many_threads_share_one_account(mock: InProcess, client: Any) -> None:
    client.headers["Authorization"] = f"Bearer {mock.key('balance-520c')}"

    def create(_: int) -> int:
        return int(client.post(CREATE, json=BODY).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(20)))

    assert statuses.count(200) == 7


def test_a_transport_closes_the_mock_of_its_own(library: Any) -> None:
    before = {*threading.enumerate()}

    with library.Client(transport=DOORS[library].MockTransport()) as client:
        assert client.get(BASE_URL + MODELS).status_code == 200

    assert {*threading.enumerate()} <= before


def test_a_transport_leaves_a_given_mock_open(library: Any, mock: InProcess) -> None:
    before = {*threading.enumerate()}

    with library.Client(transport=DOORS[library].MockTransport(mock)) as client:
        client.get(BASE_URL + MODELS)

    [thread] = {*threading.enumerate()} - before
    assert thread.name == "seedance-mock"


def test_the_two_doors_are_the_same() -> None:
    texts = [Path(str(door.__file__)).read_text() for door in DOORS.values()]
    bodies = [text.split("from __future__")[1].replace("httpx2", "httpx") for text in texts]

    assert bodies[0] == bodies[1]
