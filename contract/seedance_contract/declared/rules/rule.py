"""The interface of a rule, and functions with which rules build bodies and schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol, runtime_checkable

from seedance_contract.declared import examples
from seedance_contract.declared.field import Field
from seedance_contract.declared.fields import (
    ALIASES,
    COMMON_FIELDS,
    FIELDS,
    INPUT_FIELDS,
    KNOWN_NAMES,
    MATERIAL_FIELDS,
)
from seedance_contract.declared.limits import OneOf, Range, Schema
from seedance_contract.declared.model import Model, Models
from seedance_contract.declared.operations import OPERATIONS, Body, Operation
from seedance_contract.declared.parsed_body import ParsedBody, parse_body
from seedance_contract.declared.sources import Source

ALWAYS = "*"
"""The topic of every request."""


# A tuple: a refused request makes one for every violation.
class Breach(NamedTuple):
    """One way in which a body breaks a rule.

    `details` are members of the error object, such as `allowed_resolutions`. Neither they nor
    the message repeat a string of the body: it may be a prompt, a media URL or a key.
    """

    field: str
    message: str
    details: Mapping[str, object] = MappingProxyType({})


class Rule(Protocol):
    """A requirement of the contract for the create request."""

    @property
    def id(self) -> str:
        """The stable name, the same in the documentation of errors, in reports and in tests."""

    @property
    def code(self) -> str:
        """The `code` of its entries in `validation_errors`."""

    @property
    def source(self) -> Source:
        """Where the rule is documented, or that it is assumed."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The requests that the rule concerns: `ALWAYS`, or some of `request_topics(parsed)`."""

    def requirement(self) -> str:
        """Return the requirement in one sentence."""

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        """Yield every way in which the body breaks the rule.

        It depends on nothing but the request: `compiled_rules` remembers the results of rules that
        read no value of the body.
        """

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        """Yield bodies that break only this rule, each made from the legal `body`."""

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        """Yield bodies that just satisfy this rule, each made from the legal `body`.

        Another rule may refuse one of them: the model may not render the last resolution.
        """

    def schema(self, model: Model, operation: Operation) -> Schema:
        """Return the part of the JSON Schema of such a request; empty if there is none."""


ValueCheck = Callable[[object], bool]
"""Returns whether the value of a field keeps a rule."""


@runtime_checkable
class ValueRule(Rule, Protocol):
    """A rule that one value of the request decides, at least for a model and an operation."""

    def value_check(self, parsed: ParsedBody) -> tuple[str, ValueCheck]:
        """Return the field that decides, and the check of its value.

        The check depends on nothing but the model and the operation of `parsed`.
        """


def request_topics(parsed: ParsedBody) -> list[str]:
    """Return the topics of a request: its canonical fields, its model and its operation.

    A request satisfies every rule that has none of these topics.
    """
    # Undocumented field names are left out. Otherwise a field with the name "video-extension" would
    # be a topic, and the rules of that operation would be evaluated.
    topics = [ALWAYS, *(name for name in parsed.body if name in KNOWN_NAMES)]
    if parsed.model is not None:
        topics.append(parsed.model.id)
    if parsed.operation is not None:
        topics.append(parsed.operation.name)
    return topics


def allowed_values(
    field: Field, model: Model | None, operation: Operation | None = None
) -> list[str]:
    """Return the values that an enumerated field may have, as strings.

    Without a model these are the values that some model takes.
    """
    if field.name == "resolution" and model is not None:
        return list(model.resolutions)
    own = None if model is None else model.limit(field.name, operation)
    [limit] = field.limits if own is None else [own]
    assert isinstance(limit, OneOf | Range)
    return [str(value) for value in limit.values]


def supported_parameters(operation: Operation | None, model: Model | None = None) -> list[str]:
    """Return the canonical field names of `operation`; of all operations if it is None."""
    inputs = FIELDS if operation is None else operation.input_fields
    refused = () if model is None else model.unsupported_fields
    names = [field.name for field in COMMON_FIELDS]
    names += [field.name for field in INPUT_FIELDS if field.name in inputs]
    if operation is None or any(needed.takes_materials for needed in operation.required_inputs):
        names += MATERIAL_FIELDS
    return [name for name in names if name not in refused]


def with_value(body: Body, name: str, value: object) -> dict[str, object]:
    """Return `body` with the field `name` set, and with no other spelling of that field."""
    canonical = ALIASES.get(name, name)
    spellings = FIELDS[canonical].spellings if canonical in FIELDS else (canonical,)
    return {key: old for key, old in body.items() if key not in spellings} | {name: value}


def without_fields(body: Body, names: tuple[str, ...]) -> dict[str, object]:
    """Return `body` without the canonical `names` in any spelling."""
    return {key: value for key, value in body.items() if ALIASES.get(key, key) not in names}


def with_operation(body: Body, operation: Operation, models: Models) -> dict[str, object]:
    """Return a legal request of `operation`, named explicitly, near the legal `body`.

    It keeps the model of `body` if that has the operation, and common fields that are legal there.
    """
    model = _model_of(body, models)
    if model is not None and not model.supports(operation):
        model = next(candidate for candidate in models.values() if candidate.supports(operation))
        return dict(examples.example_request(operation, model.id))
    common = without_fields(body, ("operation", *(field.name for field in INPUT_FIELDS)))
    example = examples.example_request(operation)
    request = {**example, **common, "operation": operation.name}
    # A model may limit a field in one operation only, such as the ratio in video-to-video.
    return {
        name: value for name, value in request.items() if _is_allowed(name, value, operation, model)
    }


def _is_allowed(name: str, value: object, operation: Operation, model: Model | None) -> bool:
    limit = None if model is None else model.limit(ALIASES.get(name, name), operation)
    return limit is None or limit.allows(value)


def _model_of(body: Body, models: Models) -> Model | None:
    name = body.get("model")
    return models.get(name) if isinstance(name, str) else None


def with_model(body: Body, model: Model, models: Models) -> dict[str, object]:
    """Return a legal request on `model` near the legal `body`: `body` itself, or an example."""
    if _model_of(body, models) is model:
        return dict(body)
    # What is legal on one model may not be on another, so nothing but the operation is kept.
    operation = parse_body(body, models).operation
    if operation is None or not model.supports(operation):
        operation = OPERATIONS[model.operations[0]]
    return dict(examples.example_request(operation, model.id))


def with_supporting_model(body: Body, field: str, models: Models) -> dict[str, object]:
    """Return a legal request near the legal `body`, on a model that supports the field."""
    model = _model_of(body, models)
    if model is None or field not in model.unsupported_fields:
        return dict(body)
    supporting_models = (
        candidate for candidate in models.values() if field not in candidate.unsupported_fields
    )
    return with_model(body, next(supporting_models), models)


def presence_schemas(name: str) -> list[Schema]:
    """Return one schema for each spelling of a field: it requires that spelling."""
    return [{"required": [spelling]} for spelling in FIELDS[name].spellings]


def per_model(models: Models, phrase: Callable[[Model], str]) -> str:
    """Return the phrase for every model: once if they agree, else with the models it is for."""
    groups: dict[str, list[str]] = {}
    for model in models.values():
        groups.setdefault(phrase(model), []).append(model.id)
    if len(groups) == 1:
        return next(iter(groups))
    return "; ".join(f"{text} on {', '.join(ids)}" for text, ids in groups.items())
