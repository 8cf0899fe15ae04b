import json
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from seedance_contract.declared import examples
from seedance_contract.declared.contract import RULES
from seedance_contract.declared.models import FAMILY, MODELS
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.rules.rule import Rule
from seedance_contract.derived.schemas.request_schema import (
    STRICTER,
    branch_name,
    branch_schema,
    merge_schemas,
    request_schemas,
)
from seedance_contract.derived.validation import violated_rules

SCHEMAS = request_schemas()
REQUEST = Draft202012Validator(
    {"$ref": "#/components/schemas/VideoRequest", "components": {"schemas": SCHEMAS}}
)
IMAGE = "https://example.com/a.png"
VIDEO = "https://example.com/a.mp4"
TEXT: Body = {"model": "seedance-2.0", "prompt": "a boat"}
LEGAL = [
    examples.example_request(operation, model.id)
    for model in FAMILY
    for operation in OPERATIONS.values()
]

CASES: list[tuple[Body, bool]] = [
    ({}, True),
    ({"operation": "text-to-video"}, True),
    ({"duration": 5.0}, True),
    ({"seed": 4_294_967_295}, True),
    ({"draft": False}, True),
    ({"draft": 0}, False),
    ({"seed": True}, False),
    ({"seconds": 5, "duration": 5.0}, True),
    ({"seconds": 5, "duration": 6}, False),
    ({"aspect_ratio": "1:1", "ratio": "1:1"}, True),
    ({"aspect_ratio": "1:1", "ratio": "16:9"}, False),
    ({"outputAudio": False, "output_audio": False, "generate_audio": False}, True),
    ({"outputAudio": False, "output_audio": False, "generate_audio": True}, False),
    ({"outputAudio": True, "generate_audio": False}, False),
    ({"watermark": 1}, False),
    ({"image_urls": [IMAGE]}, True),
    ({"image_urls": [IMAGE] * 2}, True),
    ({"image_urls": [IMAGE] * 9, "audio_urls": ["https://example.com/a.mp3"]}, True),
    ({"image_urls": [IMAGE] * 10}, False),
    ({"operation": "reference-to-video", "image_urls": [IMAGE] * 2}, True),
    ({"operation": "reference-to-video", "image_urls": [IMAGE]}, False),
    ({"operation": "image-to-video", "image_urls": [IMAGE] * 2}, False),
    ({"image_urls": [IMAGE] * 2, "reference_images": [IMAGE]}, False),
    ({"image_urls": [IMAGE] * 2, "referenceImages": [IMAGE]}, False),
    ({"image_urls": [IMAGE], "audio_urls": ["https://example.com/a.mp3"]}, False),
    ({"image_urls": []}, False),
    ({"video_urls": [VIDEO]}, True),
    ({"video_urls": [VIDEO, VIDEO]}, True),
    ({"video_urls": [VIDEO], "audio_urls": ["https://example.com/a.mp3"]}, True),
    ({"audio_urls": ["https://example.com/a.mp3"]}, False),
    ({"referenceImages": [IMAGE]}, True),
    ({"referenceImages": [IMAGE], "image_url": IMAGE}, False),
    ({"operation": "video-extension", "video_url": VIDEO}, True),
    ({"video_url": VIDEO, "extend_at": 0}, True),
    ({"task_id": "x", "video_url": VIDEO}, False),
    ({"image_url": "https://example.com/\n"}, False),
    ({"image": IMAGE}, False),
    ({"image": "asset://asset-20260101000000-abcde"}, False),
    ({"start_image": "asset://asset-20260101000000-abcde", "end_image": IMAGE}, False),
    ({"model": "seedance-2.0-mini", "resolution": "1080p"}, False),
    ({"resolution": "1080p"}, True),
]


def case_id(body: Body) -> str:
    return json.dumps(body)[:60]


@pytest.mark.parametrize(("body", "legal"), CASES, ids=[case_id(body) for body, _ in CASES])
def test_schema_and_validation_agree(body: Body, legal: bool) -> None:
    request = {**TEXT, **body}

    assert REQUEST.is_valid(request) is legal
    assert (violated_rules(request) == []) is legal


