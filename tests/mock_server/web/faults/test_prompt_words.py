"""Words in the text of a create request: they apply to one task."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


def test_prompt_words_apply_to_one_task(
    user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    failing_task = new_task(prompt="a boat [mock: end-failed err-object]")
    plain_task = new_task()
    clock.advance(5)

    tasks = (failing_task, plain_task)
    statuses = [user.get(f"/v1/tasks/{task}").json()["status"] for task in tasks]

    assert statuses == ["failed", "completed"]


def test_user_field_can_have_words(
    user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    task = new_task(user="ada [mock: after-1polls poll-503]")

    assert user.get(f"/v1/tasks/{task}").status_code == 503
    assert user.get(f"/v1/tasks/{task}").json()["status"] == "completed"


def test_retry_of_a_prompt_is_its_second_request(user: TestClient) -> None:
    body = {**BODY, "prompt": "a boat [mock: create-503]"}

    statuses = [user.post(CREATE, json=body).status_code for _ in range(2)]

    assert statuses == [503, 200]


@pytest.mark.parametrize("words", ["broke", "clock-frozen", "any-503", "models-500", "down"])
def test_prompt_cannot_script_its_account(words: str, user: TestClient) -> None:
    response = user.post(CREATE, json={**BODY, "prompt": f"a boat [mock: {words}]"})

    assert response.status_code == 400
    assert "concerns a whole account" in response.json()["error"]["message"]


def test_typo_in_a_prompt_is_400(user: TestClient) -> None:
    response = user.post(CREATE, json={**BODY, "prompt": "a boat [mock: end-faild]"})

    assert response.json()["error"]["did_you_mean"] == "end-failed"


@pytest.mark.parametrize(
    "text",
    [
        "a planted boat [mock: end-failed",
        "a planted boat [Mock: end-failed]",
        "a planted boat [MOCK:end-failed]",
        "a planted boat [ mock : end-failed]",
        "a planted boat [mock:]",
        "a planted boat [mock: end-failed] [mock: planted",
        f"a planted boat [mock: {'ok ' * 170}]",
    ],
    ids=["unclosed", "title", "upper", "spaced", "empty", "second", "long"],
)
@pytest.mark.parametrize("field", ["prompt", "user"])
def test_malformed_words_are_400(field: str, text: str, user: TestClient) -> None:
    response = user.post(CREATE, json={**BODY, field: text})

    assert response.status_code == 400
    assert response.json()["error"]["param"] == field
    assert "[mock: end-failed]" in response.json()["error"]["message"]
    assert "planted" not in response.text


@pytest.mark.parametrize("prompt", ["a [mock-up] of a boat", "[mockery: a boat]", "mock: a boat"])
def test_other_brackets_are_plain_text(prompt: str, user: TestClient) -> None:
    assert user.post(CREATE, json={**BODY, "prompt": prompt}).status_code == 200


def test_too_many_words_get_no_suggestion(user: TestClient) -> None:
    response = user.post(CREATE, json={**BODY, "prompt": f"a boat [mock: {'ok ' * 33}]"})

    assert response.status_code == 400
    assert "33 words are too many" in response.json()["error"]["message"]
    assert "did_you_mean" not in response.json()["error"]
