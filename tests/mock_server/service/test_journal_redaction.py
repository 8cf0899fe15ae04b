"""The journal, the log and explanations contain no secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import LOG_FORMATS, Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat", "operation": "text-to-video"}

KEY = "sk-planted-key-4711"
PROMPT = "planted prompt, nobody may read it"
URL = "https://planted.example.com/secret.png"
INLINE = "data:image/png;base64,cGxhbnRlZA=="


def send_secrets(client: TestClient) -> None:
    """Send the secrets in every place where a client might put them."""
    key = {"Authorization": f"Bearer {KEY}"}
    media = {"prompt": PROMPT, "user": PROMPT, "safety_identifier": PROMPT}
    bodies: list[object] = [
        {**BODY, **media, "operation": "image-to-video", "image_url": URL},
        {**BODY, **media, "operation": "reference-to-video", "reference_images": [URL, INLINE]},
        {**BODY, **media, "model": KEY, "resolution": URL, "duration": PROMPT, "operation": KEY},
        {**BODY, PROMPT: 1, URL: 2, KEY: 3, "draft": {"key": KEY}, "fps": None},
        [PROMPT, URL, KEY],
    ]
    for body in bodies:
        client.post(CREATE, json=body, headers=key)
    client.post(CREATE, content=PROMPT, headers=key)
    client.post(CREATE, json=BODY, headers={"Authorization": f"Basic {KEY}"})
    for path in (f"/v1/tasks/{KEY}", f"/v1/models/{KEY}?tag={URL}", f"/{PROMPT}", f"/v1?{KEY}=1"):
        client.get(path, headers=key)
        client.delete(path, headers=key)
    client.post("/_mock/accounts", json={"key": KEY, "words": PROMPT, URL: KEY})
    client.post("/_mock/accounts", json={"key": KEY, "words": "ok"})


@pytest.mark.parametrize("log_format", LOG_FORMATS)
def test_no_secret_is_shown_anywhere(
    log_format: str, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="seedance_mock")
    with TestClient(create_app(Settings(log_format=log_format), clock=clock)) as client:
        send_secrets(client)
        journal = client.get("/_mock/journal").json()["entries"]
        why = [client.get(f"/_mock/why/{entry['request_id']}").text for entry in journal]
        output = json.dumps([journal, why, client.get("/_mock/accounts").text])
        output += client.get("/_mock/tasks").text + caplog.text

    assert len(journal) == 15
    assert (len(caplog.records) > 15) == (log_format != "none")
    for secret in (KEY, "planted", "secret.png", "nobody may"):
        assert secret not in output


def test_media_are_shown_by_their_kind(user: TestClient, journal: Callable[[], list[Any]]) -> None:
    media: dict[str, object] = {
        "image": INLINE,
        "video_url": URL,
        "image_urls": [URL],
        "seed": None,
        "draft": {},
    }

    user.post(CREATE, json={**BODY, **media})

    assert {name: journal()[0]["request"][name] for name in media} == {
        "image": "(data URL, 34 characters)",
        "video_url": "(URL, 38 characters)",
        "image_urls": "(1 entries)",
        "seed": None,
        "draft": "(not shown)",
    }


@pytest.mark.parametrize(
    "target",
    [
        "/v1/models?prompt=a%20planted%20prompt",
        "/v1/models?url=https%3A%2F%2Fplanted.example.com%2Fa.mp4",
        "/v1/models?key=%73k-planted-key",
        "/v1/tasks/Bearer.sk-planted-key",
    ],
)
def test_a_disguised_secret_is_not_shown(target: str, client: TestClient) -> None:
    client.get(target)

    assert "planted" not in client.get("/_mock/journal").text


def test_a_huge_number_is_shown(client: TestClient) -> None:
    client.post(
        "/v1/videos/generations",
        json={**BODY, "seed": 10**30},
        headers={"Authorization": f"Bearer {KEY}"},
    )

    [entry] = client.get("/_mock/journal").json()["entries"]

    assert entry["request"]["seed"] == 10**30
