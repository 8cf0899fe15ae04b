from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_contract.declared.models import FAMILY, MODELS, SEEDANCE_2_0
from seedance_contract.derived.catalogue import (
    compact_model,
    matching_models,
    model_detail,
    model_list,
    model_list_item,
    model_pricing,
    pricing_list,
)
from seedance_contract.derived.validation import Accepted, validate_request

DURATIONS = ["-1", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]
BASE, FAST, MINI = [model.id for model in FAMILY if model.family == SEEDANCE_2_0]
ALL = list(MODELS)
DETAILS: dict[str, Any] = {name: model_detail(model) for name, model in MODELS.items()}
FORMATS: dict[str, Any] = {
    name: detail["tokenlab"]["request_format_details"] for name, detail in DETAILS.items()
}

IMAGE = "https://example.com/a.png"
VIDEO = "https://example.com/a.mp4"
AUDIO = "https://example.com/a.mp3"
VALUES: dict[str, object] = {
    "prompt": "a boat",
    "duration": 7,
    "resolution": "480p",
    "aspect_ratio": "3:4",
    "output_audio": False,
    "watermark": True,
    "return_last_frame": True,
    "seed": 7,
    "execution_expires_after": 7_200,
    "priority": 3,
    "safety_identifier": "somebody",
    "service_tier": "default",
    "user": "somebody",
    "image_url": IMAGE,
    "image": "data:image/png;base64,AAAA",
    "image_urls": [IMAGE],
    "reference_images": [IMAGE, IMAGE],
    "video_url": VIDEO,
    "video_urls": [VIDEO],
    "audio_urls": [AUDIO],
    "start_image": IMAGE,
    "end_image": IMAGE,
    "task_id": "ldtask_0123456789abcdef0123456789abcdef",
    "extend_at": 3,
    "extend_times": "2",
}
"""A legal value of every parameter but model and operation."""

UNSUPPORTED = {"fps": 24, "negative_prompt": "rain", "size": "1280x720", "style": "anime"}


@pytest.mark.parametrize(
    ("model", "low", "high"),
    [
        (BASE, "2.35294118", "7.50000000"),
        (FAST, "3.23529412", "5.44117647"),
        (MINI, "2.05882353", "3.38235294"),
    ],
)
def test_price_span_of_a_model(model: str, low: str, high: str) -> None:
    detail = DETAILS[model]["tokenlab"]

    assert detail["pricing_summary"] == {
        "currency": "USD",
        "unit": "per_1m_tokens",
        "min_price": low,
        "max_price": high,
        "display": f"${low}–${high}",
    }
    assert detail["pricing"] == detail["pricing_summary"]


@pytest.mark.parametrize(
    ("model", "resolutions", "cancellation"),
    [
        (BASE, ["480p", "720p", "1080p", "4k"], True),
        (FAST, ["480p", "720p"], True),
        (MINI, ["480p", "720p"], False),
    ],
)
def test_a_detail_states_the_limits(model: str, resolutions: list[str], cancellation: bool) -> None:
    form = FORMATS[model]

    assert form["resolutions"] == resolutions
    assert form["durations"] == DURATIONS
    assert form["aspect_ratios"] == ["adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9"]
    assert form["reference_limits"] == {"reference_images": 9, "video_urls": 3, "audio_urls": 3}
    assert form["feature_flags"] == {"audio_output": True, "cancellation": cancellation}


@pytest.mark.parametrize("model", MODELS)
def test_a_detail_names_the_endpoints(model: str) -> None:
    form = FORMATS[model]

    assert form["request_endpoint"] == "/v1/videos/generations"
    assert form["fallback_status_endpoints"] == ["/v1/tasks/{id}", "/v1/videos/generations/{id}"]
    assert {*form["request_endpoint_by_operation"]} == {*form["public_operations"]}
    assert len(form["operation_constraints"]) == 6


@pytest.mark.parametrize(
    ("operation", "required", "inputs"),
    [
        ("text-to-video", ["model", "prompt"], []),
        (
            "image-to-video",
            ["model", "prompt", "image_url | image | image_urls"],
            ["image_url", "image", "image_urls"],
        ),
        (
            "start-end-to-video",
            ["model", "prompt", "start_image", "end_image"],
            ["start_image", "end_image"],
        ),
        (
            "reference-to-video",
            ["model", "prompt", "reference_images | image_urls | video_urls"],
            ["image_urls", "reference_images", "video_urls", "audio_urls"],
        ),
        (
            "video-to-video",
            ["model", "prompt", "video_url | video_urls"],
            ["video_url", "video_urls"],
        ),
        (
            "video-extension",
            ["model", "task_id | video_url"],
            ["video_url", "task_id", "extend_at", "extend_times"],
        ),
    ],
)
def test_constraints_of_an_operation(
    operation: str, required: list[str], inputs: list[str]
) -> None:
    constraints = {item["operation"]: item for item in FORMATS[BASE]["operation_constraints"]}
    constraint = constraints[operation]

    assert constraint["required_selectors"] == required
    assert constraint["documented_inputs"] == inputs
    assert constraint["status_mode"] == "async"


