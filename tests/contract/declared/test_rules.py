from collections import Counter

import pytest

from seedance_contract.declared import examples
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rule import Rule
from seedance_contract.declared.rules import RULES, RULES_BY_ID
from seedance_contract.declared.sources import Weight
from seedance_contract.derived.validation import violated_rules

IMAGE = "https://example.com/a.png"
VIDEO = "https://example.com/a.mp4"
AUDIO = "https://example.com/a.mp3"
INLINE = "data:image/png;base64,iVBORw0KGgo="
TASK = "ldtask_0123456789abcdef0123456789abcdef"

ORDINARY: dict[str, Body] = {
    f"{operation.name} on {model.id}": examples.example_request(operation, model.id)
    for model in FAMILY
    for operation in OPERATIONS.values()
}
SHORT: Body = {"model": "seedance-2.0", "prompt": "a boat"}
UNUSUAL: dict[str, Body] = {
    "text, nothing said": SHORT,
    "text, all said": {
        **SHORT,
        "model": "seedance-2.0-fast",
        "operation": "text-to-video",
        "duration": -1,
        "resolution": "480p",
        "aspect_ratio": "21:9",
        "output_audio": False,
        "watermark": True,
        "return_last_frame": True,
        "seed": 4_294_967_295,
        "execution_expires_after": 3_600,
        "priority": 9,
        "safety_identifier": "somebody",
        "service_tier": "default",
        "user": "somebody",
        "draft": False,
    },
    "text, in aliases": {**SHORT, "seconds": 15, "ratio": "1:1", "outputAudio": True},
    "text, spelled twice": {**SHORT, "seconds": 4, "duration": 4.0, "generate_audio": False},
    "text in 4k": {**SHORT, "resolution": "4k"},
    "image, inline": {**SHORT, "image": INLINE},
    "image, listed": {**SHORT, "operation": "image-to-video", "image_urls": [IMAGE]},
    "start and end, inline": {**SHORT, "start_image": INLINE, "end_image": INLINE},
    "references, all": {
        **SHORT,
        "referenceImages": [IMAGE] * 9,
        "video_urls": [VIDEO] * 3,
        "audio_urls": [AUDIO] * 3,
    },
    "references, videos only": {**SHORT, "video_urls": [VIDEO] * 2},
    "reference, one video": {**SHORT, "operation": "reference-to-video", "video_urls": [VIDEO]},
    "video, listed": {**SHORT, "video_urls": [VIDEO]},
    "extension of a task": {"model": "seedance-2.0-mini", "task_id": TASK},
    "extension, all said": {
        **SHORT,
        "video_url": VIDEO,
        "extend_at": 0,
        "extend_times": "2",
    },
}
LEGAL = ORDINARY | UNUSUAL


@pytest.mark.parametrize("body", LEGAL.values(), ids=LEGAL)
def test_a_legal_body_keeps_every_rule(body: Body) -> None:
    assert violated_rules(body) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_can_be_broken_alone(rule: Rule) -> None:
    others = {
        f"{name}: {broken}": [one.id for one in violated_rules(broken)]
        for name, body in LEGAL.items()
        for broken in rule.invalid_bodies(body)
        if violated_rules(broken) != [rule]
    }

    assert others == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_ways_to_be_broken(rule: Rule) -> None:
    assert all(list(rule.invalid_bodies(body)) for body in LEGAL.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_breach_names_a_field_and_a_reason(rule: Rule) -> None:
    [first, *_] = rule.invalid_bodies(SHORT)

    breaches = list(rule.breaches(parse_body(first)))

    assert breaches
    assert all(one.field and one.message for one in breaches)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_it_rests_on(rule: Rule) -> None:
    assert rule.source.place
    assert rule.requirement()
    assert rule.code


def test_every_rule_has_an_id_of_its_own() -> None:
    repeated = [name for name, count in Counter(rule.id for rule in RULES).items() if count > 1]

    assert repeated == []
    assert list(RULES_BY_ID.values()) == list(RULES)


def test_rules_are_reported_in_a_fixed_order() -> None:
    ids = list(RULES_BY_ID)

    assert ids[:5] == [
        "model.required",
        "model.known",
        "operation.known",
        "model.type",
        "operation.type",
    ]
    assert ids[-3:] == ["material.fields", "material.uris", "request.known"]


def test_rules_of_one_field_stand_in_this_order() -> None:
    assert [one for one in RULES_BY_ID if one.startswith("reference_images.")] == [
        "reference_images.spellings",
        "reference_images.type",
        "reference_images.count",
        "reference_images.media",
    ]


def test_only_small_models_refuse_resolutions() -> None:
    assert [one for one in RULES_BY_ID if one.endswith(".resolution")] == [
        "seedance-2.0-fast.resolution",
        "seedance-2.0-mini.resolution",
    ]


def test_rules_about_operations() -> None:
    assert [one for one in RULES_BY_ID if "-to-video." in one or one.startswith("video-ex")] == [
        "text-to-video.prompt",
        "text-to-video.inputs",
        "image-to-video.prompt",
        "image-to-video.image",
        "image-to-video.one-image",
        "image-to-video.inputs",
        "start-end-to-video.prompt",
        "start-end-to-video.start_image",
        "start-end-to-video.end_image",
        "start-end-to-video.inputs",
        "reference-to-video.prompt",
        "reference-to-video.reference",
        "reference-to-video.inputs",
        "video-to-video.prompt",
        "video-to-video.video",
        "video-to-video.one-video",
        "video-to-video.inputs",
        "video-extension.source",
        "video-extension.one-source",
        "video-extension.inputs",
    ]


def test_rules_that_no_document_states_are_marked() -> None:
    assumed = {rule.id for rule in RULES if rule.source.weight is Weight.ASSUMED}

    assert assumed >= {
        "fps.unsupported",
        "negative_prompt.unsupported",
        "cfg_scale.unsupported",
        "motion_strength.unsupported",
        "size.unsupported",
        "effect_type.unsupported",
        "audio_url.unsupported",
        "reference_image_type.unsupported",
        "video-extension.one-source",
    }
    assert assumed.isdisjoint({"request.known", "draft.unsupported", "service_tier.flex"})
