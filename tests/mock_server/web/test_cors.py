"""Cross-origin resource sharing: which pages may call, and what they may read."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedance_contract.declared.materials.action_route import MATERIAL_ACTION
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.routes import ENDPOINTS
from seedance_contract.declared.v3.routes import V3_ENDPOINTS
from seedance_mock.settings import Settings

CREATE = "/v1/videos/generations"
V3_TASKS = "/api/v3/contents/generations/tasks"
UNKNOWN_TASK = "/v1/tasks/ldtask_" + "0" * 32


def with_cors(cors: str) -> pytest.MarkDecorator:
    """Run a test on a server with this CORS setting."""
    return pytest.mark.parametrize("settings", [Settings(cors=cors)], ids=[cors])


def preflight(client: TestClient, origin: str, method: str = "POST") -> dict[str, str]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    return dict(client.options(CREATE, headers=headers).headers)


METHODS = {
    "HEAD",
    *(each.method for each in (*ENDPOINTS, *MATERIAL_ENDPOINTS, MATERIAL_ACTION, *V3_ENDPOINTS)),
}


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost",
        "http://localhost:3000",
        "https://localhost:8443",
        "http://127.0.0.1:5173",
        "http://[::1]:3000",
        "http://127.0.0.2",
        "http://app.localhost:5173",
        "https://a.b-c.my_app.localhost",
    ],
)
def test_local_pages_may_call(origin: str, method: str, client: TestClient) -> None:
    headers = preflight(client, origin, method)

    assert headers["access-control-allow-origin"] == origin
    assert method in headers["access-control-allow-methods"]
    assert headers["access-control-allow-headers"] == "authorization, content-type"


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.com",
        "http://localhost.example.com",
        "http://localhost:3000.example.com",
        "http://notlocalhost",
        "http://127.0.0.1.example.com",
        "file://localhost",
        "http://.localhost",
        "http://evil.com/.localhost",
        "http://notlocalhost.localhost.example.com",
        "null",
    ],
)
def test_other_pages_may_not_call(origin: str, client: TestClient) -> None:
    assert "access-control-allow-origin" not in preflight(client, origin)
    assert (
        "access-control-allow-origin"
        not in client.get("/healthz", headers={"Origin": origin}).headers
    )


@with_cors("any")
@pytest.mark.parametrize("origin", ["https://example.com", "http://localhost:3000", "null"])
def test_any_page_may_call_if_chosen(origin: str, client: TestClient) -> None:
    assert preflight(client, origin)["access-control-allow-origin"] == origin


@with_cors("none")
def test_no_page_may_call_if_chosen(client: TestClient) -> None:
    response = client.get("/healthz", headers={"Origin": "http://localhost"})

    assert not [name for name in response.headers if name.startswith("access-control")]


def test_page_may_read_the_ids(client: TestClient) -> None:
    response = client.get(UNKNOWN_TASK, headers={"Origin": "http://localhost:3000"})

    assert response.status_code == 401
    assert response.headers["access-control-allow-origin"] == "http://localhost:3000"
    exposed = set(response.headers["access-control-expose-headers"].split(", "))
    assert exposed >= {
        *("X-Request-ID", "X-Task-ID", "X-Billing-Transaction-ID", "Retry-After", "Mock-Ignored"),
        *("Content-Range", "ETag", "Accept-Ranges", "WWW-Authenticate"),
    }


def test_page_may_read_every_header_of_the_mock(user: TestClient) -> None:
    """No header that a response of the API has is left out, now or later."""
    user.headers["Origin"] = "http://localhost:3000"
    limited = {"Authorization": "Bearer sk-mock-limit-9.after-1polls"}
    v3_create = {"model": "seedance-2.0", "content": [{"type": "text", "text": "x"}]}
    v3_headers = {"Idempotency-Key": "boat", "X-Client-Request-Id": "20260401120000ABCDEF"}
    task = user.post(CREATE, json={"model": "seedance-2.0", "prompt": "x"}, headers=limited).json()
    poll = user.get(task["poll_url"], headers=limited)
    responses = [
        poll,
        user.get("/v1/models", headers={"Authorization": "Bearer sk-mock-models-429"}),
        user.get("/v1/tasks/x", headers={"Authorization": ""}),
        *(user.post(V3_TASKS, json=v3_create, headers=v3_headers) for _ in range(2)),
        user.get(poll.json()["video_url"], headers={"Range": "bytes=0-9"}),
        user.get(poll.json()["video_url"], headers={"Range": "bytes=99999999-"}),
    ]

    exposed = poll.headers["access-control-expose-headers"].lower().split(", ")
    # A page may read these of every response (fetch, "CORS-safelisted response-header name").
    safelisted = ["content-length", "content-type", "last-modified"]
    named = {name for response in responses for name in response.headers}
    assert {name for name in named if not name.startswith(("access-control", "vary"))} <= {
        *exposed,
        *safelisted,
    }


def test_page_may_not_send_cookies(client: TestClient) -> None:
    headers = preflight(client, "http://localhost:3000")

    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    ("settings", "origin"),
    [(Settings(), "http://localhost:3000"), (Settings(cors="any"), "https://example.com")],
    ids=["localhost", "any"],
)
def test_page_may_call_from_a_public_address(origin: str, client: TestClient) -> None:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }

    response = client.options(CREATE, headers=headers)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize(
    ("origin", "method", "named"),
    [("https://example.com", "POST", "origin"), ("http://localhost", "PATCH", "method")],
)
def test_a_refused_preflight_has_the_error_envelope(
    origin: str, method: str, named: str, client: TestClient
) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}

    response = client.options(CREATE, headers=headers)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_request_error")
    assert named in error["message"]
    assert error["request_id"] == response.headers["X-Request-ID"]
    assert "Origin" in response.headers["Vary"]
    assert int(response.headers["Content-Length"]) == len(response.content)


def test_a_range_beyond_the_end_has_the_error_envelope(client: TestClient) -> None:
    key = {"Authorization": "Bearer sk-mock-after-1polls", "Origin": "http://localhost:3000"}
    body = {"model": "seedance-2.0", "prompt": "x"}
    task = client.post(CREATE, json=body, headers=key).json()
    video_url = client.get(task["poll_url"], headers=key).json()["video_url"]

    response = client.get(video_url, headers={**key, "Range": "bytes=99999999-"})

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (416, "range_not_satisfiable")
    assert response.headers["Content-Range"].startswith("bytes */")
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
