"""Laws of validation that hold for every legal request, and for any JSON object."""

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from seedance_contract.declared import examples
from seedance_contract.declared.fields import KNOWN_NAMES
from seedance_contract.declared.models import FAMILY, MODELS, SEEDANCE_2_0
from seedance_contract.declared.operations import OPERATIONS, Body, infer_operation
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.recommendation import recommended_request
from seedance_contract.derived.validation import (
    Accepted,
    Rejected,
    validate_request,
    violated_rules,
    violations,
)

DOCUMENT: Any = openapi_document()
REQUEST = Draft202012Validator(
    {"$ref": "#/components/schemas/VideoRequest", "components": DOCUMENT["components"]}
)

IMAGES = ["https://example.com/a.png", "data:image/png;base64,iVBORw0KGgo="]
VIDEOS = ["http://user@[::1]:8080/a.mp4?b#c", "data:video/mp4;base64,AAAA"]
AUDIOS = ["HTTPS://EXAMPLE.COM", "data:audio/mpeg;base64,SUQ="]
ASSET = "asset://asset-20260101000000-abcde"

FAMILY_2_0 = [model for model in FAMILY if model.family == SEEDANCE_2_0]
"""The models to which the limits in this module apply."""

image, video, audio = map(st.sampled_from, (IMAGES, VIDEOS, AUDIOS))
images = st.lists(image, min_size=1, max_size=9)
videos = st.lists(video, min_size=1, max_size=3)
audios = st.lists(audio, min_size=1, max_size=3)

OPTIONAL: dict[str, st.SearchStrategy[object]] = {
    "prompt": st.text(min_size=1),
    "duration": st.just(-1) | st.integers(4, 15) | st.just(9.0),
    "aspect_ratio": st.sampled_from(["adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9"]),
    "output_audio": st.booleans(),
    "watermark": st.booleans(),
    "return_last_frame": st.booleans(),
    "seed": st.integers(-1, 4_294_967_295),
    "execution_expires_after": st.integers(3_600, 259_200),
    "priority": st.integers(0, 9),
    "safety_identifier": st.text(max_size=128),
    "service_tier": st.just("default"),
    "user": st.text(max_size=128),
    "draft": st.just(False),
}
INPUTS: dict[str, list[dict[str, st.SearchStrategy[Any]]]] = {
    "text-to-video": [{}],
    "image-to-video": [
        {"image_url": image},
        {"image": st.just(IMAGES[1])},
        {"image_urls": st.lists(image, min_size=1, max_size=1)},
    ],
    "start-end-to-video": [{"start_image": image, "end_image": image}],
    "reference-to-video": [
        {"reference_images": images},
        {"image_urls": st.lists(image, min_size=2, max_size=9), "audio_urls": audios},
        {"video_urls": videos, "audio_urls": audios},
        {"reference_images": images, "video_urls": videos, "audio_urls": audios},
    ],
    "video-to-video": [
        {"video_url": video},
        {"video_urls": st.lists(video, min_size=1, max_size=1)},
    ],
    "video-extension": [
        {"task_id": st.text(min_size=1)},
        {"video_url": video, "extend_at": st.integers(0, 60), "extend_times": st.text()},
    ],
}
"""The media of each operation, in every form that it takes."""

ALIASES = {
    "duration": ["seconds"],
    "aspect_ratio": ["ratio"],
    "output_audio": ["outputAudio", "generate_audio"],
    "reference_images": ["referenceImages"],
}
DEFAULTS = {
    "duration": 5,
    "resolution": "720p",
    "aspect_ratio": "adaptive",
    "output_audio": True,
    "watermark": False,
    "return_last_frame": False,
    "seed": -1,
    "execution_expires_after": 172_800,
    "priority": 0,
}


