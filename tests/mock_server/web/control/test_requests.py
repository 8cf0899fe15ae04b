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
