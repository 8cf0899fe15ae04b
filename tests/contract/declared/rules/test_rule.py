import pytest

from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rules.rule import (
    Breach,
    allowed_values,
    presence_schemas,
    request_topics,
    supported_parameters,
    with_operation,
    with_value,
    without_fields,
)

DURATIONS = ["-1", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]
MATERIALS = ["material_asset_id", "material_asset_ids"]
COMMON = [
    "model",
    "operation",
    "prompt",
    "duration",
    "resolution",
    "aspect_ratio",
    "output_audio",
    "watermark",
    "return_last_frame",
    "seed",
    "execution_expires_after",
    "priority",
    "safety_identifier",
    "service_tier",
    "output_format",
    "user",
]


def test_topics_are_fields_model_and_operation() -> None:
    topics = request_topics(parse_body({"model": "seedance-2.0", "ratio": "1:1"}))

    assert topics == ["*", "model", "aspect_ratio", "seedance-2.0", "text-to-video"]


def test_unknown_names_are_no_topics() -> None:
    assert request_topics(parse_body({"model": "veo3.1", "operation": "dance"})) == [
        "*",
        "model",
        "operation",
    ]


@pytest.mark.parametrize(
    ("name", "model", "values"),
    [
        ("resolution", None, ["480p", "720p", "1080p", "4k"]),
        ("resolution", "seedance-2.0", ["480p", "720p", "1080p", "4k"]),
        ("resolution", "seedance-2.0-mini", ["480p", "720p"]),
        ("duration", "seedance-2.0", DURATIONS),
        ("aspect_ratio", None, ["adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9"]),
    ],
)
def test_allowed_values_of_a_field(name: str, model: str | None, values: list[str]) -> None:
    assert allowed_values(FIELDS[name], MODELS.get(model or "")) == values


@pytest.mark.parametrize(
    ("operation", "inputs"),
    [
        ("text-to-video", []),
        ("image-to-video", ["image_url", "image", "image_urls", *MATERIALS]),
        ("start-end-to-video", ["start_image", "end_image"]),
        (
            "reference-to-video",
            ["image_urls", "reference_images", "video_urls", "audio_urls", *MATERIALS],
        ),
        ("video-to-video", ["video_url", "video_urls"]),
        ("video-extension", ["video_url", "task_id", "extend_at", "extend_times"]),
    ],
)
def test_parameters_of_an_operation(operation: str, inputs: list[str]) -> None:
    assert supported_parameters(OPERATIONS[operation]) == COMMON + inputs


def test_parameters_of_all_operations() -> None:
    assert supported_parameters(None)[:16] == COMMON
    assert len(supported_parameters(None)) == 30


def test_a_value_replaces_every_spelling() -> None:
    body = {"prompt": "x", "outputAudio": True, "generate_audio": True}

    assert with_value(body, "generate_audio", False) == {"prompt": "x", "generate_audio": False}


def test_a_value_of_another_field_is_replaced() -> None:
    assert with_value({"fps": 1}, "fps", 2) == {"fps": 2}


def test_fields_are_removed_in_every_spelling() -> None:
    body = {"prompt": "x", "seconds": 5, "duration": 5, "ratio": "1:1"}

    assert without_fields(body, ("duration", "aspect_ratio")) == {"prompt": "x"}


def test_another_operation_keeps_common_fields() -> None:
    body = {"model": "seedance-2.0-mini", "prompt": "x", "seconds": 9, "image_url": "removed"}

    assert with_operation(body, OPERATIONS["video-to-video"], MODELS) == {
        "model": "seedance-2.0-mini",
        "operation": "video-to-video",
        "prompt": "x",
        "video_url": "https://example.com/video.mp4",
        "seconds": 9,
    }


def test_presence_in_any_spelling() -> None:
    assert presence_schemas("reference_images") == [
        {"required": ["reference_images"]},
        {"required": ["referenceImages"]},
    ]


def test_a_breach_has_no_details_by_default() -> None:
    assert Breach("seed", "seed must be an integer").details == {}