@st.composite
def legal_bodies(draw: st.DrawFn) -> dict[str, object]:
    """Requests that the documents allow, under canonical names."""
    model, operation = draw(st.sampled_from(FAMILY_2_0)), draw(st.sampled_from(list(OPERATIONS)))
    ordinary = examples.example_request(OPERATIONS[operation], model.id)
    selectors = ("model", "operation", "prompt")
    required = {name: ordinary[name] for name in selectors if name in ordinary}
    media = draw(st.fixed_dictionaries(draw(st.sampled_from(INPUTS[operation]))))
    resolutions = st.sampled_from(model.resolutions)
    optional = draw(st.fixed_dictionaries({}, optional={**OPTIONAL, "resolution": resolutions}))
    return {**required, **media, **optional}


SECONDS: list[object] = [-2, -1, 0, 3, 4, 9.0, 9.5, 15, 16]
RATIOS = ["adaptive", "16:9", "21:9", "2:1"]
MEDIUM_VALUES: list[object] = [
    *(IMAGES + VIDEOS + AUDIOS),
    *("", "media/a.png", "ftp://example.com/a", "https://", ASSET, "data:image/png,AAAA"),
    *("data:image/png;base64,AAA", "data:image/png;base64,AAAA="),
]
MEDIA_LISTS: list[object] = [
    *([IMAGES[0]], IMAGES, IMAGES * 5, [VIDEOS[0]], VIDEOS, VIDEOS * 2, [AUDIOS[0]], AUDIOS * 2),
    *([], [5], [ASSET], ["https://"]),
]
BOUNDARIES: dict[str, list[object]] = {
    "model": [*MODELS, "veo3.1"],
    "operation": [*OPERATIONS, "motion-control"],
    "duration": SECONDS,
    "seconds": SECONDS,
    "resolution": ["480p", "720p", "1080p", "4k", "8k"],
    "aspect_ratio": [*RATIOS],
    "ratio": [*RATIOS],
    "output_audio": [True, False, 1],
    "outputAudio": [True, False, 0],
    "generate_audio": [True, False, "true"],
    "watermark": [True, 1],
    "seed": [-2, -1, 4_294_967_295, 4_294_967_296],
    "execution_expires_after": [3_599, 3_600, 259_200, 259_201],
    "priority": [-1, 0, 9, 10],
    "safety_identifier": ["", "x" * 128, "x" * 129],
    "service_tier": ["default", "flex", "fast"],
    "draft": [False, True, 0],
    "task_id": ["", "x"],
    "extend_at": [-1, 0, 1e300],
    **dict.fromkeys(("image_url", "image", "video_url", "start_image", "end_image"), MEDIUM_VALUES),
    **dict.fromkeys(
        ("image_urls", "reference_images", "referenceImages", "video_urls", "audio_urls"),
        MEDIA_LISTS,
    ),
}
"""The last valid and the first invalid values of each field."""

VALUES: list[object] = [
    None,
    {},
    [[]],
    "5",
    *(value for values in BOUNDARIES.values() for value in values),
]

NAMES = [*sorted(KNOWN_NAMES - {"model"}), "style", "Prompt", "", "model"]


@st.composite
def altered_bodies(draw: st.DrawFn) -> dict[str, object]:
    """Legal requests with some fields set to any value, and some removed."""
    body = draw(legal_bodies())
    changed = st.sampled_from([*reversed(body)]) | st.sampled_from(NAMES)
    for name in draw(st.lists(changed, max_size=3)):
        boundaries = st.sampled_from(BOUNDARIES.get(name, VALUES))
        body[name] = draw(boundaries | boundaries | st.sampled_from(VALUES))
    for name in draw(st.sets(st.sampled_from([*reversed(body)]), max_size=1)):
        del body[name]
    return body


names = st.sampled_from([*NAMES, *OPERATIONS, *MODELS, "*"]) | st.text()
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(names, json_values, max_size=8)


@given(body=legal_bodies())
def test_legal_requests_are_accepted(body: Body) -> None:
    assert violated_rules(body) == []