@pytest.mark.parametrize(
    ("filters", "models"),
    [
        ({}, ALL),
        ({"category": "video"}, ALL),
        ({"provider": "bytedance", "tag": "video-extension"}, ALL),
        ({"recommended_for": "video"}, ALL),
        ({"category": "chat"}, []),
        ({"category": "decision"}, []),
        ({"provider": "openai"}, []),
        ({"tag": "motion-control"}, []),
        ({"recommended_for": "image", "category": "video"}, []),
    ],
    ids=str,
)
def test_filters_select_models(filters: dict[str, str], models: list[str]) -> None:
    assert [model.id for model in matching_models(filters)] == models


def test_a_full_list_has_full_items() -> None:
    response = model_list(FAMILY, view="full", recommended=False)

    assert response == {"object": "list", "data": [model_list_item(model) for model in FAMILY]}


def test_a_compact_list_has_view_and_count() -> None:
    response = model_list(FAMILY[:2], view="compact", recommended=False)

    assert (response["view"], response["count"]) == ("compact", 2)
    assert response["data"] == [compact_model(model) for model in FAMILY[:2]]


@pytest.mark.parametrize("model", FAMILY, ids=lambda model: model.id)
def test_a_list_item_has_no_details(model: Any) -> None:
    item: Any = model_list_item(model)

    detailed = {"supported_operations", "request_format_details", "pricing_provenance"}

    assert (item["id"], item["object"], item["owned_by"]) == (model.id, "model", "bytedance")
    assert detailed.isdisjoint(item["tokenlab"])
    assert detailed <= DETAILS[model.id]["tokenlab"].keys()
    assert detailed.isdisjoint(compact_model(model))


def test_a_video_model_has_no_chat_formats() -> None:
    assert all(detail["tokenlab"]["accepted_request_formats"] == [] for detail in DETAILS.values())


@pytest.mark.parametrize(
    ("view", "place"),
    [("full", ("tokenlab", "agent_preferences", "video")), ("compact", ("recommendation",))],
)
def test_a_ranking_has_its_evidence(view: str, place: tuple[str, ...]) -> None:
    data: Any = model_list(FAMILY, view=view, recommended=True)["data"]

    for name in place:
        data = [item[name] for item in data]

    assert [item["preferred_rank"] for item in data] == list(range(1, len(FAMILY) + 1))
    assert {item["status"] for item in data} == {"insufficient_samples"}


def test_pricing_of_a_model_has_every_row() -> None:
    response: Any = model_pricing(MODELS[MINI])

    assert response["has_complex_pricing"] is True
    assert response["pricing_provenance"]["cny_per_usd"] == "6.8"
    assert response["pricing_details"]["rows"] == [
        {
            "resolutions": ["480p", "720p"],
            "video_input": False,
            "usd_per_1m_tokens": "3.38235294",
            "cny_per_1m_tokens": "23",
        },
        {
            "resolutions": ["480p", "720p"],
            "video_input": True,
            "usd_per_1m_tokens": "2.05882353",
            "cny_per_1m_tokens": "14",
        },
    ]


def test_the_price_list_has_every_model() -> None:
    response: Any = pricing_list(FAMILY)

    assert (response["object"], response["currency"]) == ("pricing", "USD")
    assert [entry["model"] for entry in response["data"]] == ALL
    assert response["data"][0]["pricing_summary"]["max_price"] == "7.50000000"


@pytest.mark.parametrize("model", MODELS)
def test_the_recommended_request_is_accepted(model: str) -> None:
    request = FORMATS[model]["recommended_request"]

    assert isinstance(validate_request(request), Accepted)
    assert request["model"] == model


def values_for(operation: str) -> dict[str, object]:
    """Return the legal values in an operation: `image_urls` is one image or several references."""
    several = {"image_urls": [IMAGE, IMAGE]}
    return VALUES | (several if operation == "reference-to-video" else {})


def accepted(body: Mapping[str, object]) -> bool:
    return isinstance(validate_request(body), Accepted)