@pytest.mark.parametrize("body", LEGAL, ids=lambda body: f"{body['operation']} {body['model']}")
def test_the_schema_allows_the_examples(body: Body) -> None:
    assert REQUEST.is_valid(body)


@pytest.mark.parametrize(
    "rule",
    RULES,
    ids=lambda rule: rule.id,
)
def test_the_schema_refuses_invalid_bodies(rule: Rule) -> None:
    invalid = [body for base in LEGAL for body in rule.invalid_bodies(base)]

    assert [body for body in invalid if REQUEST.is_valid(body)] == []


def test_only_lists_are_compared_more_strictly() -> None:
    equal = {**TEXT, "reference_images": [IMAGE], "referenceImages": [IMAGE]}

    assert STRICTER == ("reference_images.spellings",)
    assert SCHEMAS["VideoRequest"]["x-rules-stricter"] == list(STRICTER)
    assert violated_rules(equal) == []
    assert not REQUEST.is_valid(equal)


def test_the_request_is_one_of_the_models() -> None:
    assert len(SCHEMAS) == 1 + len(MODELS) + len(MODELS) * len(OPERATIONS)
    assert SCHEMAS["VideoRequest"]["oneOf"] == [
        {"$ref": f"#/components/schemas/{model_id}"} for model_id in MODELS
    ]
    assert branch_name(MODELS["seedance-2.0"], OPERATIONS["text-to-video"]) in SCHEMAS


def test_a_branch_is_written_out_in_full() -> None:
    schema: Any = branch_schema(MODELS["seedance-2.0-fast"], OPERATIONS["start-end-to-video"])

    assert schema["type"] == "object"
    assert schema["required"] == ["model", "prompt"]
    assert schema["additionalProperties"] is False
    assert {"start_image", "end_image", "draft", "ratio"} <= schema["properties"].keys()
    assert "image_url" not in schema["properties"]


def test_an_alias_has_the_schema_of_its_field() -> None:
    properties: Any = SCHEMAS["seedance-2.0.text-to-video"]["properties"]

    assert properties["seconds"] == {**properties["duration"], "description": "Alias of duration"}
    assert properties["duration"] == {
        "type": "integer",
        "enum": [-1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        "default": 5,
        "x-rules": ["duration.type", "duration.range"],
    }


@pytest.mark.parametrize(
    ("model", "resolutions"),
    [
        ("seedance-2.0", ["480p", "720p", "1080p", "4k"]),
        ("seedance-2.0-fast", ["480p", "720p"]),
        ("seedance-2.0-mini", ["480p", "720p"]),
    ],
)
def test_a_branch_has_the_models_resolutions(model: str, resolutions: list[str]) -> None:
    properties: Any = SCHEMAS[f"{model}.reference-to-video"]["properties"]

    assert properties["resolution"]["enum"] == resolutions
    assert properties["resolution"]["default"] == "720p"


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"type": "string"}, {"type": "string"}, {"type": "string"}),
        ({"enum": [1, 2, 3]}, {"enum": [3, 2, 9]}, {"enum": [2, 3]}),
        ({"required": ["a"]}, {"required": ["a", "b"]}, {"required": ["a", "b"]}),
        ({"maxItems": 9}, {"maxItems": 1}, {"maxItems": 1}),
        ({"minItems": 1}, {"minItems": 2}, {"minItems": 2}),
        (
            {"properties": {"a": {"minimum": 1}}},
            {"properties": {"a": {"maximum": 2}}},
            {"properties": {"a": {"minimum": 1, "maximum": 2}}},
        ),
    ],
)
def test_two_schemas_are_merged(first: Body, second: Body, merged: Body) -> None:
    assert merge_schemas(first, second) == merged


def test_contradicting_schemas_are_an_error() -> None:
    with pytest.raises(AssertionError, match="two requirements for type"):
        merge_schemas({"type": "string"}, {"type": "integer"})
