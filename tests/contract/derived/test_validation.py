import json

import pytest

from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import Body
from seedance_contract.derived.validation import (
    Accepted,
    Rejected,
    validate_request,
    violated_rules,
)

IMAGE = "https://example.com/a.png"
VIDEO = "https://example.com/a.mp4"
AUDIO = "https://example.com/a.mp3"
ASSET = "asset://asset-20260101000000-abcde"
TEXT: Body = {"model": "seedance-2.0", "prompt": "a boat"}
SMALL = ("480p", "720p")

DEFAULTS = {
    "operation": "text-to-video",
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

ALLOWED: list[Body] = [
    {"operation": "text-to-video"},
    {"image_url": IMAGE},
    {"image": "data:image/jpeg;base64,/9j/"},
    {"image_urls": [IMAGE]},
    {"start_image": IMAGE, "end_image": "data:image/png;base64,AAAA"},
    {"reference_images": [IMAGE] * 9, "video_urls": [VIDEO] * 3, "audio_urls": [AUDIO] * 3},
    {"video_urls": [VIDEO], "audio_urls": [AUDIO]},
    {"image_urls": [IMAGE] * 2},
    {"image_urls": [IMAGE] * 9, "video_urls": [VIDEO] * 3, "audio_urls": [AUDIO] * 3},
    {"operation": "reference-to-video", "image_urls": [IMAGE] * 2},
    {"video_url": VIDEO},
    {"video_urls": [VIDEO]},
    {"task_id": "ldtask_0123456789abcdef0123456789abcdef", "extend_at": 0, "extend_times": "2"},
    {"operation": "video-extension", "video_url": VIDEO},
    {"duration": -1},
    {"duration": 4, "seconds": 4},
    {"duration": 15.0},
    {"priority": 9, "service_tier": "default"},
    {"draft": False},
    {"safety_identifier": "x" * 128},
]
REJECTED: list[tuple[Body, list[str]]] = [
    ({"model": "veo3.1"}, ["model.known"]),
    ({"operation": "audio-to-video"}, ["operation.known"]),
    ({"operation": "motion-control"}, ["operation.known"]),
    ({"prompt": ""}, ["prompt.length"]),
    ({"duration": 3}, ["duration.range"]),
    ({"duration": 60}, ["duration.range"]),
    ({"duration": "5"}, ["duration.type"]),
    ({"duration": True}, ["duration.type"]),
    ({"duration": 5, "seconds": 6}, ["duration.spellings"]),
    ({"output_audio": 1}, ["output_audio.type"]),
    ({"generate_audio": True, "outputAudio": False}, ["output_audio.spellings"]),
    ({"priority": 1, "service_tier": "flex"}, ["service_tier.flex"]),
    ({"frames": 24}, ["frames.unsupported"]),
    ({"output_format": "mp4"}, ["seedance-2.0.fields"]),
    ({"draft": True}, ["draft.unsupported"]),
    ({"referenceImageType": "style"}, ["reference_image_type.unsupported"]),
    ({"style": "anime"}, ["request.known"]),
    ({"image_url": "media/a.png"}, ["image_url.media"]),
    ({"image_url": IMAGE, "image": "data:image/png;base64,AAAA"}, ["image-to-video.one-image"]),
    ({"operation": "text-to-video", "start_image": IMAGE}, ["text-to-video.inputs"]),
    ({"image_url": IMAGE, "reference_images": [IMAGE]}, ["reference-to-video.inputs"]),
    (
        {"operation": "image-to-video", "video_url": VIDEO},
        ["image-to-video.image", "image-to-video.inputs"],
    ),
    ({"audio_urls": [AUDIO]}, ["reference-to-video.reference"]),
    ({"image_urls": [IMAGE] * 10}, ["image_urls.count"]),
    (
        {"operation": "image-to-video", "image_urls": [IMAGE] * 2},
        ["image-to-video.one-image"],
    ),
    ({"image_urls": [IMAGE], "audio_urls": [AUDIO]}, ["reference-to-video.image_urls"]),
    (
        {"operation": "reference-to-video", "image_urls": [IMAGE]},
        ["reference-to-video.image_urls"],
    ),
    ({"operation": "reference-to-video", "image_urls": []}, ["image_urls.count"]),
    (
        {"image_urls": [IMAGE] * 2, "referenceImages": [IMAGE]},
        ["reference-to-video.one-image-list"],
    ),
    ({"reference_images": [IMAGE] * 10}, ["reference_images.count"]),
    ({"video_urls": [VIDEO] * 4}, ["video_urls.count"]),
    ({"start_image": IMAGE}, ["start-end-to-video.end_image"]),
    ({"extend_at": -1, "task_id": "x"}, ["extend_at.range"]),
    ({"material_asset_id": "asset-20260101000000-abcde"}, ["material.fields"]),
    ({"start_image": ASSET, "end_image": IMAGE}, ["material.uris"]),
    (
        {"seed": -2, "fps": 1, "resolution": "8k"},
        ["resolution.value", "seed.range", "fps.unsupported"],
    ),
]


def case_id(body: Body) -> str:
    return json.dumps(body)[:60]


@pytest.mark.parametrize("body", ALLOWED, ids=case_id)
def test_documented_requests_are_accepted(body: Body) -> None:
    assert isinstance(validate_request({**TEXT, **body}), Accepted)


@pytest.mark.parametrize(("body", "rules"), REJECTED, ids=[case_id(body) for body, _ in REJECTED])
def test_undocumented_requests_are_rejected(body: Body, rules: list[str]) -> None:
    assert [rule.id for rule in violated_rules({**TEXT, **body})] == rules


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("resolution", ["480p", "720p", "1080p", "4k"])
@pytest.mark.parametrize("media", [{}, {"reference_images": [IMAGE]}], ids=["text", "reference"])
def test_a_model_renders_only_its_resolutions(model: str, resolution: str, media: Body) -> None:
    result = validate_request({**TEXT, **media, "model": model, "resolution": resolution})

    assert isinstance(result, Accepted) == (resolution in SMALL or model == "seedance-2.0")


@pytest.mark.parametrize(
    "body",
    [
        {"image_url": ASSET},
        {"image": ASSET},
        {"image_urls": [ASSET]},
        {"reference_images": [IMAGE, ASSET]},
        {"start_image": ASSET, "end_image": IMAGE},
        {"start_image": IMAGE, "end_image": ASSET},
        {"video_url": ASSET},
        {"material_asset_id": "asset-20260101000000-abcde"},
        {"material_asset_ids": ["asset-20260101000000-abcde"]},
    ],
    ids=case_id,
)
def test_materials_are_rejected_everywhere(body: Body) -> None:
    assert isinstance(validate_request({**TEXT, **body}), Rejected)


def test_an_empty_body_lacks_model_and_prompt() -> None:
    assert [rule.id for rule in violated_rules({})] == ["model.required", "text-to-video.prompt"]


def test_omitted_fields_have_defaults() -> None:
    result = validate_request(TEXT)

    assert isinstance(result, Accepted)
    assert result.request == {**DEFAULTS, **TEXT}
    assert (result.operation.name, result.ignored_fields) == ("text-to-video", ())


def test_whole_floats_become_integers() -> None:
    result = validate_request({**TEXT, "seconds": 9.0, "seed": -1.0})

    assert isinstance(result, Accepted)
    assert (repr(result.request["duration"]), repr(result.request["seed"])) == ("9", "-1")


@pytest.mark.parametrize(
    ("alias", "name", "value"),
    [
        ("ratio", "aspect_ratio", "9:16"),
        ("seconds", "duration", 9),
        ("generate_audio", "output_audio", False),
        ("outputAudio", "output_audio", False),
        ("referenceImages", "reference_images", [IMAGE]),
    ],
)
def test_an_alias_means_its_field(alias: str, name: str, value: object) -> None:
    result = validate_request({**TEXT, alias: value})

    assert isinstance(result, Accepted)
    assert result.request[name] == value
    assert alias not in result.request


def test_user_replaces_a_missing_safety_identifier() -> None:
    result = validate_request({**TEXT, "user": "somebody"})

    assert isinstance(result, Accepted)
    assert result.request["safety_identifier"] == "somebody"


def test_safety_identifier_wins_over_user() -> None:
    result = validate_request({**TEXT, "user": "somebody", "safety_identifier": "else"})

    assert isinstance(result, Accepted)
    assert (result.request["user"], result.request["safety_identifier"]) == ("somebody", "else")


def test_a_long_user_becomes_a_legal_identifier() -> None:
    result = validate_request({**TEXT, "user": "u" * 129})

    assert isinstance(result, Accepted)
    assert violated_rules(result.request) == []


@pytest.mark.parametrize("no_op", [{"draft": False}, {"service_tier": "default"}], ids=case_id)
def test_a_no_op_is_removed(no_op: Body) -> None:
    assert validate_request({**TEXT, **no_op}) == validate_request(TEXT)


def test_an_unknown_field_can_be_tolerated() -> None:
    result = validate_request({**TEXT, "style": "anime", "a b": 1}, tolerant=True)

    assert isinstance(result, Accepted)
    assert result.ignored_fields == ("style", "(unnamed)")
    assert result.request == {**DEFAULTS, **TEXT}


def test_known_fields_are_never_ignored() -> None:
    assert validate_request(TEXT, tolerant=True) == validate_request(TEXT)


def test_tolerance_does_not_apply_to_values() -> None:
    result = validate_request({**TEXT, "style": "anime", "seed": -2}, tolerant=True)

    assert isinstance(result, Rejected)
    assert [violation.rule.id for violation in result.violations] == ["seed.range"]


class CountedName(str):
    """A field name that counts how often it is compared."""

    __slots__ = ()
    __hash__ = str.__hash__
    comparisons = 0

    def __eq__(self, other: object) -> bool:
        CountedName.comparisons += 1
        return str.__eq__(self, other)


def test_tolerance_compares_each_name_a_bounded_number_of_times() -> None:
    names = [CountedName(f"unknown_{number}") for number in range(200)]
    body: dict[str, object] = {**TEXT}
    body.update((name, 1) for name in names)
    CountedName.comparisons = 0

    result = validate_request(body, tolerant=True)

    assert isinstance(result, Accepted)
    assert len(result.ignored_fields) == len(names)
    assert CountedName.comparisons <= 10 * len(names)


@pytest.mark.parametrize("name", ["image-to-video", "video-extension", "seedance-2.0-fast", "*"])
def test_a_field_named_like_a_topic_is_unknown(name: str) -> None:
    body = {**TEXT, "resolution": "4k", name: True}

    assert [rule.id for rule in violated_rules(body)] == ["request.known"]
    assert isinstance(validate_request(body, tolerant=True), Accepted)


def test_a_rejection_lists_every_violation() -> None:
    result = validate_request({"model": "seedance-2.0-mini", "resolution": "4k", "a": 1, "b": 2})

    assert isinstance(result, Rejected)
    assert [violation.error_entry() for violation in result.violations] == [
        {
            "field": "resolution",
            "message": "resolution must be one of 480p, 720p on seedance-2.0-mini",
            "code": "unsupported_resolution",
        },
        {
            "field": "prompt",
            "message": "prompt is required for text-to-video",
            "code": "required",
        },
        {"field": "a", "message": "a is not a field of this request", "code": "unknown_parameter"},
        {"field": "b", "message": "b is not a field of this request", "code": "unknown_parameter"},
    ]
    assert result.parsed.model is not None


def test_a_rule_broken_twice_is_listed_once() -> None:
    assert [rule.id for rule in violated_rules({**TEXT, "a": 1, "b": 2})] == ["request.known"]
