"""Words for answers that no document promises: the contract's own check of answers is off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

HOST, PORT, THIRD = "http://other.test:9", "http://127.0.0.1:9", "http://third.test:9"

_numbers = count(1)

Ask = Callable[..., httpx2.Response]


@pytest.fixture
def web() -> Iterator[TestClient]:
    """Give a client of a server that knows its other origins."""
    elsewhere = {"host": HOST, "port": PORT, "third": THIRD}
    app = create_app(Settings(redirect_origins=elsewhere, keyless_words="catalogue-less"))
    with TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield client


@pytest.fixture
def ask(web: TestClient) -> Ask:
    """Give a function that makes a request with a key of these words."""

    def request(words: str, method: str = "POST", path: str = CREATE) -> httpx2.Response:
        headers = {"Authorization": f"Bearer sk-mock-{words}"}
        body = BODY if method == "POST" else None
        return web.request(method, path, headers=headers, json=body)

    return request


def fresh(words: str) -> str:
    """Return words with a suffix of their own, so that tests share no account."""
    return f"{words}--{next(_numbers)}"


def polled(ask: Ask, words: str, times: int = 1) -> list[Any]:
    """Return what polls of a new task answer."""
    key = fresh(words)
    task = ask(key).json()["id"]
    return [ask(key, "GET", f"/v1/tasks/{task}").json() for _ in range(times)]


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        ("status-queued after-3polls", ["queued", "processing", "completed"]),
        ("status-queued clock-polls queue-2s", ["queued", "processing", "completed"]),
        ("status-back after-4polls", ["processing", "processing", "pending", "completed"]),
        ("status-plain after-2polls", ["processing", "completed"]),
    ],
)
def test_a_status_is_told_as_scripted(words: str, statuses: list[str], ask: Ask) -> None:
    words = words.replace(" ", ".")

    assert [one["status"] for one in polled(ask, words, len(statuses))] == statuses


def test_create_can_answer_a_finished_task(ask: Ask) -> None:
    shown = ask(fresh("status-done.queue-0s.run-0s")).json()

    assert shown["status"] == "completed"
    assert shown["video_url"].startswith("http://127.0.0.1:8000/assets/")


@pytest.mark.parametrize(("words", "progress"), [("null", None), ("text", "42"), ("over", 150)])
def test_progress_can_be_nonsense(words: str, progress: object, ask: Ask) -> None:
    [shown] = polled(ask, f"progress-{words}.after-2polls")

    assert shown["progress"] == progress


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
def test_poll_url_can_lead_anywhere(words: str, start: str, ask: Ask) -> None:
    assert ask(fresh(f"at-{words}")).json()["poll_url"].startswith(start + "ldtask_")


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
def test_a_redirect_leads_where_it_should(words: str, status: int, origin: str, ask: Ask) -> None:
    answer = ask(fresh(words))

    assert (answer.status_code, answer.headers["Location"]) == (status, origin + CREATE)


def test_a_redirect_keeps_the_query(ask: Ask) -> None:
    answer = ask(fresh("models-redirect"), "GET", "/v1/models?view=compact")

    assert answer.headers["Location"] == f"{HOST}/v1/models?view=compact"


def test_results_can_lie_elsewhere_and_lead_further(ask: Ask, web: TestClient) -> None:
    [shown] = polled(ask, "files-host.after-1polls.asset-found.to-third")
    url = shown["video_url"]

    moved = web.get(url)

    assert url.startswith(f"{HOST}/assets/")
    assert moved.headers["Location"] == url.replace(HOST, THIRD)
    assert web.get(url).status_code == 200


def test_a_download_can_ignore_range(ask: Ask, web: TestClient) -> None:
    [shown] = polled(ask, "download-whole.after-1polls")

    answer = web.get(shown["video_url"], headers={"Range": "bytes=10-"})

    assert (answer.status_code, answer.content[4:8]) == (200, b"ftyp")


def test_a_download_can_refuse_head(ask: Ask, web: TestClient) -> None:
    [shown] = polled(ask, "download-get.after-1polls")

    asked = [web.request(method, shown["video_url"]) for method in ("HEAD", "GET")]

    assert [one.status_code for one in asked] == [405, 200]
    assert asked[0].headers["Allow"] == "GET"


def test_a_charge_can_look_like_a_task(ask: Ask) -> None:
    [shown] = polled(ask, "billing-task.after-1polls")

    assert shown["billing_transaction_id"].startswith("ldtask_")
    assert shown["billing_transaction_id"] != shown["id"]


def test_a_charge_can_have_no_id(ask: Ask) -> None:
    key = fresh("billing-none.after-1polls")
    answer = ask(key, "GET", "/v1/tasks/" + ask(key).json()["id"])

    assert "billing_transaction_id" not in answer.json()
    assert "X-Billing-Transaction-ID" not in answer.headers


@pytest.mark.parametrize(
    ("words", "size"), [("plain", 1_000), ("odd", 2_000), ("large", 2_100_000)]
)
def test_a_task_can_be_large(words: str, size: int, ask: Ask) -> None:
    [shown] = polled(ask, f"shape-{words}.after-1polls")

    assert size / 10 < len(json.dumps(shown)) < size


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("null", {"error": None}),
        ("none", {}),
        ("string", {"error": "The result was held back by content moderation"}),
    ],
)
def test_a_failure_has_the_scripted_form(words: str, error: object, ask: Ask) -> None:
    [shown] = polled(ask, f"policy.err-{words}.after-1polls")

    assert {name: shown[name] for name in shown if name == "error"} == error


def test_a_failure_can_say_more(ask: Ask) -> None:
    [shown] = polled(ask, "policy.err-rich.after-1polls")

    assert {"code", "message", "x_nested"} < shown["error"].keys()


def test_data_can_name_the_file(ask: Ask) -> None:
    [shown] = polled(ask, "out-data.after-1polls")

    assert shown["data"][0]["url"].startswith("http")
    assert "video_url" not in shown


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
def test_a_wait_is_asked_for_as_scripted(
    words: str, header: str | None, members: object, ask: Ask
) -> None:
    answer = ask(fresh(f"create-429.retry-{words}"))
    error = answer.json()["error"]

    assert answer.headers.get("Retry-After") == header
    assert {name: error[name] for name in ("retryable", "retry_after") if name in error} == members


@pytest.mark.parametrize(
    ("words", "members"),
    [
        ("bare", {"message", "type"}),
        ("plain", {"message", "type", "code", "retryable", "request_id"}),
    ],
)
def test_an_error_says_as_much_as_scripted(words: str, members: object, ask: Ask) -> None:
    assert ask(fresh(f"create-400.refusal-{words}")).json()["error"].keys() == members


def test_an_error_can_say_much_more(ask: Ask) -> None:
    assert len(ask(fresh("create-400.refusal-rich")).json()["error"]) == 25


def test_an_error_can_swap_type_and_code(ask: Ask) -> None:
    error = ask(fresh("create-401.refusal-swapped")).json()["error"]
    plain = ask(fresh("create-model-not-allowed.refusal-swapped")).json()["error"]

    assert (error["type"], error["code"]) == ("invalid_api_key", "invalid_api_key")
    assert (plain["type"], plain["code"]) == ("model_not_allowed", "permission_error")


def test_an_error_can_speak_another_language(ask: Ask) -> None:
    assert "später" in ask(fresh("create-503.refusal-foreign")).json()["error"]["message"]


def test_an_unknown_model_comes_with_a_hint(ask: Ask) -> None:
    error = ask(fresh("create-create-model-not-found")).json()["error"]

    assert (error["code"], error["did_you_mean"]) == ("model_not_found", "seedance-2.0-fast")


def test_an_empty_account_comes_with_cheaper_models(ask: Ask) -> None:
    error = ask(fresh("create-402")).json()["error"]

    assert error["suggestions"][0] == {"id": "seedance-2.0-mini"}


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models?view=compact"])
def test_models_can_be_invented(path: str, ask: Ask) -> None:
    shown = ask(fresh("catalogue-invented"), "GET", path)
    ids = [one["id"] for one in shown.json()["data"]]

    assert ids == ["seedance-x9", "seedance-x9-fast", "seedance-x9-mini"]
    assert "seedance-2.0" not in shown.text


def test_an_invented_model_has_details(ask: Ask) -> None:
    key = fresh("catalogue-invented")

    detail = ask(key, "GET", "/v1/models/seedance-x9").json()
    prices = ask(key, "GET", "/v1/models/seedance-x9/pricing").json()

    assert detail["id"] == prices["model"] == "seedance-x9"
    assert prices["pricing_summary"]["min_price"] == "7.31000001"


def test_a_catalogue_can_be_odd(ask: Ask) -> None:
    key = fresh("catalogue-odd")

    [*_, model] = ask(key, "GET", "/v1/models").json()["data"]
    prices = ask(key, "GET", "/v1/pricing").json()["data"]

    assert model["tokenlab"]["category"] == "hologram"
    assert model["tokenlab"]["pricing"]["min_price"] == "1.00000000000000000001"
    assert {one["pricing_summary"] for one in prices} == {None}


def test_a_model_can_be_gone(ask: Ask, web: TestClient) -> None:
    listed = ask(fresh("catalogue-less"), "GET", "/v1/models").json()["data"]
    keyless = web.get("/v1/pricing").json()["data"]

    assert [one["id"] for one in listed] == ["seedance-2.0-fast", "seedance-2.0-mini"]
    assert [one["model"] for one in keyless] == ["seedance-2.0-fast", "seedance-2.0-mini"]


@pytest.mark.parametrize("effect", ["chunks", "early", "closing", "lapse", "charset"])
def test_an_unusual_answer_is_whole(effect: str, ask: Ask) -> None:
    answer = ask(fresh(f"any-{effect}x0"))

    assert answer.json()["status"] == "pending"
    assert answer.headers["Content-Type"].startswith("application/json")
