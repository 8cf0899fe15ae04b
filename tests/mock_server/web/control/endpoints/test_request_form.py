from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedance_contract.derived.request_form import request_form

BODY = {"model": "seedance-2.0", "operation": "text-to-video", "prompt": "A paper boat"}
KEY = {"Authorization": "Bearer sk-test"}


def test_the_form_is_that_of_the_contract(client: TestClient) -> None:
    assert client.get("/_mock/request-form").json() == request_form()


def test_an_accepted_request_has_a_price(client: TestClient) -> None:
    checked = client.post("/_mock/validate", json=BODY).json()
    client.post("/v1/videos/generations", json=BODY, headers=KEY)

    assert checked["accepted"] is True
    assert checked["operation"] == "text-to-video"
    assert checked["request"]["resolution"] == "720p"
    assert checked["tokens"] > 0
    [row] = client.get("/_mock/tasks").json()["tasks"]
    assert row["reserved_usd"] == checked["reserved_usd"]


def test_a_check_creates_nothing(client: TestClient) -> None:
    client.post("/_mock/validate", json=BODY)

    assert client.get("/_mock/tasks").json()["tasks"] == []
    assert client.get("/_mock/journal").json()["entries"] == []


@pytest.mark.parametrize(
    "changes", [{"resolution": "8k", "fps": 60}, {"prompt": "[mock: flakey]"}, {"model": "other"}]
)
def test_a_refusal_is_that_of_the_api(changes: dict[str, object], client: TestClient) -> None:
    checked = client.post("/_mock/validate", json={**BODY, **changes}).json()
    refusal = client.post("/v1/videos/generations", json={**BODY, **changes}, headers=KEY)

    expected = refusal.json()
    for body in (checked["error"], expected):
        del body["error"]["request_id"]
    assert checked["accepted"] is False
    assert (checked["status"], checked["error"]) == (refusal.status_code, expected)


def test_the_price_of_an_extension_depends_on_its_task(client: TestClient) -> None:
    body = {"model": "seedance-2.0", "operation": "video-extension", "task_id": "ldtask_1"}

    checked = client.post("/_mock/validate", json=body).json()

    assert (checked["accepted"], checked["tokens"]) == (True, None)
