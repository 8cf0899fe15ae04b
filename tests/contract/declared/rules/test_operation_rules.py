import json
from dataclasses import replace

import pytest

from seedance_contract.declared.contract import RULES_BY_ID
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rules import input_rules

MODEL = MODELS["seedance-2.0"]
IMAGE = "https://example.com/a.png"
VIDEO = "https://example.com/a.mp4"
SIX = [
    "text-to-video",
    "image-to-video",
    "start-end-to-video",
    "reference-to-video",
    "video-to-video",
    "video-extension",
]

BREACHES: list[tuple[str, Body, list[str], str]] = [
    (
        "operation.known",
        {"operation": "motion-control"},
        ["operation"],
        "operation must be one of " + ", ".join(SIX),
    ),
    ("text-to-video.prompt", {}, ["prompt"], "prompt is required for text-to-video"),
    (
        "text-to-video.inputs",
        {"operation": "text-to-video", "start_image": IMAGE},
        ["start_image"],
        "start_image does not belong to text-to-video",
    ),
    (
        "image-to-video.image",
        {"operation": "image-to-video"},
        ["image_url"],
        "image-to-video needs image_url or image or image_urls",
    ),
    (
        "image-to-video.one-image",
        {"image_url": IMAGE, "image": "data:image/png;base64,AAAA"},
        ["image"],
        "image-to-video takes exactly one of image_url, image, image_urls",
    ),
    (
        "image-to-video.one-image",
        {"operation": "image-to-video", "image_urls": [IMAGE, IMAGE]},
        ["image_urls"],
        "image-to-video takes exactly one of image_url, image, image_urls",
    ),
    (
        "image-to-video.inputs",
        {"operation": "image-to-video", "image_url": IMAGE, "video_url": VIDEO},
        ["video_url"],
        "video_url does not belong to image-to-video",
    ),
    (
        "start-end-to-video.end_image",
        {"start_image": IMAGE},
        ["end_image"],
        "start-end-to-video needs end_image",
    ),
    (
        "reference-to-video.reference",
        {"prompt": "a boat", "audio_urls": ["https://example.com/a.mp3"]},
        ["reference_images"],
        "reference-to-video needs reference_images or image_urls or video_urls",
    ),
    (
        "reference-to-video.image_urls",
        {"operation": "reference-to-video", "image_urls": [IMAGE]},
        ["image_urls"],
        "reference-to-video takes image_urls with 2 or more entries",
    ),
    (
        "reference-to-video.one-image-list",
        {"reference_images": [IMAGE], "image_urls": [IMAGE] * 2},
        ["image_urls"],
        "reference-to-video takes reference_images or image_urls, not both",
    ),
    (
        "reference-to-video.inputs",
        {"image_url": IMAGE, "reference_images": [IMAGE]},
        ["image_url"],
        "image_url does not belong to reference-to-video",
    ),
    (
        "video-to-video.one-video",
        {"video_url": VIDEO, "video_urls": [VIDEO]},
        ["video_urls"],
        "video-to-video takes exactly one of video_url, video_urls",
    ),
    (
        "video-extension.source",
        {"extend_at": 3},
        ["task_id"],
        "video-extension needs task_id or video_url",
    ),
    (
        "video-extension.one-source",
        {"task_id": "ldtask_0", "video_url": VIDEO},
        ["video_url"],
        "video-extension takes exactly one of task_id, video_url",
    ),
    (
        "video-extension.inputs",
        {"task_id": "ldtask_0", "image_url": IMAGE, "audio_urls": []},
        ["image_url", "audio_urls"],
        "",
    ),
]
ACCEPTED: list[tuple[str, Body]] = [
    ("operation.known", {"operation": "video-extension"}),
    ("operation.known", {"operation": 5}),
    ("text-to-video.prompt", {"prompt": ""}),
    ("image-to-video.one-image", {"operation": "image-to-video", "image_urls": [IMAGE]}),
    ("image-to-video.one-image", {"operation": "image-to-video", "image_urls": [IMAGE] * 31}),
    ("image-to-video.one-image", {"operation": "image-to-video", "image_url": [IMAGE] * 2}),
    ("reference-to-video.reference", {"video_urls": [VIDEO, VIDEO]}),
    ("reference-to-video.reference", {"referenceImages": [IMAGE]}),
    ("reference-to-video.image_urls", {"image_urls": [IMAGE] * 2}),
    ("reference-to-video.image_urls", {"operation": "reference-to-video", "image_urls": []}),
    ("reference-to-video.image_urls", {"operation": "reference-to-video", "image_urls": "a"}),
    ("reference-to-video.one-image-list", {"image_urls": [IMAGE] * 2, "video_urls": [VIDEO]}),
]


