import pytest

from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rule import (
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
EVERYWHERE = [
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
    "user",
]


def test_a_request_is_about_what_it_says() -> None:
    about = request_topics(parse_body({"model": "seedance-2.0", "ratio": "1:1"}))

    assert about == ["*", "model", "aspect_ratio", "seedance-2.0", "text-to-video"]


def test_unknown_model_and_operation_are_no_topic() -> None:
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
        (
            "duration",
            "seedance-2.0",
            DURATIONS,
        ),
        ("aspect_ratio", None, ["adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9"]),
    ],
)
def test_legal_values_of_a_field(name: str, model: str | None, values: list[str]) -> None:
    assert allowed_values(name, None if model is None else MODELS[model]) == values


@pytest.mark.parametrize(
    ("operation", "inputs"),
    [
        ("text-to-video", []),
        ("image-to-video", ["image_url", "image", "image_urls"]),
        ("start-end-to-video", ["start_image", "end_image"]),
        ("reference-to-video", ["reference_images", "video_urls", "audio_urls"]),
        ("video-to-video", ["video_url", "video_urls"]),
        ("video-extension", ["video_url", "task_id", "extend_at", "extend_times"]),
    ],
)
def test_parameters_of_an_operation(operation: str, inputs: list[str]) -> None:
    assert supported_parameters(OPERATIONS[operation]) == EVERYWHERE + inputs


def test_parameters_of_the_family() -> None:
    assert supported_parameters(None)[:15] == EVERYWHERE
    assert len(supported_parameters(None)) == 27


def test_a_value_that_is_put_replaces_all_spellings() -> None:
    body = {"prompt": "x", "outputAudio": True, "generate_audio": True}

    assert with_value(body, "generate_audio", False) == {"prompt": "x", "generate_audio": False}


def test_a_name_without_spellings_is_put_too() -> None:
    assert with_value({"fps": 1}, "fps", 2) == {"fps": 2}


def test_fields_are_dropped_in_every_spelling() -> None:
    body = {"prompt": "x", "seconds": 5, "duration": 5, "ratio": "1:1"}

    assert without_fields(body, ("duration", "aspect_ratio")) == {"prompt": "x"}


def test_a_rebased_body_keeps_its_selectors() -> None:
    body = {"model": "seedance-2.0-mini", "prompt": "x", "seconds": 9, "image_url": "dropped"}

    assert with_operation(body, OPERATIONS["video-to-video"]) == {
        "model": "seedance-2.0-mini",
        "operation": "video-to-video",
        "prompt": "x",
        "video_url": "https://example.com/video.mp4",
        "seconds": 9,
    }


def test_a_field_may_be_present_in_any_spelling() -> None:
    assert presence_schemas("reference_images") == [
        {"required": ["reference_images"]},
        {"required": ["referenceImages"]},
    ]


def test_a_breach_has_no_details_of_itself() -> None:
    assert Breach("seed", "seed must be an integer").details == {}
