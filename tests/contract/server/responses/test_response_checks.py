"""Response checks: each passes, has nothing to check, and fails."""

import json
from typing import Any

import pytest

from seedance_contract.case import Mismatch
from seedance_contract.server.checks import answers
from seedance_contract.server.http.exchange import ReceivedResponse, SentRequest
from seedance_contract.server.responses.response_checks import (
    RESPONSE_CHECKS,
    documented_schema,
    documented_status,
    error_envelope,
    error_request_id,
    json_content_type,
    no_input_echo,
    no_key_echo,
    request_id,
    retry_after,
    task_id_header,
)
from seedance_contract.server.responses.response_monitor import OWN_REQUEST_ID

KEY = "sk-secret-1"
PATH = "/v1/tasks/a"
ERROR = {"message": "no", "type": "invalid_request_error", "request_id": "req_1"}
HEADERS = {"x-request-id": "req_1", "content-type": "application/json"}


def sent(**changes: Any) -> SentRequest:
    members: dict[str, Any] = {
        "method": "GET",
        "path": PATH,
        "url": f"http://127.0.0.1:8000{PATH}",
        "key": KEY,
        "headers": {"Authorization": f"Bearer {KEY}"},
    }
    return SentRequest(**members | changes)


def received(status: int, body: object = None, **headers: str) -> ReceivedResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ReceivedResponse(status, HEADERS | named, content)


def error(status: int, **members: object) -> ReceivedResponse:
    return received(status, {"error": {**ERROR, **members}})


def test_every_check_has_a_requirement() -> None:
    assert {*RESPONSE_CHECKS, OWN_REQUEST_ID} == answers.REQUIREMENTS.keys()


def test_request_id_is_required() -> None:
    assert request_id(sent(), received(200))
    with pytest.raises(Mismatch, match="an X-Request-ID"):
        request_id(sent(), received(200, x_request_id=""))


def test_content_type_is_json() -> None:
    assert json_content_type(sent(), received(200, content_type="application/json; charset=utf-8"))
    assert not json_content_type(sent(method="HEAD"), received(200, content_type=""))
    with pytest.raises(Mismatch, match="got text/html"):
        json_content_type(sent(), received(200, content_type="text/html"))


def test_valid_error_body_passes() -> None:
    assert error_envelope(sent(), error(404))
    assert error_request_id(sent(), error(404))


@pytest.mark.parametrize("check", [error_envelope, error_request_id])
def test_success_has_no_error_body(check: Any) -> None:
    assert not check(sent(), received(200, {}))
    assert not check(sent(method="HEAD"), received(405, b""))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": None}, 'an object {"error": {…}}'),
        ([], 'an object {"error": {…}}'),
        ({"error": {**ERROR, "message": ""}}, "error.message, a text that is not empty"),
        ({"error": {**ERROR, "type": "odd"}}, "error.type, a documented type"),
        ({"error": {"message": "no"}}, "error.type, a documented type"),
        (b"<h1>No", "a JSON body"),
    ],
)
def test_malformed_error_body_is_a_mismatch(body: object, expected: str) -> None:
    with pytest.raises(Mismatch) as mismatch:
        error_envelope(sent(), received(404, body))

    assert mismatch.value.expected == expected
    assert mismatch.value.actual.startswith("404 ")


def test_request_id_may_be_beside_the_error() -> None:
    assert error_request_id(sent(), received(404, {"error": {}, "request_id": "req_1"}))


@pytest.mark.parametrize(
    "body",
    [
        {"error": {**ERROR, "request_id": "req_2"}},
        {"error": {**ERROR, "request_id": ["req_1"]}},
        {"error": ERROR, "request_id": "req_2"},
        {"error": {}},
        [],
    ],
    ids=["another", "not a text", "two that differ", "missing", "not an object"],
)
def test_wrong_request_id_is_a_mismatch(body: object) -> None:
    with pytest.raises(Mismatch, match="request_id in the body, equal to X-Request-ID"):
        error_request_id(sent(), received(404, body))


def test_task_is_named_in_a_header() -> None:
    task = {"id": "a", "poll_url": PATH}

    assert task_id_header(sent(), received(200, task, x_task_id="a"))
    assert not task_id_header(sent(), received(200, {"data": []}))
    assert not task_id_header(sent(), received(404, b"<h1>No"))
    with pytest.raises(Mismatch, match="X-Task-ID: a, got None"):
        task_id_header(sent(), received(200, task))


