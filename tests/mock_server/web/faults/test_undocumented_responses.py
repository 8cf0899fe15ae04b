"""Words for undocumented responses. The client of these tests does not check the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from seedance_contract.declared.models import MODELS
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

HOST, PORT, THIRD = "http://other.test:9", "http://127.0.0.1:9", "http://third.test:9"

Send = Callable[..., httpx2.Response]


@pytest.fixture
def web() -> Iterator[TestClient]:
    """Give a client of a server with three other origins."""
    elsewhere = {"host": HOST, "port": PORT, "third": THIRD}
    app = create_app(Settings(redirect_origins=elsewhere, keyless_words="catalogue-less"))
    with TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield client


@pytest.fixture
def send(web: TestClient) -> Send:
    """Give a function that sends a request with a key that has these words."""

    def request(words: str, method: str = "POST", path: str = CREATE) -> httpx2.Response:
        headers = {"Authorization": f"Bearer sk-mock-{words}"}
        body = BODY if method == "POST" else None
        return web.request(method, path, headers=headers, json=body)

    return request


def poll(send: Send, words: str, times: int = 1) -> list[Any]:
    """Create a task and return the bodies of the responses to its polls."""
    key = words
    task = send(key).json()["id"]
    return [send(key, "GET", f"/v1/tasks/{task}").json() for _ in range(times)]


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        ("status-queued after-3polls", ["queued", "processing", "completed"]),
        ("status-queued clock-polls queue-2s", ["queued", "processing", "completed"]),
        ("status-back after-4polls", ["processing", "processing", "pending", "completed"]),
        ("status-plain after-2polls", ["processing", "completed"]),
    ],
)
def test_status_is_as_scripted(words: str, statuses: list[str], send: Send) -> None:
    words = words.replace(" ", ".")

    assert [body["status"] for body in poll(send, words, len(statuses))] == statuses


def test_create_can_return_a_completed_task(send: Send) -> None:
    body = send("status-done.queue-0s.run-0s").json()

    assert body["status"] == "completed"
    assert body["video_url"].startswith("http://127.0.0.1:8000/assets/")


@pytest.mark.parametrize(("words", "progress"), [("null", None), ("text", "42"), ("over", 150)])
def test_progress_can_be_invalid(words: str, progress: object, send: Send) -> None:
    [body] = poll(send, f"progress-{words}.after-2polls")

    assert body["progress"] == progress


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("absolute", "http://127.0.0.1:8000/v1/tasks/"),
        ("foreign", f"{HOST}/v1/tasks/"),
        ("userinfo", "http://user:secret@other.test:9/v1/tasks/"),
        ("file", "file:///v1/tasks/"),
        ("slashes", "//other.test:9/v1/tasks/"),
    ],
)
def test_poll_url_can_have_any_origin(words: str, start: str, send: Send) -> None:
    assert send(f"at-{words}").json()["poll_url"].startswith(start + "ldtask_")


@pytest.mark.parametrize(
    ("words", "status", "origin"),
    [
        ("create-redirect", 307, HOST),
        ("create-found", 302, HOST),
        ("create-redirect.to-host", 307, HOST),
        ("create-redirect.to-port", 307, PORT),
        ("create-found.to-third", 302, THIRD),
    ],
)
def test_redirect_has_the_scripted_origin(words: str, status: int, origin: str, send: Send) -> None:
    response = send(words)

    assert (response.status_code, response.headers["Location"]) == (status, origin + CREATE)


def test_redirect_keeps_the_query(send: Send) -> None:
    response = send("models-redirect", "GET", "/v1/models?view=compact")

    assert response.headers["Location"] == f"{HOST}/v1/models?view=compact"


def test_results_can_be_elsewhere_and_redirect(send: Send, web: TestClient) -> None:
    [body] = poll(send, "files-host.after-1polls.asset-found.to-third")
    url = body["video_url"]

    response = web.get(url)

    assert url.startswith(f"{HOST}/assets/")
    assert response.headers["Location"] == url.replace(HOST, THIRD)
    assert web.get(url).status_code == 200


def test_download_can_ignore_range(send: Send, web: TestClient) -> None:
    [body] = poll(send, "download-whole.after-1polls")

    response = web.get(body["video_url"], headers={"Range": "bytes=10-"})

    assert (response.status_code, response.content[4:8]) == (200, b"ftyp")


def test_download_can_refuse_head(send: Send, web: TestClient) -> None:
    [body] = poll(send, "download-get.after-1polls")

    responses = [web.request(method, body["video_url"]) for method in ("HEAD", "GET")]

    assert [response.status_code for response in responses] == [405, 200]
    assert responses[0].headers["Allow"] == "GET"


def test_billing_id_can_look_like_a_task_id(send: Send) -> None:
    [body] = poll(send, "billing-task.after-1polls")

    assert body["billing_transaction_id"].startswith("ldtask_")
    assert body["billing_transaction_id"] != body["id"]


def test_billing_id_can_be_missing(send: Send) -> None:
    key = "billing-none.after-1polls"
    response = send(key, "GET", "/v1/tasks/" + send(key).json()["id"])

    assert "billing_transaction_id" not in response.json()
    assert "X-Billing-Transaction-ID" not in response.headers


@pytest.mark.parametrize(
    ("words", "size"), [("plain", 1_000), ("odd", 2_000), ("large", 2_100_000)]
)
def test_task_can_be_large(words: str, size: int, send: Send) -> None:
    [body] = poll(send, f"shape-{words}.after-1polls")

    assert size / 10 < len(json.dumps(body)) < size


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("null", {"error": None}),
        ("none", {}),
        ("string", {"error": "The result was held back by content moderation"}),
    ],
)
def test_failure_has_the_scripted_form(words: str, error: object, send: Send) -> None:
    [body] = poll(send, f"policy.err-{words}.after-1polls")

    assert {name: body[name] for name in body if name == "error"} == error


def test_failure_can_have_unknown_members(send: Send) -> None:
    [body] = poll(send, "policy.err-rich.after-1polls")

    assert {"code", "message", "x_nested"} < body["error"].keys()


def test_result_can_be_in_data(send: Send) -> None:
    [body] = poll(send, "out-data.after-1polls")

    assert body["data"][0]["url"].startswith("http")
    assert "video_url" not in body


@pytest.mark.parametrize(
    ("words", "header", "members"),
    [
        ("minus", "-5", {"retryable": True}),
        ("body", None, {"retryable": True, "retry_after": 2}),
        ("mixed", "3", {"retryable": True, "retry_after": 1}),
        ("never", None, {"retryable": False}),
        ("86400s", "86400", {"retryable": True, "retry_after": 86400}),
    ],
)
def test_retry_after_is_as_scripted(
    words: str, header: str | None, members: object, send: Send
) -> None:
    response = send(f"create-429.retry-{words}")
    error = response.json()["error"]

    assert response.headers.get("Retry-After") == header
    assert {name: error[name] for name in ("retryable", "retry_after") if name in error} == members


@pytest.mark.parametrize(
    ("words", "members"),
    [
        ("bare", {"message", "type"}),
        ("plain", {"message", "type", "code", "retryable", "request_id"}),
    ],
)
def test_error_has_the_scripted_members(words: str, members: object, send: Send) -> None:
    assert send(f"create-400.refusal-{words}").json()["error"].keys() == members


def test_error_can_have_many_members(send: Send) -> None:
    assert len(send("create-400.refusal-rich").json()["error"]) == 25


def test_error_can_swap_type_and_code(send: Send) -> None:
    error = send("create-401.refusal-swapped").json()["error"]
    plain = send("create-model-not-allowed.refusal-swapped").json()["error"]

    assert (error["type"], error["code"]) == ("invalid_api_key", "invalid_api_key")
    assert (plain["type"], plain["code"]) == ("model_not_allowed", "permission_error")


def test_error_can_be_in_another_language(send: Send) -> None:
    assert "später" in send("create-503.refusal-foreign").json()["error"]["message"]


def test_unknown_model_has_a_suggestion(send: Send) -> None:
    error = send("create-create-model-not-found").json()["error"]

    assert (error["code"], error["did_you_mean"]) == ("model_not_found", "seedance-2.0-fast")


def test_402_suggests_cheaper_models(send: Send) -> None:
    error = send("create-402").json()["error"]

    assert error["suggestions"][0] == {"id": "seedance-2.0-mini"}


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models?view=compact"])
def test_models_can_be_invented(path: str, send: Send) -> None:
    response = send("catalogue-invented", "GET", path)
    ids = [model["id"] for model in response.json()["data"]]

    assert ids == ["seedance-x9", "seedance-x9-fast", "seedance-x9-mini", "seedance-x8"]
    assert "seedance-2.0" not in response.text


def test_invented_model_has_details(send: Send) -> None:
    key = "catalogue-invented"

    detail = send(key, "GET", "/v1/models/seedance-x9").json()
    prices = send(key, "GET", "/v1/models/seedance-x9/pricing").json()

    assert detail["id"] == prices["model"] == "seedance-x9"
    assert prices["pricing_summary"]["min_price"] == "7.31000001"


def test_catalogue_can_be_odd(send: Send) -> None:
    key = "catalogue-odd"

    [*_, model] = send(key, "GET", "/v1/models").json()["data"]
    prices = send(key, "GET", "/v1/pricing").json()["data"]

    assert model["tokenlab"]["category"] == "hologram"
    assert model["tokenlab"]["pricing"]["min_price"] == "1.00000000000000000001"
    assert {entry["pricing_summary"] for entry in prices} == {None}


def test_catalogue_can_lack_a_model(send: Send, web: TestClient) -> None:
    models = send("catalogue-less", "GET", "/v1/models").json()["data"]
    keyless = web.get("/v1/pricing").json()["data"]

    assert [model["id"] for model in models] == [*MODELS][1:]
    assert [entry["model"] for entry in keyless] == [*MODELS][1:]


@pytest.mark.parametrize("fault", ["chunks", "early", "closing", "lapse", "charset"])
def test_unusual_response_is_complete(fault: str, send: Send) -> None:
    response = send(f"any-{fault}x0")

    assert response.json()["status"] == "pending"
    assert response.headers["Content-Type"].startswith("application/json")
