import json

import pytest

from seedance_contract.declared.contract import Contract
from seedance_contract.declared.models import FAMILY, MODELS, SEEDANCE_2_0
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rules.field_rules import ItemCountRule
from seedance_contract.declared.rules.unsupported_rules import printable_name

CONTRACT_2_0 = Contract(model for model in FAMILY if model.family == SEEDANCE_2_0)
"""The contract without models of other generations, whose limits would widen the common ones."""
RULES = CONTRACT_2_0.rules

DURATIONS = ["-1", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]
MODEL, TEXT = MODELS["seedance-2.0"], OPERATIONS["text-to-video"]
IMAGE = "https://example.com/a.png"
ASSET = "asset://asset-20260101000000-abcde"
BODY: Body = {"model": "seedance-2.0", "prompt": "a boat"}

BREACHES: list[tuple[str, Body, list[str], str]] = [
    ("prompt.type", {"prompt": 5}, ["prompt"], "prompt must be a string"),
    ("prompt.length", {"prompt": ""}, ["prompt"], "prompt must not be empty"),
    ("duration.range", {"seconds": 3}, ["duration"], "duration must be 4 to 15, or -1"),
    ("seed.type", {"seed": "5"}, ["seed"], "seed must be an integer"),
    ("watermark.type", {"watermark": 1}, ["watermark"], "watermark must be a boolean"),
    (
        "reference_images.count",
        {"reference_images": [IMAGE] * 10},
        ["reference_images"],
        "reference_images must have 1 to 9 entries",
    ),
    ("video_urls.count", {"video_urls": []}, ["video_urls"], "video_urls must have 1 to 3 entries"),
    (
        "duration.spellings",
        {"duration": 4, "seconds": 5},
        ["duration"],
        "seconds and duration must be equal",
    ),
    (
        "output_audio.spellings",
        {"outputAudio": True, "generate_audio": False},
        ["output_audio"],
        "generate_audio and outputAudio must be equal",
    ),
    ("fps.unsupported", {"fps": 24}, ["fps"], "fps is not supported by Seedance 2.0"),
    ("draft.unsupported", {"draft": True}, ["draft"], "draft is not supported by Seedance 2.0"),
    ("draft.unsupported", {"draft": 0}, ["draft"], "draft is not supported by Seedance 2.0"),
    (
        "reference_image_type.unsupported",
        {"referenceImageType": "style"},
        ["reference_image_type"],
        "reference_image_type is not supported by Seedance 2.0",
    ),
    (
        "service_tier.flex",
        {"service_tier": "flex"},
        ["service_tier"],
        "service_tier=flex is not supported by Seedance 2.0",
    ),
    ("request.known", {"style": 1}, ["style"], "style is not a field of this request"),
    ("request.known", {"a b": 1}, ["(unnamed)"], "(unnamed) is not a field of this request"),
    (
        "material.fields",
        {"material_asset_id": "a", "material_asset_ids": []},
        ["material_asset_id", "material_asset_ids"],
        "Seedance material asset not found or not accessible",
    ),
    (
        "material.uris",
        {"start_image": ASSET, "end_image": IMAGE},
        ["start_image"],
        "Seedance material asset not found or not accessible",
    ),
    (
        "material.uris",
        {"reference_images": [IMAGE, ASSET]},
        ["reference_images"],
        "Seedance material asset not found or not accessible",
    ),
]

ACCEPTED: list[tuple[str, Body]] = [
    ("duration.spellings", {"duration": 4, "seconds": 4.0}),
    ("output_audio.spellings", {"output_audio": True}),
    ("reference_images.count", {"reference_images": [IMAGE] * 9}),
    ("reference_images.count", {"reference_images": IMAGE}),
    ("draft.unsupported", {"draft": False}),
    ("service_tier.flex", {"service_tier": "default"}),
    ("request.known", {"outputAudio": True, "fps": 1}),
    ("material.fields", {"prompt": "asset://"}),
    ("material.uris", {"image_url": IMAGE}),
    ("material.uris", {"image_urls": [5, IMAGE]}),
    ("material.uris", {"prompt": ASSET}),
]


@pytest.mark.parametrize(
    ("rule", "body", "fields", "message"),
    BREACHES,
    ids=[f"{rule} {json.dumps(body)[:60]}" for rule, body, _, _ in BREACHES],
)
def test_a_breach_names_field_and_reason(
    rule: str, body: Body, fields: list[str], message: str
) -> None:
    breaches = list(RULES[rule].breaches(parse_body({**BODY, **body})))

    assert [breach.field for breach in breaches] == fields
    assert {breach.message for breach in breaches} == {message}


@pytest.mark.parametrize(
    ("rule", "body"), ACCEPTED, ids=[f"{rule} {json.dumps(body)[:60]}" for rule, body in ACCEPTED]
)
def test_a_rule_accepts(rule: str, body: Body) -> None:
    assert list(RULES[rule].breaches(parse_body({**BODY, **body}))) == []


def test_each_unequal_alias_is_a_breach() -> None:
    body = {"output_audio": True, "outputAudio": False, "generate_audio": 1}

    breaches = RULES["output_audio.spellings"].breaches(parse_body(body))

    assert [breach.message for breach in breaches] == [
        "outputAudio and output_audio must be equal",
        "generate_audio and output_audio must be equal",
    ]


