"""A model is one entry: an invented one appears everywhere without any further change.

The invented model differs from the declared ones in everything in which models can differ.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import find, given, settings
from jsonschema_rs import Draft202012Validator

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.limits import OneOf, Range
from seedance_contract.declared.model import Model
from seedance_contract.declared.models import FAMILY, MODELS, SEEDANCE_2_0
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.pixels import PIXELS
from seedance_contract.declared.prices import Price
from seedance_contract.declared.rules.rule import Rule
from seedance_contract.declared.sources import page
from seedance_contract.derived.catalogue import (
    matching_models,
    model_detail,
    model_list,
    model_pricing,
    pricing_list,
)
from seedance_contract.derived.claims import claims
from seedance_contract.derived.cost import (
    Video,
    cheaper_models,
    cost_usd,
    estimated_cost,
    frame_size,
    requested_video,
    token_count,
)
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.recommendation import recommended_request
from seedance_contract.derived.schemas.request_schema import request_schemas
from seedance_contract.derived.strategies import (
    InvalidRequest,
    boundary_requests,
    invalid_requests,
    valid_requests,
)
from seedance_contract.derived.tables import models_table, pixels_table, prices_table
from seedance_contract.derived.validation import (
    Accepted,
    Rejected,
    validate_request,
    violated_rules,
    violations,
)

ID = "seedance-9.0"
INVENTED = Model(
    id=ID,
    family="Seedance 9",
    resolutions=("720p", "8k"),
    durations=Range(4, 30, special_values=(-1,)),
    aspect_ratios=("adaptive", "16:9", "9:16"),
    references={"reference_images": 30, "video_urls": 10, "audio_urls": 10},
    prices=(
        Price(resolutions=("720p",), without_video=Decimal(68), with_video=Decimal(34)),
        Price(resolutions=("8k",), without_video=Decimal(10), with_video=Decimal(5)),
    ),
    defaults={"duration": -1},
    operation_limits={
        ("video-to-video", "aspect_ratio"): OneOf(("adaptive",)),
        ("video-to-video", "duration"): Range(-1, -1),
    },
    sufficient_inputs={"reference": ("reference_images", "video_urls", "audio_urls")},
    unsupported_fields=("seed",),
    operations=("text-to-video", "reference-to-video", "video-to-video"),
    pixels={**PIXELS, ("8k", "16:9"): (7680, 4320), ("8k", "9:16"): (4320, 7680)},
    cancellable=False,
    source=page("an invented page"),
)
"""The one entry. Nothing else in this module or in the packages adds the model."""

FAMILY_2_0 = [model for model in FAMILY if model.family == SEEDANCE_2_0]
EXTENDED = Contract([*FAMILY_2_0, INVENTED])

IMAGE = "https://example.com/a.png"
VIDEO = "https://example.com/a.mp4"
AUDIO = "https://example.com/a.mp3"
TEXT: Body = {"model": ID, "prompt": "a boat"}
FROM_VIDEO: Body = {**TEXT, "operation": "video-to-video", "video_url": VIDEO}


def broken(body: Body) -> list[str]:
    """Return the ids of the rules that a body breaks with the invented model."""
    return [rule.id for rule in violated_rules(body, EXTENDED)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"duration": 30},
        {"resolution": "8k", "aspect_ratio": "9:16"},
        {"reference_images": [IMAGE] * 30, "video_urls": [VIDEO] * 10, "audio_urls": [AUDIO] * 10},
        {"audio_urls": [AUDIO]},
        {"video_url": VIDEO, "aspect_ratio": "adaptive", "duration": -1},
    ],
    ids=["text", "30 s", "8k", "50 references", "audio alone", "video"],
)
def test_validation_accepts_what_the_entry_allows(fields: Body) -> None:
    assert broken({**TEXT, **fields}) == []


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"duration": 31}, ["duration.range"]),
        ({"resolution": "1080p"}, ["seedance-9.0.resolution"]),
        ({"resolution": "16k"}, ["resolution.value"]),
        ({"aspect_ratio": "4:3"}, ["aspect_ratio.value"]),
        ({"reference_images": [IMAGE] * 31}, ["reference_images.count"]),
        ({"seed": 7}, ["seedance-9.0.fields"]),
        ({"operation": "video-extension", "video_url": VIDEO}, ["operation.known"]),
        ({"image_url": IMAGE}, ["operation.known"]),
        ({"operation": "reference-to-video"}, ["reference-to-video.reference"]),
        ({"video_url": VIDEO, "duration": 5}, ["duration.range"]),
        ({"video_url": VIDEO, "aspect_ratio": "16:9"}, ["aspect_ratio.value"]),
    ],
)
def test_validation_refuses_what_it_does_not_allow(fields: Body, rules: list[str]) -> None:
    assert broken({**TEXT, **fields}) == rules


@pytest.mark.parametrize(
    ("fields", "message", "details"),
    [
        (
            {"aspect_ratio": "4:3"},
            "aspect_ratio must be one of adaptive, 16:9, 9:16",
            {"allowed_aspect_ratios": ["adaptive", "16:9", "9:16"]},
        ),
        (
            {**FROM_VIDEO, "duration": 5},
            "duration must be -1",
            {"allowed_durations": ["-1"]},
        ),
        (
            {"resolution": "4k"},
            "resolution must be one of 720p, 8k on seedance-9.0",
            {"model": ID, "allowed_resolutions": ["720p", "8k"]},
        ),
    ],
)
def test_errors_state_the_limits_of_the_model(
    fields: Body, message: str, details: dict[str, object]
) -> None:
    [violation] = violations({**TEXT, **fields}, EXTENDED)

    assert violation.breach.message == message
    assert violation.breach.details == details


def test_an_unsupported_field_is_no_parameter() -> None:
    [seed] = violations({**TEXT, "seed": 7}, EXTENDED)
    [fps] = violations({**TEXT, "fps": 24}, EXTENDED)

    assert seed.breach.message == "seed is not supported by seedance-9.0"
    assert fps.breach.message == "fps is not supported by Seedance 9"
    for violation in (seed, fps):
        assert "seed" not in str(violation.breach.details["supported_parameters"])


def test_defaults_are_those_of_the_entry() -> None:
    result = validate_request(TEXT, contract=EXTENDED)

    assert isinstance(result, Accepted)
    assert result.request["duration"] == -1
    assert result.request["resolution"] == "720p"
    assert "seed" not in result.request


def test_an_unknown_model_may_have_the_limits_of_any() -> None:
    body = {"model": "seedance-2.0-turbo", "prompt": "a boat", "duration": 30, "resolution": "8k"}

    [violation] = violations(body, EXTENDED)

    assert violation.rule.id == "model.known"
    assert {"id": ID} in violation.breach.details["suggestions"]  # type: ignore[operator]
    assert violations({**body, "duration": 31}, EXTENDED)[1].rule.id == "duration.range"


def test_requirements_name_the_models_that_differ() -> None:
    requirement = EXTENDED.rules["duration.range"].requirement()

    assert requirement == (
        f"duration must be 4 to 15, or -1 on {', '.join(model.id for model in FAMILY_2_0)}; "
        "duration must be 4 to 30, or -1 on seedance-9.0"
    )
    assert (
        EXTENDED.rules["seedance-9.0.fields"].requirement() == "seedance-9.0 does not support seed"
    )
    assert EXTENDED.rules["fps.unsupported"].requirement() == (
        "fps is not supported by Seedance 2.0 and Seedance 9"
    )


@pytest.mark.parametrize(
    "body", [{"model": ID, "operation": "video-extension"}, {**TEXT, "seed": 1, "duration": 99}]
)
def test_recommended_requests_fit_the_model(body: Body) -> None:
    request = recommended_request(
        Rejected(violations(body, EXTENDED), parse_body(body, EXTENDED.models), EXTENDED)
    )

    assert request["model"] == ID
    assert broken(request) == []


def test_openapi_has_the_branches_of_the_model() -> None:
    document: Any = openapi_document(contract=EXTENDED)
    schemas = document["components"]["schemas"]
    properties = schemas["seedance-9.0.reference-to-video"]["properties"]

    assert {"$ref": "#/components/schemas/seedance-9.0"} in schemas["VideoRequest"]["oneOf"]
    assert properties["duration"]["enum"] == [-1, *range(4, 31)]
    assert properties["duration"]["default"] == -1
    assert properties["resolution"]["enum"] == ["720p", "8k"]
    assert properties["reference_images"]["maxItems"] == 30
    assert "seed" not in properties
    assert "seedance-9.0.video-extension" not in schemas
    assert ID in schemas["CreatedTask"]["properties"]["model"]["enum"]
    assert document["info"]["title"] == "Seedance 2.0 and Seedance 9 video API"


def test_the_schema_agrees_with_the_rules() -> None:
    schema = Draft202012Validator(
        {"$ref": "#/components/schemas/VideoRequest", "components": {"schemas": SCHEMAS}}
    )
    rule = EXTENDED.rules["seedance-9.0.fields"]

    @settings(max_examples=50)
    @given(body=valid_requests(ID, contract=EXTENDED), invalid=invalid_requests(rule, EXTENDED))
    def agree(body: Body, invalid: InvalidRequest) -> None:
        assert schema.is_valid(body)
        assert not schema.is_valid(invalid.body)

    agree()


SCHEMAS = request_schemas(EXTENDED)


def test_the_declared_models_stay_as_they_are() -> None:
    before = request_schemas()
    refused = {"model": "seedance-2.0", "prompt": "a boat", "duration": 16, "aspect_ratio": "2:1"}

    assert {name: SCHEMAS[name] for name in before if name.startswith("seedance-2.0-fast.")} == {
        name: schema for name, schema in before.items() if name.startswith("seedance-2.0-fast.")
    }
    assert [violation.error_entry() for violation in violations(refused, EXTENDED)] == [
        violation.error_entry() for violation in violations(refused)
    ]
    assert MODELS.keys() == CONTRACT.models.keys()


def test_a_new_resolution_is_refused_by_the_others() -> None:
    body = {"model": "seedance-2.0", "prompt": "a boat", "resolution": "8k"}

    assert broken(body) == ["seedance-2.0.resolution"]


def test_the_detail_lists_what_the_entry_allows() -> None:
    detail: Any = model_detail(INVENTED)
    details = detail["tokenlab"]["request_format_details"]
    constraints = {item["operation"]: item for item in details["operation_constraints"]}

    assert detail["tokenlab"]["supported_operations"] == list(INVENTED.operations)
    assert details["durations"] == ["-1", *map(str, range(4, 31))]
    assert details["resolutions"] == ["720p", "8k"]
    assert details["aspect_ratios"] == ["adaptive", "16:9", "9:16"]
    assert details["reference_limits"] == INVENTED.references
    assert details["feature_flags"]["cancellation"] is False
    assert "seed" not in details["supported_parameters"]
    assert constraints["video-to-video"]["allowed_durations"] == ["-1"]
    assert constraints["reference-to-video"]["required_selectors"][-1] == (
        "reference_images | video_urls | audio_urls"
    )
    assert broken(details["recommended_request"]) == []


def test_the_catalogue_lists_and_prices_the_model() -> None:
    models = matching_models({"tag": "text-to-video"}, EXTENDED)
    listed: Any = model_list(models, view="compact", recommended=False)
    priced: Any = pricing_list(models)
    pricing: Any = model_pricing(INVENTED)

    assert ID in [item["id"] for item in listed["data"]]
    assert ID in [entry["model"] for entry in priced["data"]]
    assert pricing["pricing_summary"]["max_price"] == "10.00000000"
    assert matching_models({"tag": "video-extension"}, EXTENDED) == FAMILY_2_0


def test_costs_follow_from_its_prices_and_sizes() -> None:
    video = Video(ID, "8k", "16:9", 30)

    assert frame_size(video, EXTENDED) == (7680, 4320)
    assert token_count(video, EXTENDED) == 23_360_400
    assert str(cost_usd(video, EXTENDED)) == "34.35352941"
    assert cheaper_models(Video(ID, "720p", "16:9", 5), EXTENDED) == [
        "seedance-2.0-mini",
        "seedance-2.0-fast",
        "seedance-2.0",
    ]
    assert cheaper_models(Video(ID, "720p", "16:9", 30), EXTENDED) == []


def test_the_estimate_covers_its_longest_video() -> None:
    videos = set()
    for prompt in map(str, range(200)):
        result = validate_request({**TEXT, "prompt": prompt}, contract=EXTENDED)
        assert isinstance(result, Accepted)
        video = requested_video(result.request, contract=EXTENDED)
        videos.add(video.seconds)
        estimate = estimated_cost(result.request, video, EXTENDED)
        assert estimate == cost_usd(video._replace(seconds=30), EXTENDED)

    assert min(videos) >= 4
    assert max(videos) > 15


@given(body=valid_requests(ID, contract=EXTENDED))
def test_strategies_draw_valid_requests_of_it(body: Body) -> None:
    assert broken(body) == []
    assert body["model"] == ID


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        ("duration.range", "duration", 30),
        ("seedance-9.0.resolution", "resolution", "8k"),
        ("seedance-9.0.fields", "seed", None),
    ],
)
def test_strategies_reach_its_boundaries(rule: str, field: str, value: object) -> None:
    boundaries = boundary_requests(EXTENDED.rules[rule], EXTENDED)

    body = find(boundaries, lambda body: (body["model"], body.get(field)) == (ID, value))

    assert broken(body) == []


@pytest.mark.parametrize("rule", EXTENDED.rules.values(), ids=EXTENDED.rules)
def test_each_rule_can_be_broken_alone(rule: Rule) -> None:
    @settings(max_examples=2)
    @given(invalid=invalid_requests(rule, EXTENDED))
    def breaks(invalid: InvalidRequest) -> None:
        assert broken(invalid.body) == [rule.id]

    breaks()


def test_claims_and_tables_name_the_model() -> None:
    texts = {claim.id: claim.text for claim in claims(EXTENDED)}

    assert (
        texts["seedance-9.0.references"]
        == "at most 30 reference_images, 10 video_urls, 10 audio_urls"
    )
    assert texts["price.seedance-9.0.8k"] == "8k: CNY 10, with video 5"
    assert "| `seedance-9.0` | `720p` `8k` |" in models_table(EXTENDED)
    assert "| `seedance-9.0` | `8k` | 1.47058824 | 0.73529412 |" in prices_table(EXTENDED)
    assert "| `8k` on `seedance-9.0` | 7680×4320 | – | – | – | 4320×7680 | – |" in pixels_table(
        EXTENDED
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"defaults": {}, "durations": Range(6, 9)}, "the default 5 of duration must be 6 to 9"),
        ({"resolutions": ("8k",)}, "does not render its default resolution"),
        ({"prices": INVENTED.prices[:1]}, "needs one price for each resolution"),
        ({"pixels": PIXELS}, "has a resolution of unknown size"),
    ],
)
def test_an_entry_that_contradicts_itself_is_an_error(changes: Any, message: str) -> None:
    entry = replace(INVENTED, **{"operation_limits": {}, **changes})

    with pytest.raises(ValueError, match=message):
        Contract([*FAMILY_2_0, entry])


def test_operations_of_the_entry_exist() -> None:
    assert {*INVENTED.operations} <= OPERATIONS.keys()
