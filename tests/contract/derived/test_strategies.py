"""Valid requests break no rule, invalid ones break the rule they name, and all shrink well."""

import json
from collections.abc import Callable

import pytest
from hypothesis import Phase, find, given, settings

from seedance_contract.declared.contract import RULES, RULES_BY_ID, Contract
from seedance_contract.declared.models import FAMILY, SEEDANCE_2_0
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.rules.rule import Rule
from seedance_contract.derived.strategies import (
    BoundaryPair,
    InvalidRequest,
    boundary_pairs,
    boundary_requests,
    doubly_invalid_requests,
    invalid_requests,
    rules_with_boundaries,
    valid_requests,
)
from seedance_contract.derived.validation import Accepted, validate_request, violated_rules

TASK = "ldtask_" + "0" * 32

CONTRACT_2_0 = Contract(model for model in FAMILY if model.family == SEEDANCE_2_0)
"""The contract without models of other generations, whose limits would widen the common ones."""

UNSHRUNK = settings(max_examples=5_000, database=None, phases=(Phase.generate,))
"""Settings that find an example and do not shrink it."""


@given(body=valid_requests())
def test_valid_requests_break_no_rule(body: Body) -> None:
    assert violated_rules(body) == []
    json.dumps(body, allow_nan=False).encode()


@pytest.mark.parametrize("model", [model.id for model in FAMILY])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_model_and_an_operation_can_be_chosen(model: str, operation: str) -> None:
    @settings(max_examples=5)
    @given(body=valid_requests(model, operation))
    def is_chosen(body: Body) -> None:
        result = validate_request(body)
        assert isinstance(result, Accepted)
        assert (result.request["model"], result.operation.name) == (model, operation)

    is_chosen()


def test_a_strategy_prints_in_a_few_lines() -> None:
    # Hypothesis warns about a longer text, and pytest makes an error of the warning.
    assert len(repr(valid_requests())) < 2_000


def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(KeyError):
        valid_requests("veo3.1")


@pytest.mark.parametrize(
    ("operation", "is_unusual"),
    [
        (None, lambda body: "ratio" in body),
        (None, lambda body: "operation" not in body),
        (None, lambda body: body.get("resolution") == "4k"),
        # One operation: of all requests only one in a thousand has so many.
        ("reference-to-video", lambda body: len(body.get("reference_images", [])) == 9),
        (None, lambda body: "\0" in body.get("prompt", "")),
        (None, lambda body: isinstance(body.get("priority"), float)),
    ],
    ids=["alias", "inferred", "4k", "nine images", "NUL", "5.0"],
)
def test_unusual_requests_are_drawn(
    operation: str | None, is_unusual: Callable[[Body], bool]
) -> None:
    find(valid_requests(operation=operation), is_unusual, settings=UNSHRUNK)


def test_the_simplest_request_is_readable() -> None:
    simplest = find(valid_requests(), lambda body: True)

    assert simplest == {"model": "seedance-2.0", "prompt": "0", "operation": "text-to-video"}


def test_only_given_tasks_are_continued() -> None:
    @given(body=valid_requests(operation="video-extension"))
    def continues_no_task(body: Body) -> None:
        assert "task_id" not in body

    continues_no_task()
    chosen = valid_requests(operation="video-extension", task_ids=[TASK])
    assert find(chosen, lambda body: "task_id" in body)["task_id"] == TASK


@given(invalid=invalid_requests())
def test_an_invalid_request_breaks_one_rule(invalid: InvalidRequest) -> None:
    assert violated_rules(invalid.body) == [invalid.rule]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_can_be_broken(rule: Rule) -> None:
    @settings(max_examples=1)
    @given(invalid=invalid_requests(rule))
    def breaks(invalid: InvalidRequest) -> None:
        assert invalid.rule is rule
        assert violated_rules(invalid.body) == [rule]

    breaks()


@given(pair=boundary_pairs())
def test_boundary_pairs_are_on_both_sides(pair: BoundaryPair) -> None:
    assert violated_rules(pair.valid) == []
    assert violated_rules(pair.invalid) == [pair.rule]


@pytest.mark.parametrize(
    ("rule", "field", "boundaries"),
    [
        ("duration.range", "duration", {-1, 4, 15}),
        ("seed.range", "seed", {-1, 4_294_967_295}),
        ("extend_at.range", "extend_at", {0, 1}),
        ("execution_expires_after.range", "execution_expires_after", {3_600, 259_200}),
        ("seedance-2.0-fast.resolution", "resolution", {"480p", "720p"}),
    ],
)
def test_boundaries_are_the_last_valid_values(
    rule: str, field: str, boundaries: set[object]
) -> None:
    values: set[object] = set()

    @given(body=boundary_requests(CONTRACT_2_0.rules[rule], CONTRACT_2_0))
    def collect(body: Body) -> None:
        values.add(body.get(field))

    collect()

    assert values - {None} == boundaries


def test_boundaries_of_an_item_count() -> None:
    counts: set[int] = set()

    @given(body=boundary_requests(CONTRACT_2_0.rules["reference_images.count"], CONTRACT_2_0))
    def collect(body: dict[str, list[str]]) -> None:
        counts.add(len(body["reference_images"]))

    collect()

    assert counts == {1, 9}


def test_only_rules_about_tasks_have_no_boundary() -> None:
    without = {rule.id for rule in RULES} - {rule.id for rule in rules_with_boundaries()}

    assert without == {"task_id.type", "task_id.length", "video-extension.one-source"}
    assert boundary_requests(RULES_BY_ID["task_id.type"]).is_empty


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_valid_bodies_do_not_break_their_rule(rule: Rule) -> None:
    body = {"model": "seedance-2.0", "prompt": "a paper boat", "operation": "text-to-video"}

    valid = list(rule.valid_bodies(body))

    assert valid or rule.id == "video-extension.one-source"
    assert all(rule not in violated_rules(candidate) for candidate in valid)


@settings(max_examples=30)
@given(case=doubly_invalid_requests())
def test_doubly_invalid_requests_break_two_rules(case: tuple[Body, tuple[Rule, Rule]]) -> None:
    body, rules = case

    assert violated_rules(body) == list(rules)


@pytest.mark.parametrize("alias", ["seconds", "ratio", "generate_audio", "referenceImages"])
def test_every_alias_is_drawn(alias: str) -> None:
    requests = valid_requests(operation="reference-to-video")

    assert alias in find(requests, lambda body: alias in body, settings=UNSHRUNK)