@st.composite
def requests_from_detail(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, object]]:
    """An operation's constraints, and a request made of what they list."""
    model = draw(st.sampled_from(list(MODELS)))
    constraint = draw(st.sampled_from(FORMATS[model]["operation_constraints"]))
    selectors = constraint["required_selectors"]
    required = [draw(st.sampled_from(names.split(" | "))) for names in selectors]
    optional = draw(st.sets(st.sampled_from(constraint["optional_selectors"])))
    values = values_for(constraint["operation"])
    body = {name: value for name, value in values.items() if name in {*required, *optional}}
    chosen = {
        "duration": int(draw(st.sampled_from(constraint["allowed_durations"]))),
        "resolution": draw(st.sampled_from(constraint["allowed_resolutions"])),
        "aspect_ratio": draw(st.sampled_from(constraint["allowed_aspect_ratios"])),
    }
    return constraint, {"model": model, "operation": constraint["operation"], **body, **chosen}


@given(requests_from_detail())
def test_requests_from_the_detail_are_accepted(
    case: tuple[dict[str, Any], dict[str, object]],
) -> None:
    assert accepted(case[1])


CANDIDATES: dict[str, st.SearchStrategy[Any]] = {
    "duration": st.integers(-5, 70),
    "resolution": st.sampled_from(["240p", "480p", "720p", "1080p", "1440p", "4k", "8k"]),
    "aspect_ratio": st.sampled_from(["adaptive", "16:9", "9:16", "2:1", "5:4", "auto"]),
}


@given(case=requests_from_detail(), name=st.sampled_from(list(CANDIDATES)), data=st.data())
def test_only_listed_values_are_accepted(
    case: tuple[dict[str, Any], dict[str, object]], name: str, data: st.DataObject
) -> None:
    constraint, body = case
    value = data.draw(CANDIDATES[name])

    listed = str(value) in constraint[f"allowed_{name}s"]

    assert accepted({**body, name: value}) == listed


@given(case=requests_from_detail(), name=st.sampled_from([*VALUES, *UNSUPPORTED]))
def test_unlisted_parameters_are_refused(
    case: tuple[dict[str, Any], dict[str, object]], name: str
) -> None:
    constraint, body = case
    listed = name in constraint["supported_parameters"]

    assert listed or not accepted({**body, name: {**VALUES, **UNSUPPORTED}[name]})


@given(case=requests_from_detail(), data=st.data())
def test_required_selectors_cannot_be_omitted(
    case: tuple[dict[str, Any], dict[str, object]], data: st.DataObject
) -> None:
    constraint, body = case
    omitted = data.draw(st.sampled_from(constraint["required_selectors"])).split(" | ")

    assert not accepted({name: value for name, value in body.items() if name not in omitted})


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ["reference_images", "video_urls", "audio_urls"])
@pytest.mark.parametrize("over", [0, 1], ids=["at the limit", "over the limit"])
def test_reference_limits_are_those_of_create(model: str, name: str, over: int) -> None:
    [entry] = {"reference_images": [IMAGE], "video_urls": [VIDEO], "audio_urls": [AUDIO]}[name]
    count = FORMATS[model]["reference_limits"][name] + over

    body = {
        "model": model,
        "operation": "reference-to-video",
        "prompt": "a boat",
        "reference_images": [IMAGE],
        name: [entry] * count,
    }

    assert accepted(body) == (over == 0)


CONSTRAINTS = [
    pytest.param(model, constraint, id=f"{constraint['operation']} on {model}")
    for model, form in FORMATS.items()
    for constraint in form["operation_constraints"]
]


@pytest.mark.parametrize(("model", "constraint"), CONSTRAINTS)
def test_each_listed_parameter_is_accepted(model: str, constraint: dict[str, Any]) -> None:
    alternatives = [names.split(" | ") for names in constraint["required_selectors"]]
    choices = {names[0]: names for names in alternatives}

    refused = []
    for name in constraint["supported_parameters"]:
        chosen = [name if name in names else first for first, names in choices.items()]
        values = values_for(constraint["operation"]) | {
            "duration": int(constraint["allowed_durations"][-1]),
            "resolution": constraint["allowed_resolutions"][-1],
            "aspect_ratio": constraint["allowed_aspect_ratios"][-1],
        }
        body = {field: values[field] for field in [*chosen, name] if field in values}
        if not accepted({**body, "model": model, "operation": constraint["operation"]}):
            refused.append(name)

    assert refused == []


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_model_lists_the_parameters_of_its_operations(form: dict[str, Any]) -> None:
    listed = [set(item["supported_parameters"]) for item in form["operation_constraints"]]

    assert set(form["supported_parameters"]) == set.union(*listed)
