"""The requests of the material library: what each field takes, and the same as JSON Schema."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from seedance_contract.declared.materials.requests import (
    CREATE_ASSET_REQUEST,
    CREATE_GROUP_REQUEST,
    MAX_METADATA_BYTES,
    UPDATE_ASSET_REQUEST,
    UPDATE_GROUP_REQUEST,
    MaterialRequest,
)

URL = "https://example.com/image.png"

VALID: list[tuple[MaterialRequest, dict[str, Any]]] = [
    (CREATE_ASSET_REQUEST, {"asset_url": URL}),
    (
        CREATE_ASSET_REQUEST,
        {
            "asset_url": URL,
            "asset_name": "x" * 128,
            "asset_type": "Video",
            "library_type": "liveness_face",
            "group_id": "group-1",
            "project_name": "P",
            "metadata": {"deep": [1, {}]},
        },
    ),
    (CREATE_ASSET_REQUEST, {"asset_url": URL, "metadata": None}),
    (UPDATE_ASSET_REQUEST, {"metadata": None}),
    (UPDATE_ASSET_REQUEST, {"project_name": "other"}),
    (CREATE_GROUP_REQUEST, {}),
    (CREATE_GROUP_REQUEST, {"group_name": "g", "description": None}),
    (UPDATE_GROUP_REQUEST, {"description": "x" * 500}),
    (UPDATE_GROUP_REQUEST, {"description": ""}),
]

INVALID: list[tuple[MaterialRequest, dict[str, Any], str, str]] = [
    (CREATE_ASSET_REQUEST, {}, "asset_url", "required"),
    (CREATE_ASSET_REQUEST, {"asset_url": 5}, "asset_url", "invalid_type"),
    (CREATE_ASSET_REQUEST, {"asset_url": URL, "asset_name": ""}, "asset_name", "invalid_length"),
    (CREATE_ASSET_REQUEST, {"asset_url": URL, "asset_name": None}, "asset_name", "invalid_type"),
    (
        CREATE_ASSET_REQUEST,
        {"asset_url": URL, "asset_type": "image"},
        "asset_type",
        "invalid_value",
    ),
    (
        CREATE_ASSET_REQUEST,
        {"asset_url": URL, "library_type": "x"},
        "library_type",
        "invalid_value",
    ),
    (CREATE_ASSET_REQUEST, {"asset_url": URL, "metadata": []}, "metadata", "invalid_type"),
    (CREATE_ASSET_REQUEST, {"asset_url": URL, "colour": 1}, "colour", "unknown_parameter"),
    (CREATE_ASSET_REQUEST, {"asset_url": URL, "a b": 1}, "(unnamed)", "unknown_parameter"),
    (UPDATE_ASSET_REQUEST, {}, "body", "required"),
    (UPDATE_ASSET_REQUEST, {"asset_url": URL}, "asset_url", "unsupported_parameter"),
    (UPDATE_ASSET_REQUEST, {"asset_type": "Image"}, "asset_type", "unsupported_parameter"),
    (CREATE_GROUP_REQUEST, {"description": "x" * 501}, "description", "invalid_length"),
    (CREATE_GROUP_REQUEST, {"project_name": "x" * 129}, "project_name", "invalid_length"),
    (UPDATE_GROUP_REQUEST, {"library_type": "aigc_avatar"}, "library_type", "unknown_parameter"),
]


def _matches_schema(request: MaterialRequest, body: dict[str, Any]) -> bool:
    return Draft202012Validator(dict(request.schema())).is_valid(body)


@pytest.mark.parametrize(("request_", "body"), VALID)
def test_a_documented_request_has_no_problem(
    request_: MaterialRequest, body: dict[str, Any]
) -> None:
    assert list(request_.problems(body)) == []
    assert _matches_schema(request_, body)


@pytest.mark.parametrize(("request_", "body", "field", "code"), INVALID)
def test_a_problem_names_field_and_code(
    request_: MaterialRequest, body: dict[str, Any], field: str, code: str
) -> None:
    [problem] = request_.problems(body)

    assert (problem.field, problem.code) == (field, code)
    assert not _matches_schema(request_, body)


def test_all_problems_are_found() -> None:
    problems = CREATE_ASSET_REQUEST.problems({"asset_type": "x", "group_id": 1, "y": 2})

    assert [problem.field for problem in problems] == ["asset_url", "asset_type", "group_id", "y"]


def test_metadata_is_bounded() -> None:
    fitting = {"x": "y" * (MAX_METADATA_BYTES - 9)}

    assert list(UPDATE_GROUP_REQUEST.problems({"metadata": fitting})) == []
    [problem] = UPDATE_GROUP_REQUEST.problems({"metadata": {**fitting, "z": 1}})
    assert problem.message == "metadata must have at most 16384 bytes as JSON"


def test_defaults_are_published() -> None:
    properties: Any = CREATE_ASSET_REQUEST.schema()["properties"]

    assert properties["asset_type"]["default"] == "Image"
    assert properties["library_type"]["default"] == "aigc_avatar"
    assert properties["project_name"]["default"] == "default"
    assert properties["metadata"] == {"type": ["object", "null"]}
