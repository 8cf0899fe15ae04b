from __future__ import annotations

import pytest

from seedance_mock.service.redaction import redacted_target, request_summary
from seedance_mock.web.app import create_app


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", "(data URL, 34 characters)"),
        ("https://example.com/image.png", "(URL, 29 characters)"),
        ("asset://asset-20260101000000-abcde", "(34 characters)"),
        (["https://example.com/image.png"] * 2, "(2 entries)"),
        ({"sk-test": 1}, "(not shown)"),
        (7, "(not shown)"),
    ],
    ids=["data-url", "url", "asset", "list", "object", "number"],
)
def test_medium_is_shown_by_its_kind(value: object, shown: str) -> None:
    assert request_summary({"image_url": value}) == {"image_url": shown}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v1/tasks/https://cdn.example.com/private.mp4", "/v1/tasks/*//*/*"),
        ("/v1/tasks/sk-abc/def", "/v1/tasks/*/*"),
        ("/v1/tasks/boat", "/v1/tasks/*"),
        ("/boat", "/*"),
        ("/v1/models/gpt-5", "/v1/models/*"),
        ("/v1/tasks/ldtask_0123", "/v1/tasks/*"),
    ],
)
def test_what_is_of_no_route_is_not_shown(path: str, shown: str) -> None:
    assert redacted_target(path) == shown


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1/tasks/ldtask_" + "0f" * 16,
        "/v1/models/seedance-2.0-fast/pricing",
        "/_mock/accounts/key-12/clock",
        "/_mock/why/req_" + "0f" * 12,
    ],
)
def test_names_of_this_server_are_shown(path: str) -> None:
    assert redacted_target(path) == path


def test_every_route_is_shown() -> None:
    paths = [getattr(route, "path", "") for route in create_app().routes]
    names = ("/assets/{id}/video.mp4", "/assets/{id}/last_frame.png")

    for path in (*paths, *names):
        parts = zip(path.split("/"), redacted_target(path).split("/"), strict=True)
        assert all(part == shown or part.startswith("{") for part, shown in parts)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (b"view=compact", "view=compact"),
        (b"view=a%20b", "view=*"),
        (b"prompt=boat", "*=*"),
        (b"url=cdn.example.com", "*=*"),
        (b"boat", "*=*"),
    ],
)
def test_unknown_parameters_are_not_shown(query: bytes, shown: str) -> None:
    assert redacted_target("/v1/models", query) == f"/v1/models?{shown}"