def case_id(rule: str, body: Body) -> str:
    return f"{rule} {json.dumps(body)[:50]}"


@pytest.mark.parametrize(
    ("rule", "body", "fields", "message"), BREACHES, ids=[case_id(*case[:2]) for case in BREACHES]
)
def test_a_breach_names_field_and_reason(
    rule: str, body: Body, fields: list[str], message: str
) -> None:
    breaches = list(RULES_BY_ID[rule].breaches(parse_body(body)))

    assert [breach.field for breach in breaches] == fields
    assert all(message in breach.message for breach in breaches)


@pytest.mark.parametrize(("rule", "body"), ACCEPTED, ids=[case_id(*case) for case in ACCEPTED])
def test_a_rule_accepts(rule: str, body: Body) -> None:
    assert list(RULES_BY_ID[rule].breaches(parse_body(body))) == []


@pytest.mark.parametrize("model", [{}, {"model": "seedance-2.0-mini"}], ids=str)
@pytest.mark.parametrize("operation", ["audio-to-video", "motion-control", "dance", ""])
def test_an_unknown_operation_lists_supported_ones(model: Body, operation: str) -> None:
    body = {**model, "operation": operation}

    [breach] = RULES_BY_ID["operation.known"].breaches(parse_body(body))

    assert breach.details == {"supported_operations": SIX}


@pytest.mark.parametrize(
    ("rule", "body", "required"),
    [
        ("text-to-video.prompt", {}, ["prompt"]),
        ("image-to-video.image", {"operation": "image-to-video"}, ["prompt", "image_url"]),
        (
            "start-end-to-video.start_image",
            {"end_image": IMAGE},
            ["prompt", "start_image", "end_image"],
        ),
        ("video-extension.source", {"extend_times": "2"}, ["task_id"]),
    ],
)
def test_a_breach_lists_required_selectors(rule: str, body: Body, required: list[str]) -> None:
    [breach] = RULES_BY_ID[rule].breaches(parse_body(body))

    assert breach.details["required_selectors"] == required
    assert {"supported_parameters"} < breach.details.keys()


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("start_image", "start_image belongs to start-end-to-video"),
        ("video_url", "video_url belongs to video-to-video and video-extension"),
    ],
)
def test_a_foreign_input_gets_a_hint(field: str, hint: str) -> None:
    body = {"operation": "text-to-video", field: "https://example.com/"}

    [breach] = RULES_BY_ID["text-to-video.inputs"].breaches(parse_body(body))

    assert breach.details["hint"] == hint


@pytest.mark.parametrize(
    ("rule", "requirement"),
    [
        ("text-to-video.inputs", "text-to-video takes no input but the prompt"),
        ("start-end-to-video.inputs", "start-end-to-video takes start_image, end_image"),
        ("start-end-to-video.start_image", "start-end-to-video needs start_image"),
    ],
)
def test_requirement_of_a_rule(rule: str, requirement: str) -> None:
    assert RULES_BY_ID[rule].requirement() == requirement


