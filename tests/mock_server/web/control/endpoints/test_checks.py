from __future__ import annotations

import pytest
from starlette.testclient import TestClient

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
BLIND = {"Authorization": "Bearer sk-mock-create-504--a"}


def test_a_blind_retry_is_found_in_live_traffic(client: TestClient) -> None:
    ids = [client.post(CREATE, json=BODY, headers=BLIND).headers["X-Request-ID"] for _ in range(2)]

    report = client.get("/_mock/checks", params={"account": "key-1"}).json()

    assert (report["account"], report["requests"], report["truncated"]) == ("key-1", 2, False)
    check = report["checks"][0]
    assert (check["id"], check["verdict"], check["requests"]) == ("no-blind-create", "FAIL", ids)
    assert (check["level"], check["cause"]) == ("MUST", "blind-create-retry")
    assert "python" in check["hints"]


def test_checks_start_over_after_an_entry(client: TestClient) -> None:
    for _ in range(2):
        client.post(CREATE, json=BODY, headers=BLIND)

    report = client.get("/_mock/checks", params={"account": "key-1", "after": "1"}).json()

    assert (report["requests"], report["after"]) == (1, 1)
    assert "FAIL" not in {check["verdict"] for check in report["checks"]}


def test_checks_need_an_account(client: TestClient) -> None:
    missing, unknown = client.get("/_mock/checks"), client.get("/_mock/checks?account=key-9")

    assert (missing.status_code, missing.json()["error"]["param"]) == (400, "account")
    assert unknown.status_code == 404


V3_TASKS = "/api/v3/contents/generations/tasks"
V3_BODY = {
    "model": "seedance-2.0",
    "content": [{"type": "text", "text": "a paper boat"}],
}


@pytest.mark.parametrize(
    ("headers", "verdict"), [({}, "FAIL"), ({"Idempotency-Key": "order-7"}, "PASS")]
)
def test_an_idempotency_key_makes_a_retry_safe(
    headers: dict[str, str], verdict: str, client: TestClient
) -> None:
    task = ""
    for _ in range(2):
        response = client.post(V3_TASKS, json=V3_BODY, headers={**BLIND, **headers})
        task = response.json().get("id", task)
    client.get(f"{V3_TASKS}/{task}", headers=BLIND)

    report = client.get("/_mock/checks", params={"account": "key-1"}).json()

    verdicts = {check["id"]: check["verdict"] for check in report["checks"]}
    assert verdicts["no-blind-create"] == verdict
    assert verdicts["polls-known-paths"] == "PASS"
