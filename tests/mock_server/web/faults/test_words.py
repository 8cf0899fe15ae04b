"""Words in a key: errors, limits and transport faults, in process."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import httpx2
import pytest
from starlette.testclient import TestClient

from seedance_contract.declared.errors import ErrorKind
from seedance_contract.declared.materials.routes import LIST_ASSETS, MATERIAL_ENDPOINTS
from seedance_contract.declared.v3.errors import v3_form
from seedance_contract.declared.v3.routes import V3_LIST
from seedance_mock.domain.clock import ManualClock
from seedance_mock.scripting.vocabulary import PLACES, errors_at
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
UNKNOWN = "/v1/tasks/ldtask_" + "0" * 32

Send = Callable[..., httpx2.Response]


def request_at(place: str, words: str, create_task: Callable[..., str]) -> tuple[str, str]:
    """Return the method and path of a request of the kind `place`."""
    match place:
        case "create" | "any":
            return "POST", CREATE
        case "poll":
            return "GET", f"/v1/tasks/{create_task(words)}"
        case "cancel":
            return "DELETE", f"/v1/tasks/{create_task(words)}"
        case "list":
            return V3_LIST.method, V3_LIST.path
        case "materials":
            return "GET", "/v1/videos/assets"
    return "GET", f"/v1/{place}"


ERROR_CLAUSES = [
    (place, error_name, kind)
    for place in PLACES
    if place != "asset"
    for error_name, kind in errors_at(place).items()
    # `models` counts lists and details. A 404 concerns the path of a detail: see the next test.
    if (place, kind.status) not in {("models", 404), ("pricing", 404)}
    # The list of materials has some of the errors of its place: see below.
    and (place != "materials" or kind in LIST_ASSETS.errors)
]


@pytest.mark.parametrize(
    ("place", "error_name", "kind"),
    ERROR_CLAUSES,
    ids=[f"{place}-{error_name}" for place, error_name, _ in ERROR_CLAUSES],
)
def test_each_error_has_a_clause(
    place: str, error_name: str, kind: ErrorKind, send: Send, create_task: Callable[..., str]
) -> None:
    words = f"{place}-{error_name}"
    method, path = request_at(place, words, create_task)
    body = BODY if method == "POST" else None

    first, second = (send(words, method, path, json=body) for _ in range(2))

    code = v3_form(kind).code if place == "list" else kind.code
    assert (first.status_code, first.json()["error"]["code"]) == (kind.status, code)
    assert second.status_code == 200


@pytest.mark.parametrize(
    "kind",
    [kind for kind in PLACES["materials"].errors if kind not in LIST_ASSETS.errors],
    ids=lambda kind: kind.id,
)
def test_each_error_of_a_material_has_a_clause(kind: ErrorKind, send: Send) -> None:
    endpoint = next(route for route in MATERIAL_ENDPOINTS if kind in route.errors)
    path = endpoint.path.format(assetId="asset-1", groupId="group-1")
    body: dict[str, str] | None = {} if endpoint.method in ("POST", "PUT") else None

    response = send(f"materials-{kind.id}", endpoint.method, path, json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (kind.status, kind.code)


@pytest.mark.parametrize("place", ["models", "pricing"])
def test_model_detail_can_be_404(place: str, send: Send) -> None:
    path = "/v1/models/seedance-2.0" + ("/pricing" if place == "pricing" else "")

    response = send(f"{place}-404", "GET", path)

    assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("error_name", errors_at("asset"))
def test_download_can_be_refused(
    error_name: str,
    send: Send,
    create_task: Callable[..., str],
    clock: ManualClock,
    client: TestClient,
) -> None:
    words = f"asset-{error_name}"
    task = create_task(words)
    clock.advance(5)
    url = send(words, "GET", f"/v1/tasks/{task}").json()["video_url"]

    assert client.get(url).status_code == errors_at("asset")[error_name].status
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("broke", 402, "insufficient_balance"),
        ("capped", 402, "quota_exceeded"),
        ("revoked", 401, "invalid_api_key"),
        ("expired", 401, "expired_api_key"),
        ("locked", 403, "model_not_allowed"),
        ("material", 409, "seedance_material_preparing"),
        ("busy", 429, "rate_limit_exceeded"),
        ("flaky", 503, "all_channels_failed"),
        ("down", 503, "all_channels_failed"),
        ("create-402", 402, "insufficient_balance"),
    ],
)
def test_preset_refuses_create(words: str, status: int, code: str, send: Send) -> None:
    response = send(words, "POST", CREATE, json=BODY)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("words", "header", "member"),
    [
        ("create-429", "1", 1),
        ("create-429.retry-3s", "3", 3),
        ("create-429.retry-none", None, None),
        ("create-429.retry-soon", "soon", None),
        ("create-429.retry-date", "Fri, 15 Jan 2027 08:00:03 GMT", 3),
        ("create-503.retry-7s", "7", 7),
        ("create-500.retry-7s", None, None),
    ],
)
def test_retry_after_is_as_scripted(
    words: str, header: str | None, member: int | None, client: TestClient
) -> None:
    # `retry-none` leaves out a header that the contract requires.
    client.event_hooks["response"].clear()
    key = {"Authorization": f"Bearer sk-mock-{words}"}

    response = client.post(CREATE, json=BODY, headers=key)

    assert response.headers.get("Retry-After") == header
    assert response.json()["error"].get("retry_after") == member


def test_cancel_can_be_too_late(
    send: Send, create_task: Callable[..., str], clock: ManualClock
) -> None:
    key = "race"
    task = create_task(key)

    statuses = [send(key, "DELETE", f"/v1/tasks/{task}").status_code for _ in range(2)]
    clock.advance(5)

    assert statuses == [409, 409]
    assert send(key, "GET", f"/v1/tasks/{task}").json()["status"] == "completed"


def test_model_can_refuse_cancel(send: Send, create_task: Callable[..., str]) -> None:
    key = "nocancel"

    response = send(key, "DELETE", f"/v1/tasks/{create_task(key)}")

    assert response.json()["error"]["code"] == "unsupported_task_cancel"


@pytest.mark.parametrize(("words", "created"), [("create-504", 0), ("create-504+", 1)])
def test_plus_applies_the_refused_request(
    words: str, created: int, send: Send, client: TestClient
) -> None:
    assert send(words, "POST", CREATE, json=BODY).status_code == 504

    assert len(client.get("/_mock/tasks").json()["tasks"]) == created


def test_plus_on_an_invalid_request_is_504(send: Send) -> None:
    response = send("create-504+", "POST", CREATE, json={"model": "seedance-2.0"})

    assert response.status_code == 504


def test_polls_are_counted_per_task(send: Send, create_task: Callable[..., str]) -> None:
    key = "poll-429"
    tasks = [create_task(key), create_task(key)]

    statuses = [send(key, "GET", f"/v1/tasks/{task}").status_code for task in tasks + tasks]

    assert statuses == [429, 429, 200, 200]


def test_each_key_suffix_is_an_account(send: Send, create_task: Callable[..., str]) -> None:
    first_key, second_key = "ok--a", "ok--b"

    assert send(second_key, "GET", f"/v1/tasks/{create_task(first_key)}").status_code == 403


def test_unknown_word_gets_a_suggestion(send: Send) -> None:
    response = send("flakky--1", "GET", "/v1/models")

    assert response.status_code == 400
    assert response.json()["error"]["did_you_mean"] == "flaky"


def test_balance_is_spent(send: Send, create_task: Callable[..., str]) -> None:
    key = "balance-80c"
    create_task(key)

    error = send(key, "POST", CREATE, json=BODY).json()["error"]

    assert error["code"] == "insufficient_balance"
    assert Decimal(str(error["balance_usd"])) == Decimal("0.06332353")


def test_rate_limit_is_per_minute(send: Send, clock: ManualClock) -> None:
    key = "limit-2"

    responses = [send(key, "GET", "/v1/models") for _ in range(3)]
    clock.advance(60)
    responses.append(send(key, "GET", "/v1/models"))
    statuses = [response.status_code for response in responses]

    assert statuses == [200, 200, 429, 200]
    assert responses[0].headers["X-RateLimit-Remaining"] == "1"
    assert responses[2].headers["Retry-After"] == "60"
    assert responses[2].headers["X-RateLimit-Reset"] == str(int(clock()))


def test_storm_mixes_faults(send: Send) -> None:
    statuses = []
    key = "storm-3"

    # The eighth drips for eleven seconds.
    for _ in range(7):
        statuses.append(send(key, "GET", "/v1/models").status_code)

    assert 200 in statuses
    assert set(statuses) > {200}


def test_retry_after_has_no_leading_zeros(send: Send) -> None:
    response = send("models-503.retry-00003s", "GET", "/v1/models")

    assert response.headers["Retry-After"] == "3"


@pytest.mark.parametrize(
    ("fault", "status", "start"),
    [("empty", 200, b""), ("html", 502, b"<html>"), ("redirect", 307, b"")],
)
def test_proxy_responds_in_place_of_the_api(
    fault: str, status: int, start: bytes, client: TestClient
) -> None:
    # The contract does not know the responses of a proxy.
    client.event_hooks["response"].clear()
    key = {"Authorization": f"Bearer sk-mock-models-{fault}"}

    response = client.get("/v1/models", headers=key, follow_redirects=False)

    assert (response.status_code, response.content[:6]) == (status, start)
    assert response.headers.get("Location") in (None, "http://localhost:8000/v1/models")


@pytest.mark.parametrize(
    ("fault", "exception_type"),
    [
        ("reset", ConnectionResetError),
        ("close", ConnectionAbortedError),
        ("garbage", ConnectionAbortedError),
        ("hang", TimeoutError),
        ("cut", ConnectionAbortedError),
        ("longer", ConnectionAbortedError),
    ],
)
def test_connection_faults_raise_in_process(
    fault: str, exception_type: type[Exception], settings: Settings, clock: ManualClock
) -> None:
    key = {"Authorization": f"Bearer sk-mock-models-{fault}"}
    with TestClient(create_app(settings, clock=clock)) as client, pytest.raises(exception_type):
        client.get("/v1/models", headers=key)


@pytest.mark.parametrize("fault", ["drip", "delay"])
def test_late_response_is_complete(fault: str, send: Send) -> None:
    response = send(f"cancel-{fault}.delay-0s", "DELETE", UNKNOWN)

    assert response.json()["error"]["code"] == "async_task_not_found"


def test_header_can_name_the_fault(clock: ManualClock) -> None:
    key = {"Authorization": "Bearer sk-mock-models-503--a"}
    with TestClient(create_app(Settings(explain=True), clock=clock)) as client:
        headers = [client.get("/v1/models", headers=key).headers.get("Mock-Did") for _ in range(2)]

    assert headers == ["models-503", None]