@pytest.mark.parametrize(
    ("rule", "schema"),
    [
        ("start-end-to-video.prompt", {"required": ["prompt"]}),
        ("start-end-to-video.end_image", {"allOf": [{"anyOf": [{"required": ["end_image"]}]}]}),
        ("start-end-to-video.inputs", {}),
        ("image-to-video.image", {}),
        ("image-to-video.prompt", {}),
        ("image-to-video.one-image", {}),
        (
            "operation.known",
            {
                "properties": {
                    "operation": {"enum": ["start-end-to-video"], "x-rules": ["operation.known"]}
                }
            },
        ),
    ],
)
def test_schema_parts_of_start_end_to_video(rule: str, schema: dict[str, object]) -> None:
    assert RULES_BY_ID[rule].schema(MODEL, OPERATIONS["start-end-to-video"]) == schema


def test_a_single_input_in_json_schema() -> None:
    rule = RULES_BY_ID["video-to-video.one-video"]

    assert rule.schema(MODEL, OPERATIONS["video-to-video"]) == {
        "properties": {"video_urls": {"maxItems": 1, "x-rules": ["video-to-video.one-video"]}},
        "allOf": [{"not": {"required": ["video_url", "video_urls"]}}],
    }


def test_an_ambiguous_input_needs_the_operation() -> None:
    schema = RULES_BY_ID["operation.known"].schema(MODEL, OPERATIONS["reference-to-video"])

    assert schema["allOf"] == [
        {
            "anyOf": [
                {"required": ["operation"]},
                {"required": ["reference_images"]},
                {"required": ["referenceImages"]},
                {"required": ["audio_urls"]},
                {"required": ["image_urls"], "properties": {"image_urls": {"minItems": 2}}},
                {"required": ["video_urls"], "properties": {"video_urls": {"minItems": 2}}},
                {"required": ["material_asset_id"]},
                {"required": ["material_asset_ids"]},
            ]
        }
    ]


def test_a_substitute_in_json_schema() -> None:
    operation = OPERATIONS["reference-to-video"]
    parts = [
        RULES_BY_ID[f"reference-to-video.{name}"].schema(MODEL, operation)
        for name in ("image_urls", "one-image-list")
    ]

    assert parts == [
        {
            "properties": {
                "image_urls": {"minItems": 2, "x-rules": ["reference-to-video.image_urls"]}
            }
        },
        {
            "allOf": [
                {"not": {"required": ["reference_images", "image_urls"]}},
                {"not": {"required": ["referenceImages", "image_urls"]}},
            ]
        },
    ]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("operation.known", "unsupported_operation"),
        ("text-to-video.prompt", "required"),
        ("image-to-video.image", "required"),
        ("image-to-video.one-image", "too_many_inputs"),
        ("reference-to-video.image_urls", "invalid_count"),
        ("reference-to-video.one-image-list", "too_many_inputs"),
        ("text-to-video.inputs", "unexpected_input"),
    ],
)
def test_operation_rules_have_codes(rule: str, code: str) -> None:
    assert RULES_BY_ID[rule].code == code


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("operation.known", "openapi: VideoGenerationRequest.operation"),
        ("image-to-video.prompt", "guide: image-to-video"),
        ("image-to-video.image", "guide: image-to-video"),
        ("image-to-video.one-image", "guide: image-to-video"),
        ("image-to-video.inputs", "guide: image-to-video"),
        ("video-extension.one-source", "assumption: whether an extension may start from a URL"),
        (
            "reference-to-video.one-image-list",
            "assumption: whether several image_urls are reference images",
        ),
        (
            "reference-to-video.image_urls",
            "assumption: whether several image_urls are reference images",
        ),
    ],
)
def test_operation_rules_name_their_source(rule: str, source: str) -> None:
    assert str(RULES_BY_ID[rule].source) == source


def test_a_list_too_long_for_its_model_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another model may take more entries: then the field's own range says nothing of this model.
    wider = replace(FIELDS["image_urls"], item_range=(1, 30))
    monkeypatch.setattr(input_rules, "FIELDS", {**FIELDS, "image_urls": wider})
    body = {"model": "seedance-2.0", "operation": "image-to-video", "image_urls": [IMAGE] * 10}

    assert list(RULES_BY_ID["image-to-video.one-image"].breaches(parse_body(body, MODELS))) == []
