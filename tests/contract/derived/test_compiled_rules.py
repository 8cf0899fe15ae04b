"""The compiled rules find the same breaches as a plain evaluation of every rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_contract.declared.contract import CONTRACT, RULES
from seedance_contract.declared.fields import KNOWN_NAMES
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rules.rule import Rule, request_topics
from seedance_contract.derived import compiled_rules
from seedance_contract.derived.compiled_rules import RuleBreach, find_breaches

BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

values: st.SearchStrategy[object] = (
    st.sampled_from([*MODELS, *OPERATIONS, "720p", "4k", "16:9", "flex", "https://example.com/a"])
    | st.integers(-2, 20)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.lists(st.sampled_from(["https://example.com/a", "data:image/png;base64,AAAA", ""]))
)
bodies = st.dictionaries(
    st.sampled_from([*sorted(KNOWN_NAMES), "style"]), values, max_size=6
) | st.builds(
    lambda model, fields: {"model": model, "prompt": "a", **fields},
    st.sampled_from(list(MODELS)),
    st.dictionaries(st.sampled_from(sorted(KNOWN_NAMES)), values, max_size=3),
)


def plainly_evaluated(body: Body) -> list[RuleBreach]:
    reading = parse_body(body)
    topics = set(request_topics(reading))
    return [
        (position, rule, breach)
        for position, rule in enumerate(RULES)
        if not topics.isdisjoint(rule.topics)
        for breach in rule.breaches(reading)
    ]


@given(bodies)
def test_compiled_rules_find_every_breach(body: dict[str, Any]) -> None:
    assert find_breaches(parse_body(body)) == plainly_evaluated(body)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_compiled_rules_agree_on_each_rule(rule: Rule) -> None:
    for body in (*rule.invalid_bodies(BODY), *rule.valid_bodies(BODY)):
        assert find_breaches(parse_body(body)) == plainly_evaluated(body)


def test_an_ordinary_request_needs_value_checks_only() -> None:
    plan = compiled_rules._plan_for(parse_body({**BODY, "resolution": "720p"}), CONTRACT)

    assert not plan.known_breaches
    assert not plan.other_rules
    assert {name for name, *_ in plan.value_checks} == {"model", "prompt", "resolution"}


def test_a_field_with_a_single_spelling_has_no_spellings_to_compare() -> None:
    plan = compiled_rules._plan_for(parse_body({**BODY, "duration": 5}), CONTRACT)

    assert not plan.other_rules


def test_names_alone_can_break_a_rule() -> None:
    body = {"model": "seedance-2.0", "start_image": "https://a.example/"}

    plan = compiled_rules._plan_for(parse_body(body), CONTRACT)

    assert [rule.id for _, rule, _ in plan.known_breaches] == [
        "start-end-to-video.prompt",
        "start-end-to-video.end_image",
    ]


def test_undocumented_names_are_not_cached() -> None:
    before = compiled_rules._compile_plan.cache_info().currsize

    find_breaches(parse_body({**BODY, "sk-a-secret": 1}))

    assert compiled_rules._compile_plan.cache_info().currsize == before


def test_a_names_only_body_has_no_values() -> None:
    names = compiled_rules._NamesOnlyBody(("model",))

    assert ("model" in names, "prompt" in names, list(names), len(names)) == (
        *(True, False, ["model"], 1),
    )
    assert names.get("prompt") is None
    with pytest.raises(compiled_rules._ValueNeeded):
        names.get("model")
