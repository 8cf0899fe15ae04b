from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.v3.openapi import v3_openapi_document
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_browser_is_sent_to_the_console(path: str, client: TestClient) -> None:
    response = client.get(path, headers={"Accept": BROWSER}, follow_redirects=False)

    # A relative URL keeps the prefix of a proxy: /prefix/docs leads to /prefix/_mock/.
    assert (response.status_code, response.headers["Location"]) == (303, "_mock/")
    assert response.headers["Vary"] == "Accept"
    assert client.get("/_mock/journal").json()["entries"] == []


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/", "*/*"),
        ("GET", "/docs", "application/json"),
        ("POST", "/", BROWSER),
        ("PURGE", "/docs", BROWSER),
        ("GET", "/docs/", BROWSER),
    ],
)
def test_other_requests_are_404(method: str, path: str, accept: str, client: TestClient) -> None:
    response = client.request(method, path, headers={"Accept": accept})

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_without_control_there_is_no_console() -> None:
    with TestClient(create_app(Settings(control=False))) as client:
        assert client.get("/", headers={"Accept": BROWSER}).status_code == 404
        assert client.get("/openapi.json").status_code == 200


def test_the_documents_of_the_api_are_served(client: TestClient) -> None:
    assert client.get("/openapi.json").json() == openapi_document()
    assert client.get("/openapi-v3.json").json() == v3_openapi_document()
