"""The rules of v3: each refuses what it says, and nothing else refuses it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seedance_contract.declared.v3.models import V3_MODELS
from seedance_contract.declared.v3.rules.field_rules import ModelSupportRule
from seedance_contract.declared.v3.rules.rule import V3Rule, parse_v3_body
from seedance_contract.declared.v3.rules.v3_rules import V3_RULES, V3_RULES_BY_ID
from seedance_contract.derived.v3.v3_validation import (
    V3Accepted,
    V3Rejected,
    v3_violations,
    validate_v3_request,
)

BODY: dict[str, Any] = {
    "model": "doubao-seedance-2-0-260128",
    "content": [{"type": "text", "text": "A kite above a harbour"}],
}

EACH_RULE = pytest.mark.parametrize("rule", V3_RULES, ids=lambda rule: rule.id)


def test_ids_are_unique() -> None:
    assert len(V3_RULES_BY_ID) == len(V3_RULES)


@EACH_RULE
def test_an_invalid_body_breaks_only_its_rule(rule: V3Rule) -> None:
    for body in rule.invalid_bodies(BODY):
        violations = v3_violations(body)

        assert {violation.rule.id for violation in violations} == {rule.id}, body
        assert all(violation.breach.message for violation in violations)


@EACH_RULE
def test_a_valid_body_breaks_no_rule(rule: V3Rule) -> None:
    for body in rule.valid_bodies(BODY):
        assert v3_violations(body) == []


@EACH_RULE
def test_a_rule_says_what_it_requires_and_where_from(rule: V3Rule) -> None:
    assert rule.id.startswith("v3.")
    assert rule.requirement()
    assert rule.source.place


@pytest.mark.parametrize(
    ("rule", "model", "value"),
    [
        # `v3.model.known` and the rule about unsupported fields report these.
        ("v3.duration.range", "veo-3", 99),
        ("v3.priority.range", next(iter(V3_MODELS)), 5),
        ("v3.priority.type", next(iter(V3_MODELS)), 5),
    ],
)
def test_a_value_without_a_fault_of_its_own_is_no_breach(
    rule: str, model: str, value: object
) -> None:
    field = rule.split(".")[1]
    parsed = parse_v3_body({**BODY, "model": model, field: value}, V3_MODELS)

    assert list(V3_RULES_BY_ID[rule].breaches(parsed)) == []


@pytest.mark.parametrize(
    ("model", "content", "message"),
    [
        # An unknown model has no limit that could be named.
        ("veo-3", [], "content: must not be empty"),
        ("seedance-2.0", [], "content: must not be empty"),
        ("seedance-2.0", BODY["content"] * 17, "content: must have at most 16 items"),
        ("seedance-2.0", {}, "content: must be an array"),
    ],
)
def test_a_content_of_the_wrong_size_is_explained(
    model: str, content: object, message: str
) -> None:
    parsed = parse_v3_body({"model": model, "content": content}, V3_MODELS)

    breaches = V3_RULES_BY_ID["v3.content.size"].breaches(parsed)

    assert [breach.message for breach in breaches] == [message]


def test_a_ratio_beside_a_text_is_no_breach_of_the_frame() -> None:
    name = next(name for name in V3_MODELS if list(frame_bodies(name)))
    [body, *_] = frame_bodies(name)
    parsed = parse_v3_body({**body, "content": BODY["content"]}, V3_MODELS)

    assert list(V3_RULES_BY_ID["v3.ratio.frames"].breaches(parsed)) == []


def frame_bodies(name: str) -> list[dict[str, Any]]:
    """Return bodies of a model with a ratio that is not allowed beside a first frame."""
    bodies = V3_RULES_BY_ID["v3.ratio.frames"].invalid_bodies(BODY)
    return [dict(body) for body in bodies if body["model"] == name]


def test_a_field_that_all_models_take_has_no_invalid_body() -> None:
    [rule, *_] = [rule for rule in V3_RULES if isinstance(rule, ModelSupportRule)]

    assert list(replace(rule, models={}).invalid_bodies(BODY)) == []


@pytest.mark.parametrize("name", V3_MODELS)
def test_a_model_has_a_rule_for_what_it_does_not_take(name: str) -> None:
    model = V3_MODELS[name]
    assert model.v3 is not None
    body = {**BODY, "model": name, "priority": 1, "output_format": "mov", "seed": 1}

    refused = {violation.breach.field for violation in v3_violations(body)}

    assert refused == set(model.v3.unsupported_fields)


def test_all_violations_are_found_in_the_order_of_the_rules() -> None:
    body = {"content": [{"type": "text"}], "fps": 24, "duration": "5", "ratio": "2:1"}

    ids = [violation.rule.id for violation in v3_violations(body)]

    positions = [list(V3_RULES_BY_ID).index(rule_id) for rule_id in ids]
    assert positions == sorted(positions)
    assert set(ids) == {
        "v3.model.required",
        "v3.content.value",
        "v3.duration.type",
        "v3.ratio.value",
        "v3.request.known",
    }


def test_media_become_fields_of_v1() -> None:
    content = [
        {"type": "image_url", "image_url": {"url": "https://example.com/1.png"}},
        {
            "type": "image_url",
            "image_url": {"url": "https://example.com/2.png"},
            "role": "last_frame",
        },
    ]

    verdict = validate_v3_request({**BODY, "content": content, "duration": 5.0})

    assert isinstance(verdict, V3Accepted)
    assert verdict.request["start_image"] == "https://example.com/1.png"
    assert verdict.request["end_image"] == "https://example.com/2.png"
    assert verdict.request["duration"] == 5
    assert "prompt" not in verdict.request


def test_references_become_lists() -> None:
    content = [
        {
            "type": "video_url",
            "video_url": {"url": f"https://example.com/{number}.mp4"},
            "role": "reference_video",
        }
        for number in (1, 2)
    ]

    verdict = validate_v3_request({**BODY, "content": content})

    assert isinstance(verdict, V3Accepted)
    assert verdict.request["video_urls"] == [
        "https://example.com/1.mp4",
        "https://example.com/2.mp4",
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": [], "content": {}},
        {"model": None, "content": [None, [], 1, {"type": []}, {"type": None}]},
        {**BODY, "content": [{"type": "image_url", "image_url": {"url": None}, "role": []}]},
        {**BODY, "tools": None, "seed": True, "draft": 1},
        {**BODY, "sk-secret in a name": 1},
    ],
)
def test_any_object_has_a_verdict_without_values_of_the_client(body: dict[str, Any]) -> None:
    verdict = validate_v3_request(body)

    assert isinstance(verdict, V3Rejected)
    assert "sk-" not in str([violation.breach for violation in verdict.violations])
