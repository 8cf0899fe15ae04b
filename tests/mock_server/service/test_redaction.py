from __future__ import annotations

import pytest

from seedance_contract.declared.routes import ENDPOINTS
from seedance_mock.service.redaction import (
    API_SEGMENTS,
    logged_path,
    path_segments,
    redacted_target,
    request_summary,
)
from seedance_mock.web.app import create_app


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", "(data URL, 34 characters)"),
        ("DATA:image/png;base64,iVBORw0KGgo=", "(data URL, 34 characters)"),
        ("HTTPS://example.com/a.png", "(URL, 25 characters)"),
        ("https://example.com/image.png", "(URL, 29 characters)"),
        ("asset://asset-20260101000000-abcde", "(34 characters)"),
        (["https://example.com/image.png"] * 2, "(2 entries)"),
        ({"sk-test": 1}, "(not shown)"),
        (7, "(not shown)"),
    ],
    ids=[
        "data-url",
        "data-url-in-capitals",
        "url-in-capitals",
        "url",
        "asset",
        "list",
        "object",
        "number",
    ],
)
def test_a_medium_is_shown_by_its_kind(value: object, expected: str) -> None:
    assert request_summary({"image_url": value}) == {"image_url": expected}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/tasks/https://cdn.example.com/private.mp4", "/v1/tasks/*//*/*"),
        ("/v1/tasks/sk-abc/def", "/v1/tasks/*/*"),
        ("/v1/tasks/boat", "/v1/tasks/*"),
        ("/boat", "/*"),
        ("/v1/models/gpt-5", "/v1/models/*"),
        ("/v1/tasks/ldtask_0123", "/v1/tasks/*"),
    ],
)
def test_unknown_segments_are_hidden(path: str, expected: str) -> None:
    assert redacted_target(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1/tasks/ldtask_" + "0f" * 16,
        "/v1/models/seedance-2.0-fast/pricing",
        "/v1/tasks/key-12",
        "/v1/tasks/req_" + "0f" * 12,
    ],
)
def test_names_given_by_the_server_are_shown(path: str) -> None:
    assert redacted_target(path) == path


@pytest.mark.parametrize("path", [endpoint.path for endpoint in ENDPOINTS])
def test_the_paths_of_the_api_are_shown(path: str) -> None:
    expected = "/".join("*" if part.startswith("{") else part for part in path.split("/"))

    assert redacted_target(path) == expected


def test_route_segments_are_the_literal_parts() -> None:
    paths = ["/healthz", "/_mock/accounts/{name}/clock"]

    assert path_segments(paths) == {"", "healthz", "_mock", "accounts", "clock"}


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (path_segments(["/_mock/accounts/{name}/clock"]), "/_mock/accounts/key-12/clock"),
        (API_SEGMENTS, "/*/*/key-12/*"),
    ],
    ids=["known", "unknown"],
)
def test_segments_of_known_routes_are_shown(segments: frozenset[str], expected: str) -> None:
    target = redacted_target("/_mock/accounts/key-12/clock", route_segments=segments)

    assert target == expected


def test_all_routes_of_an_app_can_be_shown() -> None:
    paths = [getattr(route, "path", "") for route in create_app().routes]
    segments = path_segments(paths)

    for path in paths:
        parts = zip(
            path.split("/"), redacted_target(path, route_segments=segments).split("/"), strict=True
        )
        assert all(part == output or part.startswith("{") for part, output in parts)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"view=compact", "view=compact"),
        (b"view=a%20b", "view=*"),
        (b"prompt=boat", "*=*"),
        (b"url=cdn.example.com", "*=*"),
        (b"boat", "*=*"),
    ],
)
def test_unknown_parameters_are_hidden(query: bytes, expected: str) -> None:
    assert redacted_target("/v1/models", query) == f"/v1/models?{expected}"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/tasks/ldtask_" + "0" * 31, "/v1/tasks/ldtask_" + "0" * 31),
        ("/v1/tasks/LDTASK_" + "A" * 32, "/v1/tasks/LDTASK_" + "A" * 32),
        ("/v1/models/doubao-seedance-1-0-pro-250528", "/v1/models/doubao-seedance-1-0-pro-250528"),
        ("/v1/tasks/3f0e2b7c-9d51-4a3a-8a0e-0123456789ab", None),
        ("/v1/tasks/\x1b[31m\n", "/v1/tasks/%1B[31m%0A"),
        ("/v1/tasks/ x ", "/v1/tasks/%20x%20"),
        ("/v1/task-1/100%", "/v1/task-1/100%25"),
        ("/v1/sk-a/b", "/v1/*/*"),
        ("/v1/sk-a/tasks", "/v1/*/tasks"),
        ("/v1/SK-a", "/v1/*"),
        ("/v1/askey-sk-a", "/v1/*"),
        ("/v1/%73k-a", "/v1/*"),
        ("/v1/%252525252525", "/v1/*"),
        ("/v1/mt-a", "/v1/*"),
        ("/v1/user:secret@host", "/v1/*"),
        ("/v1/token=abc", "/v1/*"),
        ("/v1/AKIAIOSFODNN7EXAMPLE", "/v1/*"),
        ("/v1/eyJhbGciOi.x", "/v1/*"),
        ("/v1/a+paper+boat", "/v1/*"),
        ("/" + "a" * 49, "/*"),
        ("/a" * 13, "/a" * 11 + "/.."),
    ],
)
def test_the_log_hides_what_looks_like_a_secret(path: str, expected: str | None) -> None:
    assert logged_path(path) == (expected or path)