def test_key_must_not_be_repeated() -> None:
    assert no_key_echo(sent(), received(200))
    assert not no_key_echo(sent(key=None), received(200))
    with pytest.raises(Mismatch, match="in the header x-odd"):
        no_key_echo(sent(), received(200, x_odd=f"is {KEY}"))
    with pytest.raises(Mismatch, match="in the body of a 200"):
        no_key_echo(sent(), received(200, {"key": KEY}))


@pytest.mark.parametrize(
    "member", [{"prompt": "a very private prompt"}, {"image_url": "https://example.com/private"}]
)
def test_input_must_not_be_repeated(member: dict[str, str]) -> None:
    request = sent(method="POST", body=json.dumps(member).encode())
    [text] = member.values()

    assert no_input_echo(request, error(400))
    assert not no_input_echo(request, received(200, text))
    assert not no_input_echo(sent(), error(400))
    with pytest.raises(Mismatch, match="no prompt and no media URL"):
        no_input_echo(request, error(400, message=f"not allowed: {text}"))


def test_retry_after_is_in_header_and_body() -> None:
    assert retry_after(sent(), received(429, {"error": {"retry_after": 2}}, retry_after="2"))
    assert not retry_after(sent(), received(200))


def test_head_has_retry_after_only_in_the_header() -> None:
    assert retry_after(sent(method="HEAD"), received(429, b"", retry_after="2"))


@pytest.mark.parametrize("header", ["", "0", "1.5", "-1", "soon", "9" * 5000, "٣"])
def test_retry_after_is_whole_seconds(header: str) -> None:
    with pytest.raises(Mismatch, match="whole seconds"):
        retry_after(sent(), received(429, {"error": {"retry_after": 1}}, retry_after=header))


def test_retry_after_is_required() -> None:
    with pytest.raises(Mismatch, match="whole seconds"):
        retry_after(sent(), error(429, retry_after=1))


@pytest.mark.parametrize("seconds", [None, 3, "2", 2.0, True])
def test_retry_after_is_the_same_in_the_body(seconds: object) -> None:
    header = "1" if seconds is True else "2"

    with pytest.raises(Mismatch, match="as in the header"):
        retry_after(sent(), received(429, {"error": {"retry_after": seconds}}, retry_after=header))


def test_status_is_documented() -> None:
    assert documented_status(sent(), received(404))
    assert not documented_status(sent(path="/healthz"), received(418))
    with pytest.raises(Mismatch, match="one of 200, 401"):
        documented_status(sent(), received(418))


def test_body_has_the_documented_schema() -> None:
    assert documented_schema(sent(), error(404))
    assert not documented_schema(sent(), received(418))
    with pytest.raises(Mismatch, match="error as documented"):
        documented_schema(sent(), received(404, {"error": {}}))


V3_PATH = "/api/v3/contents/generations/tasks"
V3_ERROR = {"code": "InvalidParameter", "message": "no", "param": "", "type": "BadRequest"}


def sent_to_v3(method: str = "GET", suffix: str = "") -> SentRequest:
    return sent(method=method, path=V3_PATH + suffix)


def test_errors_of_v3_have_four_members() -> None:
    assert error_envelope(sent_to_v3(), received(400, {"error": V3_ERROR}))
    assert not error_request_id(sent_to_v3(), received(400, {"error": V3_ERROR}))
    for body in ({"error": {**V3_ERROR, "param": None}}, {"error": ERROR}, {"error": "no"}):
        with pytest.raises(Mismatch, match="code, message, param, type, all strings"):
            error_envelope(sent_to_v3(), received(400, body))


def test_a_delete_of_v3_has_no_body() -> None:
    request = sent_to_v3("DELETE", "/cgt-1")

    assert not json_content_type(request, received(200, b"", content_type=""))
    assert documented_schema(request, received(200, b""))
    with pytest.raises(Mismatch, match="an empty body"):
        documented_schema(request, received(200, {}))


def test_retry_after_of_v3_is_a_header_only() -> None:
    assert retry_after(sent_to_v3(), received(429, {"error": V3_ERROR}, retry_after="2"))


def test_responses_of_v3_are_compared_with_its_document() -> None:
    assert documented_status(sent_to_v3("POST"), received(409))
    assert documented_schema(sent_to_v3(), received(200, {"items": [], "total": 0}))
    with pytest.raises(Mismatch, match="one of 200, 400, 401"):
        documented_status(sent_to_v3(), received(418))
    with pytest.raises(Mismatch, match="as documented"):
        documented_schema(sent_to_v3(), received(200, {"items": []}))
