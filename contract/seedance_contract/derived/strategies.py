"""Hypothesis strategies of create requests, derived from the rules: no limit is stated here.

For your own property tests:

    @given(valid_requests())
    def test_my_client_sends_any_legal_request(body): ...

Everything shrinks towards a small text-to-video request that a person can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from seedance_contract.declared import examples
from seedance_contract.declared.fields import ALIASES, FIELDS, Field
from seedance_contract.declared.limits import MediaUrl
from seedance_contract.declared.models import FAMILY, MODELS
from seedance_contract.declared.operations import OPERATIONS, Body, Operation, infer_operation
from seedance_contract.declared.rule import Rule
from seedance_contract.declared.rules import RULES, RULES_BY_ID
from seedance_contract.derived.request_schema import branch_schema
from seedance_contract.derived.validation import violated_rules

MAX_TEXT_LENGTH = 200
"""Characters of the longest text that is drawn where the contract sets no limit."""

MAX_INTEGER = 60
"""The largest integer that is drawn where the contract sets no limit."""

_TEXT = st.characters(exclude_categories=["Cs"])
"""Every character that JSON can carry: also NUL, emoji, and what no font shows."""


@dataclass(frozen=True, slots=True)
class InvalidRequest:
    """A request that breaks `rule` and keeps all others."""

    body: Body
    rule: Rule


@dataclass(frozen=True, slots=True)
class BoundaryPair:
    """The last legal request and the first illegal one at an edge of `rule`."""

    valid: Body
    invalid: Body
    rule: Rule


def valid_requests(
    model: str | None = None,
    operation: str | None = None,
    *,
    task_ids: Sequence[str] = (),
) -> st.SearchStrategy[dict[str, Any]]:
    """Requests that keep every rule: all spellings, defaults omitted or not, any unicode text.

    Args:
        model: the id of the only model to ask for; any of the family where None.
        operation: the name of the only operation; any where None.
        task_ids: completed tasks that a video-extension may continue. Without them it always
            starts from a URL, as no request alone can name a task that exists.

    Raises KeyError for a model or an operation that the family does not have.
    """
    models = [one.id for one in FAMILY] if model is None else [MODELS[model].id]
    operations = [*OPERATIONS] if operation is None else [OPERATIONS[operation].name]
    return _valid(models, operations, tuple(task_ids))


@st.composite
def _valid(
    draw: st.DrawFn,
    models: Sequence[str],
    operations: Sequence[str],
    task_ids: Sequence[str],
) -> dict[str, Any]:
    model, name = draw(st.sampled_from(models)), draw(st.sampled_from(operations))
    operation, values = OPERATIONS[name], _values(model, name)
    if task_ids and "task_id" in operation.input_fields:
        values = {**values, "task_id": st.sampled_from(task_ids)}
    start: dict[str, st.SearchStrategy[Any]] = {"model": st.just(model)}
    if operation.requires_prompt:
        start["prompt"] = values["prompt"]
    chosen = draw(_media(operation, values))
    options = {name: one for name, one in values.items() if name not in operation.required_fields}
    body = draw(st.fixed_dictionaries({**start, **chosen}, optional=_without(options, start)))
    if infer_operation(body) is not operation or not draw(st.booleans()):
        body["operation"] = operation.name
    return {draw(st.sampled_from(_spellings(name))): value for name, value in body.items()}


def _without(options: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: one for name, one in options.items() if name not in {*names, "operation"}}


def _spellings(name: str) -> tuple[str, ...]:
    return FIELDS[name].spellings if name in FIELDS else (name,)


@st.composite
def _media(
    draw: st.DrawFn, operation: Operation, values: Mapping[str, st.SearchStrategy[Any]]
) -> dict[str, st.SearchStrategy[Any]]:
    """The media that an operation starts from: one field of each need, or some."""
    chosen: list[str] = []
    for need in operation.required_inputs:
        names = [name for name in need.fields if name in values]
        most = len(names) if need.several else 1
        chosen += draw(st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True))
    return {name: values[name] for name in chosen}


@cache
def _values(model: str, operation: str) -> Mapping[str, st.SearchStrategy[Any]]:
    """Return the canonical fields of a request and the strategies of their values."""
    properties = branch_schema(MODELS[model], OPERATIONS[operation])["properties"]
    assert isinstance(properties, Mapping)
    return {
        name: _of_schema(FIELDS.get(name), schema)
        for name, schema in properties.items()
        if name not in ALIASES and name != "task_id"
    }


def _of_schema(field: Field | None, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(sorted(schema["enum"], key=lambda one: one != schema.get("default")))
    media = [limit for limit in field.limits if isinstance(limit, MediaUrl)] if field else []
    match schema["type"]:
        case "integer":
            low = schema["minimum"]
            whole = st.integers(low, schema.get("maximum", MAX_INTEGER))
            return whole | whole.map(float)
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(
                _medium(media[0]), min_size=schema["minItems"], max_size=schema["maxItems"]
            )
    if media:
        return _medium(media[0])
    most = min(schema.get("maxLength", MAX_TEXT_LENGTH), MAX_TEXT_LENGTH)
    return st.text(_TEXT, min_size=schema.get("minLength", 0), max_size=most)


def _medium(limit: MediaUrl) -> st.SearchStrategy[str]:
    """URLs and data URLs that the limit allows. Nothing stands behind the URLs."""
    samples = [one[0] if isinstance(one, list) else str(one) for one in limit.valid_examples()]
    inline = st.sampled_from(samples)
    if limit.inline_only:
        return inline
    path = st.text(st.sampled_from("abcXYZ019-._~%2F"), max_size=12)
    return inline | path.map(lambda text: f"https://example.com/{text}?a=1&b=%2F#c")


@cache
def _edges(rule_id: str) -> tuple[Body, ...]:
    """Return the legal edges of a rule around small requests, without tasks to continue."""
    edges = [body for base in _small_requests() for body in RULES_BY_ID[rule_id].valid_bodies(base)]
    return tuple(body for body in edges if "task_id" not in body and not violated_rules(body))


@cache
def _faults(rule_id: str) -> tuple[Body, ...]:
    """Return small requests that break a rule and no other."""
    rule = RULES_BY_ID[rule_id]
    broken = [body for base in _small_requests() for body in rule.invalid_bodies(base)]
    return tuple(body for body in broken if violated_rules(body) == [rule])


def _small_requests() -> list[Body]:
    return [examples.example_request(one, model) for one in OPERATIONS.values() for model in MODELS]


def boundary_requests(rule: Rule) -> st.SearchStrategy[Body]:
    """The last legal requests before `rule` is broken; nothing for rules about other tasks."""
    edges = _edges(rule.id)
    return st.sampled_from(edges) if edges else st.nothing()


@st.composite
def invalid_requests(draw: st.DrawFn, rule: Rule | None = None) -> InvalidRequest:
    """Requests that break one rule and keep the others; `rule`, or any where None.

    Some are made from a small request, some from any legal one.
    """
    broken = draw(st.sampled_from(RULES)) if rule is None else rule
    if draw(st.booleans()):
        whole = draw(valid_requests())
        alone = [body for body in broken.invalid_bodies(whole) if violated_rules(body) == [broken]]
        return InvalidRequest(draw(st.sampled_from(alone or _faults(broken.id))), broken)
    return InvalidRequest(draw(st.sampled_from(_faults(broken.id))), broken)


@st.composite
def boundary_pairs(draw: st.DrawFn, rule: Rule | None = None) -> BoundaryPair:
    """Pairs at an edge of a rule: the last legal request, and the first illegal one."""
    edged = draw(st.sampled_from(rules_with_boundaries())) if rule is None else rule
    return BoundaryPair(
        draw(boundary_requests(edged)), draw(st.sampled_from(_faults(edged.id))), edged
    )


@cache
def rules_with_boundaries() -> tuple[Rule, ...]:
    """Return the rules that have a legal side which a request alone can show."""
    return tuple(rule for rule in RULES if _edges(rule.id))


@st.composite
def doubly_invalid_requests(draw: st.DrawFn) -> tuple[Body, tuple[Rule, Rule]]:
    """Requests that break two rules and no third; the rules in the order of `RULES`."""
    first = draw(invalid_requests())
    pairs = [
        (body, found)
        for other in draw(st.permutations(RULES))[:8]
        for body in other.invalid_bodies(first.body)
        if len(found := violated_rules(body)) == 2
    ]
    assume(bool(pairs))
    body, (one, other) = draw(st.sampled_from(pairs))
    return body, (one, other)
