from __future__ import annotations

import pytest
from starlette.testclient import TestClient

ACCOUNTS = "/_mock/accounts"


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"key": "sk-1", "key": "sk-2"}', b"\xff"])
def test_a_body_must_be_a_json_object(content: bytes, client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}

    assert client.post(ACCOUNTS, content=content, headers=headers).status_code == 400


def test_a_body_needs_its_content_type(client: TestClient) -> None:
    response = client.post(ACCOUNTS, content=b'{"key": "sk-1"}')

    assert "Content-Type" in response.json()["error"]["message"]


@pytest.mark.parametrize("media_type", ["text/plain;x=json", "application/jsonp", "text/json"])
def test_similar_content_types_are_refused(media_type: str, client: TestClient) -> None:
    headers = {"Content-Type": media_type}

    assert client.post(ACCOUNTS, content=b'{"key": "sk-1"}', headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        (
            "GET",
            "/journal?acount=key-1",
            "acount is not a query parameter; did you mean 'account'?",
        ),
        ("GET", "/journal?Task=x", "Task is not a query parameter; did you mean 'task_id'?"),
        (
            "DELETE",
            "/journal?status=200",
            "status is not a query parameter; did you mean 'account'?",
        ),
        ("GET", "/tasks?x", "x is not a query parameter; did you mean 'last'?"),
        ("HEAD", "/tasks?acount=1", ""),
        ("GET", "/words?account=x", "account is not a query parameter; the request has none"),
        ("GET", "/openapi.json?x=1", "x is not a query parameter; the request has none"),
        ("GET", "/journal?account=a&account=b", "account is there twice"),
    ],
)
def test_an_unknown_query_parameter_is_refused(
    method: str, path: str, message: str, client: TestClient
) -> None:
    response = client.request(method, f"/_mock{path}")

    assert response.status_code == 400
    if method != "HEAD":
        assert response.json()["error"]["message"] == message


def test_a_secret_as_a_query_parameter_is_not_repeated(client: TestClient) -> None:
    assert "sk-planted" not in client.get("/_mock/journal?sk-planted").text
