"""Strategies: legal requests are legal, faulty ones have the fault they say, all shrink well."""

import json

import pytest
from hypothesis import Phase, find, given, settings

from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.rule import Rule
from seedance_contract.declared.rules import RULES, RULES_BY_ID
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

UNSHRUNK = settings(max_examples=5_000, database=None, phases=(Phase.generate,))
"""Settings that look for something, and take it as it is found."""


@given(body=valid_requests())
def test_valid_requests_keep_every_rule(body: Body) -> None:
    assert violated_rules(body) == []
    json.dumps(body, allow_nan=False).encode()


@pytest.mark.parametrize("model", [model.id for model in FAMILY])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_model_and_an_operation_can_be_asked_for(model: str, operation: str) -> None:
    @settings(max_examples=5)
    @given(body=valid_requests(model, operation))
    def asked_for(body: Body) -> None:
        verdict = validate_request(body)
        assert isinstance(verdict, Accepted)
        assert (verdict.request["model"], verdict.operation.name) == (model, operation)

    asked_for()


def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(KeyError):
        valid_requests("veo3.1")


@pytest.mark.parametrize(
    "wanted",
    [
        lambda body: "ratio" in body,
        lambda body: "operation" not in body,
        lambda body: body.get("resolution") == "4k",
        lambda body: len(body.get("reference_images", [])) == 9,
        lambda body: "\0" in body.get("prompt", ""),
        lambda body: isinstance(body.get("priority"), float),
    ],
    ids=["alias", "inferred", "4k", "nine images", "NUL", "5.0"],
)
def test_unusual_requests_are_found(wanted: object) -> None:
    assert callable(wanted)
    find(valid_requests(), wanted, settings=UNSHRUNK)


def test_the_simplest_request_can_be_read() -> None:
    simplest = find(valid_requests(), lambda body: True)

    assert simplest == {"model": "seedance-2.0", "prompt": "0", "operation": "text-to-video"}


def test_no_task_is_continued_unless_it_is_named() -> None:
    @given(body=valid_requests(operation="video-extension"))
    def unnamed(body: Body) -> None:
        assert "task_id" not in body

    unnamed()
    chosen = valid_requests(operation="video-extension", task_ids=[TASK])
    assert find(chosen, lambda body: "task_id" in body)["task_id"] == TASK


@given(fault=invalid_requests())
def test_a_faulty_request_has_one_fault(fault: InvalidRequest) -> None:
    assert violated_rules(fault.body) == [fault.rule]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_can_be_broken(rule: Rule) -> None:
    @settings(max_examples=1)
    @given(fault=invalid_requests(rule))
    def broken(fault: InvalidRequest) -> None:
        assert fault.rule is rule
        assert violated_rules(fault.body) == [rule]

    broken()


@given(pair=boundary_pairs())
def test_neighbours_are_on_both_sides(pair: BoundaryPair) -> None:
    assert violated_rules(pair.valid) == []
    assert violated_rules(pair.invalid) == [pair.rule]


@pytest.mark.parametrize(
    ("rule", "field", "edges"),
    [
        ("duration.range", "duration", {-1, 4, 15}),
        ("seed.range", "seed", {-1, 4_294_967_295}),
        ("extend_at.range", "extend_at", {0, 1}),
        ("execution_expires_after.range", "execution_expires_after", {3_600, 259_200}),
        ("seedance-2.0-fast.resolution", "resolution", {"480p", "720p"}),
    ],
)
def test_edges_are_the_last_legal_values(rule: str, field: str, edges: set[object]) -> None:
    found: set[object] = set()

    @given(body=boundary_requests(RULES_BY_ID[rule]))
    def collect(body: Body) -> None:
        found.add(body.get(field))

    collect()

    assert found - {None} == edges


def test_the_edges_of_a_count_are_counts() -> None:
    found: set[int] = set()

    @given(body=boundary_requests(RULES_BY_ID["reference_images.count"]))
    def collect(body: dict[str, list[str]]) -> None:
        found.add(len(body["reference_images"]))

    collect()

    assert found == {1, 9}


def test_only_rules_about_other_tasks_have_no_edge() -> None:
    edgeless = {rule.id for rule in RULES} - {rule.id for rule in rules_with_boundaries()}

    assert edgeless == {"task_id.type", "task_id.length", "video-extension.one-source"}
    assert boundary_requests(RULES_BY_ID["task_id.type"]).is_empty


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_a_rule_keeps_does_not_break_it(rule: Rule) -> None:
    body = {"model": "seedance-2.0", "prompt": "a paper boat", "operation": "text-to-video"}

    kept = list(rule.valid_bodies(body))

    assert kept or rule.id == "video-extension.one-source"
    assert all(rule not in violated_rules(one) for one in kept)


@settings(max_examples=30)
@given(found=doubly_invalid_requests())
def test_two_faults_are_two(found: tuple[Body, tuple[Rule, Rule]]) -> None:
    body, rules = found

    assert violated_rules(body) == list(rules)


@pytest.mark.parametrize("alias", ["seconds", "ratio", "generate_audio", "referenceImages"])
def test_every_spelling_is_used(alias: str) -> None:
    assert alias in find(valid_requests(), lambda body: alias in body, settings=UNSHRUNK)
