from collections import Counter
from dataclasses import replace

import pytest

from seedance_contract.declared import examples
from seedance_contract.declared.contract import RULES, RULES_BY_ID, Contract
from seedance_contract.declared.models import FAMILY, MODELS, SEEDANCE_2_0
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rules.contract_rules import rules_for
from seedance_contract.declared.rules.rule import Rule
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
SMALL: Body = {"model": "seedance-2.0", "prompt": "a boat"}
UNUSUAL: dict[str, Body] = {
    "text, defaults": SMALL,
    "text, every field": {
        **SMALL,
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
    "text, in aliases": {**SMALL, "seconds": 15, "ratio": "1:1", "outputAudio": True},
    "text, two spellings": {**SMALL, "seconds": 4, "duration": 4.0, "generate_audio": False},
    "text in 4k": {**SMALL, "resolution": "4k"},
    "image, inline": {**SMALL, "image": INLINE},
    "image, listed": {**SMALL, "operation": "image-to-video", "image_urls": [IMAGE]},
    "start and end, inline": {**SMALL, "start_image": INLINE, "end_image": INLINE},
    "references, every kind": {
        **SMALL,
        "referenceImages": [IMAGE] * 9,
        "video_urls": [VIDEO] * 3,
        "audio_urls": [AUDIO] * 3,
    },
    "references, listed": {**SMALL, "image_urls": [IMAGE] * 2},
    "references, videos only": {**SMALL, "video_urls": [VIDEO] * 2},
    "reference, one video": {**SMALL, "operation": "reference-to-video", "video_urls": [VIDEO]},
    "video, listed": {**SMALL, "video_urls": [VIDEO]},
    "extension of a task": {"model": "seedance-2.0-mini", "task_id": TASK},
    "extension, every field": {
        **SMALL,
        "video_url": VIDEO,
        "extend_at": 0,
        "extend_times": "2",
    },
}
LEGAL = ORDINARY | UNUSUAL


@pytest.mark.parametrize("body", LEGAL.values(), ids=LEGAL)
def test_a_legal_body_breaks_no_rule(body: Body) -> None:
    assert violated_rules(body) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_can_be_broken_alone(rule: Rule) -> None:
    not_alone = {
        f"{name}: {invalid}": [violated.id for violated in violated_rules(invalid)]
        for name, body in LEGAL.items()
        for invalid in rule.invalid_bodies(body)
        if violated_rules(invalid) != [rule]
    }

    assert not_alone == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_invalid_bodies(rule: Rule) -> None:
    assert all(list(rule.invalid_bodies(body)) for body in LEGAL.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_breach_names_a_field_and_a_reason(rule: Rule) -> None:
    [first, *_] = rule.invalid_bodies(SMALL)

    breaches = list(rule.breaches(parse_body(first)))

    assert breaches
    assert all(breach.field and breach.message for breach in breaches)


def test_every_rule_has_source_and_requirement() -> None:
    assert [rule.id for rule in RULES if not rule.source.place] == []
    assert [rule.id for rule in RULES if not rule.requirement()] == []
    assert [rule.id for rule in RULES if not rule.code] == []


def test_rule_ids_are_unique() -> None:
    repeated = [name for name, count in Counter(rule.id for rule in RULES).items() if count > 1]

    assert repeated == []
    assert list(RULES_BY_ID.values()) == list(RULES)


def test_rules_have_a_fixed_order() -> None:
    ids = list(RULES_BY_ID)

    assert ids[:5] == [
        "model.required",
        "model.known",
        "operation.known",
        "model.type",
        "operation.type",
    ]
    assert ids[-3:] == ["material.fields", "material.uris", "request.known"]


def test_order_of_the_rules_of_a_field() -> None:
    assert [rule_id for rule_id in RULES_BY_ID if rule_id.startswith("reference_images.")] == [
        "reference_images.spellings",
        "reference_images.type",
        "reference_images.count",
        "reference_images.media",
    ]


def test_only_small_models_refuse_resolutions() -> None:
    rules = Contract(model for model in FAMILY if model.family == SEEDANCE_2_0).rules

    assert [rule_id for rule_id in rules if rule_id.endswith(".resolution")] == [
        "seedance-2.0-fast.resolution",
        "seedance-2.0-mini.resolution",
    ]


def test_rules_about_operations() -> None:
    assert [
        rule_id
        for rule_id in RULES_BY_ID
        if "-to-video." in rule_id or rule_id.startswith("video-extension")
    ] == [
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
        "reference-to-video.image_urls",
        "reference-to-video.one-image-list",
        "reference-to-video.inputs",
        "video-to-video.prompt",
        "video-to-video.video",
        "video-to-video.one-video",
        "video-to-video.inputs",
        "video-extension.source",
        "video-extension.one-source",
        "video-extension.inputs",
    ]


def test_undocumented_rules_are_assumed() -> None:
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


def test_a_model_that_takes_every_field_has_no_rule_about_fields() -> None:
    model = replace(MODELS["seedance-2.0"], unsupported_fields=())

    ids = {rule.id for rule in rules_for({model.id: model}, {model.id: model})}

    assert "seedance-2.0.fields" not in ids
    assert "seedance-2.0.fields" in {rule.id for rule in RULES}