@pytest.mark.parametrize(
    ("rule", "body", "details"),
    [
        ("seed.range", {"seed": -2}, {}),
        (
            "resolution.value",
            {"model": "seedance-2.0-mini", "resolution": "8k"},
            {"allowed_resolutions": ["480p", "720p"]},
        ),
        (
            "resolution.type",
            {"resolution": 720},
            {"allowed_resolutions": ["480p", "720p", "1080p", "4k"]},
        ),
        (
            "duration.range",
            {"duration": 16},
            {"allowed_durations": DURATIONS},
        ),
        (
            "aspect_ratio.value",
            {"ratio": "2:1"},
            {"allowed_aspect_ratios": ["adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9"]},
        ),
    ],
)
def test_a_breach_lists_allowed_values(rule: str, body: Body, details: dict[str, object]) -> None:
    [breach] = RULES[rule].breaches(parse_body({**BODY, **body}))

    assert breach.details == details


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("fps.unsupported", {"fps": 24}),
        ("service_tier.flex", {"service_tier": "flex"}),
        ("request.known", {"style": "anime"}),
    ],
)
def test_a_breach_lists_supported_parameters(rule: str, body: Body) -> None:
    [breach] = RULES[rule].breaches(parse_body({**BODY, "image_url": IMAGE, **body}))

    supported = breach.details["supported_parameters"]

    assert isinstance(supported, list)
    assert supported[-6:-2] == ["user", "image_url", "image", "image_urls"]
    assert not {"fps", "style", "video_url"} & {*supported}


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("style", "style"),
        ("negativePrompt", "negativePrompt"),
        ("x" * 40, "x" * 40),
        ("x" * 41, "(unnamed)"),
        ("", "(unnamed)"),
        ("___", "(unnamed)"),
        ("sk-abc", "(unnamed)"),
        ("https://example.com", "(unnamed)"),
        ("a boat", "(unnamed)"),
        ("größe", "(unnamed)"),
    ],
)
def test_only_a_plain_name_is_printed(name: str, printed: str) -> None:
    assert printable_name(name) == printed


def test_an_item_count_has_a_limit_per_model() -> None:
    rule = RULES["reference_images.count"]

    assert isinstance(rule, ItemCountRule)
    assert {rule.max_items_for(model) for model in (None, *CONTRACT_2_0.models.values())} == {9}


@pytest.mark.parametrize(
    ("rule", "operation", "schema"),
    [
        (
            "seed.range",
            "text-to-video",
            {"seed": {"minimum": -1, "maximum": 4_294_967_295, "x-rules": ["seed.range"]}},
        ),
        (
            "audio_urls.count",
            "reference-to-video",
            {"audio_urls": {"minItems": 1, "maxItems": 3, "x-rules": ["audio_urls.count"]}},
        ),
        (
            "draft.unsupported",
            "text-to-video",
            {"draft": {"enum": [False], "x-rules": ["draft.unsupported"]}},
        ),
        (
            "service_tier.flex",
            "text-to-video",
            {"service_tier": {"enum": ["default"], "x-rules": ["service_tier.flex"]}},
        ),
    ],
)
def test_a_rule_in_json_schema(rule: str, operation: str, schema: dict[str, object]) -> None:
    part = RULES[rule].schema(MODEL, OPERATIONS[operation])

    assert part == {"properties": schema}


@pytest.mark.parametrize(
    "rule",
    [
        "image_url.media",
        "image_urls.count",
        "duration.spellings",
        "fps.unsupported",
        "material.fields",
        "material.uris",
    ],
)
def test_rules_without_a_schema_part(rule: str) -> None:
    assert RULES[rule].schema(MODEL, TEXT) == {}


def test_unknown_fields_close_the_schema() -> None:
    assert RULES["request.known"].schema(MODEL, TEXT) == {"additionalProperties": False}


@pytest.mark.parametrize(
    ("rule", "requirement"),
    [
        ("user.type", "user must be a string"),
        ("video_urls.count", "video_urls must have 1 to 3 entries"),
        (
            "output_audio.spellings",
            "output_audio and outputAudio and generate_audio must be equal where they are sent"
            " together",
        ),
        ("request.known", "a field that no document mentions is refused, not ignored"),
    ],
)
def test_requirement_of_a_rule(rule: str, requirement: str) -> None:
    assert RULES[rule].requirement() == requirement


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("user.type", "invalid_type"),
        ("seed.range", "out_of_range"),
        ("resolution.value", "invalid_value"),
        ("prompt.length", "invalid_length"),
        ("image.media", "invalid_media"),
        ("image_urls.count", "invalid_count"),
        ("duration.spellings", "conflicting_values"),
        ("fps.unsupported", "unsupported_parameter"),
        ("service_tier.flex", "unsupported_parameter"),
        ("request.known", "unknown_parameter"),
        ("material.uris", "material_not_found"),
    ],
)
def test_field_rules_have_codes(rule: str, code: str) -> None:
    assert RULES[rule].code == code
