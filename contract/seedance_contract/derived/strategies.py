"""Hypothesis strategies of create requests, derived from the rules. They state no limit.

For your own property tests:

    @given(valid_requests())
    def test_my_client_sends_any_legal_request(body): ...

Every example shrinks towards a small text-to-video request that a person can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.field import Field
from seedance_contract.declared.fields import ALIASES, FIELDS, MATERIAL_FIELDS
from seedance_contract.declared.media_limits import MediaUrl
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import (
    OPERATIONS,
    Body,
    InputRequirement,
    Operation,
    infer_operation,
)
from seedance_contract.declared.rules.rule import Rule
from seedance_contract.derived.schemas.request_schema import branch_schema
from seedance_contract.derived.validation import violated_rules

MAX_TEXT_LENGTH = 200
"""The length of the longest text that is drawn if the contract sets no limit."""

MAX_INTEGER = 60
"""The largest integer that is drawn if the contract sets no limit."""

# Surrogates are left out: they cannot be encoded in UTF-8, so no JSON body can carry them.
_CHARACTERS = st.characters(exclude_categories=["Cs"])

Strategies = Mapping[str, st.SearchStrategy[Any]]
"""The strategy of each field."""


@dataclass(frozen=True, slots=True)
class InvalidRequest:
    """A request that breaks `rule` and no other."""

    body: Body
    rule: Rule


@dataclass(frozen=True, slots=True)
class BoundaryPair:
    """The last valid request and the first invalid one at a boundary of `rule`."""

    valid: Body
    invalid: Body
    rule: Rule


def valid_requests(
    model: str | None = None,
    operation: str | None = None,
    *,
    task_ids: Sequence[str] = (),
    contract: Contract = CONTRACT,
) -> st.SearchStrategy[dict[str, Any]]:
    """Requests that satisfy every rule, in all spellings, with and without defaults, in any script.

    Args:
        model: the id of the only model to draw; None for all models.
        operation: the name of the only operation to draw; None for all operations.
        task_ids: completed tasks that a video-extension may continue. Without them it always
            starts from a URL: a request alone cannot name a task that exists.
        contract: the models and rules.

    Raises KeyError for a model or an operation that the contract does not have.
    """
    models = list(contract.models.values()) if model is None else [contract.models[model]]
    names = list(OPERATIONS) if operation is None else [OPERATIONS[operation].name]
    # By name: Hypothesis prints the arguments of a strategy when a test fails.
    branches = [(item.id, name) for item in models for name in names if name in item.operations]
    return _requests(branches, tuple(task_ids), contract)


@st.composite
def _requests(
    draw: st.DrawFn,
    branches: Sequence[tuple[str, str]],
    task_ids: Sequence[str],
    contract: Contract,
) -> dict[str, Any]:
    model_id, operation_name = draw(st.sampled_from(branches))
    model, operation = contract.models[model_id], OPERATIONS[operation_name]
    values = _field_strategies(contract, model.id, operation.name)
    if task_ids and "task_id" in operation.input_fields:
        values = {**values, "task_id": st.sampled_from(task_ids)}
    required: dict[str, st.SearchStrategy[Any]] = {"model": st.just(model.id)}
    if operation.requires_prompt:
        required["prompt"] = values["prompt"]
    media = draw(_required_media(model, operation, values))
    alternatives = {
        name
        for needed in operation.required_inputs
        for name in (*needed.fields, *model.required_fields(needed))
    }
    optional = _without(values, {*required, *alternatives, "operation"})
    body = draw(st.fixed_dictionaries({**required, **media}, optional=optional))
    # The operation may be omitted only if the inputs imply it.
    if infer_operation(body) is not operation or not draw(st.booleans()):
        body["operation"] = operation.name
    return {draw(st.sampled_from(_spellings(name))): value for name, value in body.items()}


def _without(strategies: Strategies, names: Iterable[str]) -> dict[str, st.SearchStrategy[Any]]:
    excluded = set(names)
    return {name: values for name, values in strategies.items() if name not in excluded}


def _spellings(name: str) -> tuple[str, ...]:
    return FIELDS[name].spellings if name in FIELDS else (name,)


@st.composite
def _required_media(
    draw: st.DrawFn, model: Model, operation: Operation, values: Strategies
) -> dict[str, st.SearchStrategy[Any]]:
    """Fields that satisfy every required input: one of its fields, or some if it allows several."""
    chosen: list[str] = []
    for needed in operation.required_inputs:
        names = [name for name in model.required_fields(needed) if name in values]
        max_size = len(names) if needed.several else 1
        drawn = draw(st.lists(st.sampled_from(names), min_size=1, max_size=max_size, unique=True))
        chosen += _without_substituted(drawn, needed)
    return {name: values[name] for name in chosen}


def _without_substituted(names: list[str], needed: InputRequirement) -> list[str]:
    """Return the names without the list for which another one of them stands."""
    substitute = needed.substitute
    if substitute is None or substitute.field not in names:
        return names
    return [name for name in names if name != substitute.replaces]


# By names, as models cannot be hashed. Building the schema of a branch takes longer than drawing.
@cache
def _field_strategies(contract: Contract, model: str, operation: str) -> Strategies:
    """Return the strategy of each canonical field of a branch that names nothing of an account."""
    schema = branch_schema(contract.models[model], OPERATIONS[operation], contract)
    properties = schema["properties"]
    assert isinstance(properties, Mapping)
    return {
        name: _values(FIELDS.get(name), property_schema)
        for name, property_schema in properties.items()
        if name not in ALIASES and name not in ("task_id", *MATERIAL_FIELDS)
    }


def _values(field: Field | None, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        # The default comes first, as Hypothesis shrinks towards the first value.
        values = sorted(schema["enum"], key=lambda value: value != schema.get("default"))
        return st.sampled_from(values)
    media = [limit for limit in field.limits if isinstance(limit, MediaUrl)] if field else []
    match schema["type"]:
        case "integer":
            low = schema["minimum"]
            integers = st.integers(low, schema.get("maximum", MAX_INTEGER))
            # In JSON Schema 5.0 is an integer, too.
            return integers | integers.map(float)
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(
                _media_urls(media[0]), min_size=schema["minItems"], max_size=schema["maxItems"]
            )
    if media:
        return _media_urls(media[0])
    max_length = min(schema.get("maxLength", MAX_TEXT_LENGTH), MAX_TEXT_LENGTH)
    return st.text(_CHARACTERS, min_size=schema.get("minLength", 0), max_size=max_length)


def _media_urls(limit: MediaUrl) -> st.SearchStrategy[str]:
    """URLs and data URLs that the limit allows. The URLs lead to no file."""
    examples = limit.valid_examples()
    strings = [value[0] if isinstance(value, list) else str(value) for value in examples]
    samples = st.sampled_from(strings)
    if limit.inline_only:
        return samples
    path = st.text(st.sampled_from("abcXYZ019-._~%2F"), max_size=12)
    return samples | path.map(lambda text: f"https://example.com/{text}?a=1&b=%2F#c")


@cache
def _small_requests(contract: Contract) -> tuple[Body, ...]:
    return tuple(
        example_request(OPERATIONS[name], model.id)
        for model in contract.models.values()
        for name in model.operations
    )


@cache
def _valid_boundaries(rule_id: str, contract: Contract) -> tuple[Body, ...]:
    """Return small requests that just satisfy a rule, and continue no task."""
    rule = contract.rules[rule_id]
    bodies = [body for base in _small_requests(contract) for body in rule.valid_bodies(base)]
    return tuple(
        body for body in bodies if "task_id" not in body and not violated_rules(body, contract)
    )


@cache
def _small_invalid_requests(rule_id: str, contract: Contract) -> tuple[Body, ...]:
    """Return small requests that break a rule and no other."""
    rule = contract.rules[rule_id]
    bodies = [body for base in _small_requests(contract) for body in rule.invalid_bodies(base)]
    return tuple(body for body in bodies if violated_rules(body, contract) == [rule])


def boundary_requests(rule: Rule, contract: Contract = CONTRACT) -> st.SearchStrategy[Body]:
    """The last valid requests before `rule` is broken; nothing for rules about existing tasks."""
    bodies = _valid_boundaries(rule.id, contract)
    return st.sampled_from(bodies) if bodies else st.nothing()


@st.composite
def invalid_requests(
    draw: st.DrawFn, rule: Rule | None = None, contract: Contract = CONTRACT
) -> InvalidRequest:
    """Requests that break one rule and no other: `rule`, or any rule if it is None.

    Some are made from a small request, some from any valid one.
    """
    broken = draw(st.sampled_from(list(contract.rules.values()))) if rule is None else rule
    small = _small_invalid_requests(broken.id, contract)
    if draw(st.booleans()):
        body = draw(valid_requests(contract=contract))
        candidates = broken.invalid_bodies(body)
        alone = [
            candidate for candidate in candidates if violated_rules(candidate, contract) == [broken]
        ]
        return InvalidRequest(draw(st.sampled_from(alone or small)), broken)
    return InvalidRequest(draw(st.sampled_from(small)), broken)


@st.composite
def boundary_pairs(
    draw: st.DrawFn, rule: Rule | None = None, contract: Contract = CONTRACT
) -> BoundaryPair:
    """Pairs at a boundary of a rule: the last valid request and the first invalid one."""
    chosen = draw(st.sampled_from(rules_with_boundaries(contract))) if rule is None else rule
    valid = draw(boundary_requests(chosen, contract))
    return BoundaryPair(
        valid, draw(st.sampled_from(_small_invalid_requests(chosen.id, contract))), chosen
    )


@cache
def rules_with_boundaries(contract: Contract = CONTRACT) -> tuple[Rule, ...]:
    """Return the rules that a valid request can just satisfy without naming an existing task."""
    return tuple(rule for rule in contract.rules.values() if _valid_boundaries(rule.id, contract))


@st.composite
def doubly_invalid_requests(
    draw: st.DrawFn, contract: Contract = CONTRACT
) -> tuple[Body, tuple[Rule, Rule]]:
    """Requests that break two rules and no third, with the rules in the order of the contract."""
    first = draw(invalid_requests(contract=contract))
    # Eight rules are enough to find a pair most of the time; trying all of them is slow.
    pairs = [
        (body, rules)
        for second_rule in draw(st.permutations(list(contract.rules.values())))[:8]
        for body in second_rule.invalid_bodies(first.body)
        if len(rules := violated_rules(body, contract)) == 2
    ]
    assume(bool(pairs))
    body, (earlier, later) = draw(st.sampled_from(pairs))
    return body, (earlier, later)