@given(body=legal_bodies(), data=st.data())
def test_aliases_do_not_change_a_request(body: Body, data: st.DataObject) -> None:
    aliased = {
        data.draw(st.sampled_from([name, *ALIASES.get(name, [])])): value
        for name, value in body.items()
    }

    assert validate_request(aliased) == validate_request(body)


@given(body=legal_bodies(), data=st.data())
def test_equal_spellings_do_not_change_a_request(body: Body, data: st.DataObject) -> None:
    copies = {
        alias: body[name]
        for name, aliases in ALIASES.items()
        for alias in data.draw(st.sets(st.sampled_from(aliases)))
        if name in body
    }

    assert validate_request({**body, **copies}) == validate_request(body)


@given(body=legal_bodies(), name=st.sampled_from(list(DEFAULTS)))
def test_an_omitted_field_has_its_default(body: Body, name: str) -> None:
    omitted = {field: value for field, value in body.items() if field != name}

    assert validate_request(omitted) == validate_request({**omitted, name: DEFAULTS[name]})


@given(body=legal_bodies())
def test_an_omitted_operation_is_inferred(body: Body) -> None:
    omitted = {name: value for name, value in body.items() if name != "operation"}
    assume(infer_operation(omitted).name == body["operation"])

    assert validate_request(omitted) == validate_request(body)


@given(body=altered_bodies(), data=st.data())
def test_field_order_does_not_change_violations(body: Body, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(body.items()))))

    assert violated_rules(shuffled) == violated_rules(body)


@given(body=legal_bodies(), data=st.data())
def test_field_order_does_not_change_a_request(body: Body, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(body.items()))))

    assert validate_request(shuffled) == validate_request(body)


@given(body=legal_bodies())
def test_normalising_is_idempotent(body: Body) -> None:
    result = validate_request(body)

    assert isinstance(result, Accepted)
    assert validate_request(result.request) == result


@given(body=json_objects, tolerant=st.booleans())
def test_any_object_can_be_validated(body: Body, tolerant: bool) -> None:
    result = validate_request(body, tolerant=tolerant)

    assert isinstance(result, Accepted) or result.violations


@given(body=json_objects)
def test_any_rejection_is_json(body: Body) -> None:
    result = validate_request(body)

    assume(isinstance(result, Rejected))
    assert isinstance(result, Rejected)
    for violation in result.violations:
        entry = violation.error_entry()
        json.dumps([entry, dict(violation.breach.details)], allow_nan=False)


@given(body=altered_bodies() | json_objects)
def test_a_recommended_request_is_accepted(body: Body) -> None:
    assert violated_rules(recommended_request(rejection_of(body))) == []


SECRETS: list[object] = [
    "SECRET",
    "https://SECRET.example/a.png",
    "data:image/png;base64,SECRETSECRET",
    ["https://SECRET.example/a.mp4"],
    ["SECRET"] * 10,
    {"SECRET": "SECRET"},
    [["SECRET"]],
]
secret_fields = st.dictionaries(
    st.sampled_from(NAMES), st.sampled_from(SECRETS), min_size=1, max_size=4
)


@given(body=altered_bodies(), secrets=secret_fields)
def test_no_error_repeats_the_client(body: Body, secrets: Body) -> None:
    rejected = rejection_of({**body, **secrets})
    entries = [
        (violation.error_entry(), dict(violation.breach.details))
        for violation in rejected.violations
    ]

    assert "SECRET" not in json.dumps([entries, recommended_request(rejected)])


def rejection_of(body: Body) -> Rejected:
    """Return what is wrong with a body; nothing if it is accepted."""
    return Rejected(violations(body), parse_body(body))


@given(body=altered_bodies())
def test_the_schema_agrees_with_validation(body: Body) -> None:
    violated = {rule.id for rule in violated_rules(body)}
    # JSON Schema cannot compare lists: it refuses both spellings, also equal ones.
    assume(violated or not {"reference_images", "referenceImages"} <= body.keys())

    assert REQUEST.is_valid(body) == (not violated)
