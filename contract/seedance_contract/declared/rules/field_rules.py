"""Rules about the value of one field: its limits, its number of entries, its aliases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import combinations

from seedance_contract.declared.field import Field
from seedance_contract.declared.fields import ALIASES_SOURCE
from seedance_contract.declared.limits import (
    TYPE_CHECKS,
    JsonType,
    Limit,
    OneOf,
    Range,
    Schema,
    TypeLimit,
)
from seedance_contract.declared.model import Model, Models
from seedance_contract.declared.operations import OPERATIONS, TEXT_TO_VIDEO, Body, Operation
from seedance_contract.declared.parsed_body import ParsedBody, parse_body
from seedance_contract.declared.rules.rule import (
    Breach,
    ValueCheck,
    allowed_values,
    per_model,
    supported_parameters,
    with_operation,
    with_supporting_model,
    with_value,
    without_fields,
)
from seedance_contract.declared.sources import Source


def _body_for(body: Body, name: str, models: Models) -> dict[str, object]:
    """Return a legal body to which the field `name` can be added.

    An input field gets an operation that takes it, without the inputs that it would replace.
    """
    bodies = _bodies_by_operation(body, name, models)
    return next(bodies, None) or with_supporting_model(body, name, models)


def _bodies_by_operation(body: Body, name: str, models: Models) -> Iterator[dict[str, object]]:
    """Yield a legal body for each operation that takes the input field `name`, without it."""
    for operation in OPERATIONS.values():
        if name in operation.input_fields:
            inputs = operation.required_inputs
            replaced = next((needed.fields for needed in inputs if name in needed.fields), ())
            yield without_fields(with_operation(body, operation, models), replaced)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLimitRule:
    """The value of a field is within a limit.

    `limit` holds for a request whose model is not known. A model may have a limit of its own.
    """

    field: Field
    limit: Limit
    source: Source
    models: Models = dataclass_field(repr=False, compare=False)

    @property
    def id(self) -> str:
        return f"{self.field.name}.{self.limit.id_suffix}"

    @property
    def code(self) -> str:
        return self.limit.code

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.field.name,)

    def limit_for(self, model: Model | None, operation: Operation | None) -> Limit:
        """Return the limit for a request: that of the model, or the common one."""
        own = None if model is None else model.limit(self.field.name, operation)
        # A model limits the value of a field, not its type: `duration.type` is the same for all.
        return own if own is not None and own.id_suffix == self.limit.id_suffix else self.limit

    def requirement(self) -> str:
        return per_model(self.models, lambda model: self._message(self.limit_for(model, None)))

    def _message(self, limit: Limit) -> str:
        return f"{self.field.name} must {limit.requirement()}"

    def value_check(self, parsed: ParsedBody) -> tuple[str, ValueCheck]:
        limit = self.limit_for(parsed.model, parsed.operation)
        # For a type without the method around it, which would double the time.
        check = TYPE_CHECKS[limit.type] if isinstance(limit, TypeLimit) else limit.allows
        return self.field.name, check

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        limit = self.limit_for(parsed.model, parsed.operation)
        if not limit.allows(parsed.body[self.field.name]):
            yield Breach(self.field.name, self._message(limit), self._details(parsed))

    def _details(self, parsed: ParsedBody) -> dict[str, object]:
        key = self.field.allowed_values_key
        if key is None:
            return {}
        return {key: allowed_values(self.field, parsed.model, parsed.operation)}

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_for(body, self.field.name, self.models)
        for value in self._limit_in(base).invalid_examples():
            yield with_value(base, self.field.name, value)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        if self.field.name in body:
            yield body
        base = _body_for(body, self.field.name, self.models)
        for value in self._limit_in(base).valid_examples() or self.field.sample_values():
            yield with_value(base, self.field.name, value)

    def _limit_in(self, body: Body) -> Limit:
        parsed = parse_body(body, self.models)
        return self.limit_for(parsed.model, parsed.operation)

    def schema(self, model: Model, operation: Operation) -> Schema:
        if self.field.name not in supported_parameters(operation, model):
            return {}
        limit = self.limit_for(model, operation).schema()
        return {"properties": {self.field.name: {**limit, "x-rules": [self.id]}}}


def max_items(field: Field, model: Model | None) -> int:
    """Return the highest number of entries of an array: that of `model`, else of any model."""
    assert field.item_range is not None, f"{field.name} is an array"
    widest = field.item_range[1]
    if model is None:
        return widest
    return model.references.get(field.shares_limit_of or field.name, widest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCountRule:
    """An array has `min_items` to `max_items` entries; a model may allow fewer."""

    field: Field
    min_items: int
    max_items: int
    source: Source
    models: Models = dataclass_field(repr=False, compare=False)
    code = "invalid_count"

    @property
    def id(self) -> str:
        return f"{self.field.name}.count"

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.field.name,)

    def requirement(self) -> str:
        return per_model(self.models, lambda model: self._message(self.max_items_for(model)))

    def _message(self, max_items: int) -> str:
        return f"{self.field.name} must have {self.min_items} to {max_items} entries"

    def max_items_for(self, model: Model | None) -> int:
        """Return the highest number of entries on `model`."""
        return max_items(self.field, model)

    def value_check(self, parsed: ParsedBody) -> tuple[str, ValueCheck]:
        low, high = self.min_items, self.max_items_for(parsed.model)
        return self.field.name, (
            lambda value: not isinstance(value, list) or low <= len(value) <= high
        )

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        name, has_allowed_count = self.value_check(parsed)
        if not has_allowed_count(parsed.body[name]):
            yield Breach(self.field.name, self._message(self.max_items_for(parsed.model)))

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_for(body, self.field.name, self.models)
        max_items = self.max_items_for(parse_body(base, self.models).model)
        for count in (self.min_items - 1, max_items + 1):
            yield with_value(base, self.field.name, [self.field.sample_item()] * count)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        # Every operation: one takes a single entry, another as many as there may be.
        for base in _bodies_by_operation(body, self.field.name, self.models):
            max_items = self.max_items_for(parse_body(base, self.models).model)
            for count in (self.min_items, max_items):
                yield with_value(base, self.field.name, [self.field.sample_item()] * count)

    def schema(self, model: Model, operation: Operation) -> Schema:
        if self.field.name not in supported_parameters(operation, model):
            return {}
        bounds = {
            "minItems": self.min_items,
            "maxItems": self.max_items_for(model),
            "x-rules": [self.id],
        }
        return {"properties": {self.field.name: bounds}}


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasAgreementRule:
    """If a field is sent under several names, all of them have the same value."""

    field: Field
    models: Models = dataclass_field(repr=False, compare=False)
    code = "conflicting_values"
    source = ALIASES_SOURCE

    @property
    def id(self) -> str:
        return f"{self.field.name}.spellings"

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.field.name,)

    def requirement(self) -> str:
        return " and ".join(self.field.spellings) + " must be equal where they are sent together"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        names = [name for name in self.field.spellings if name in parsed.original]
        if len(names) < 2:
            # Decided by the names alone, so that a compiled plan leaves the rule out.
            return
        first = parsed.original[names[0]]
        for name in names[1:]:
            if not json_equal(parsed.original[name], first):
                yield Breach(self.field.name, f"{name} and {names[0]} must be equal")

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_for(body, self.field.name, self.models)
        # Two legal values, so that no other rule is broken. A model may allow a single value in the
        # operation of `body`, but several in text-to-video.
        if len(self._values_in(base)) < 2:
            base = with_operation(body, TEXT_TO_VIDEO, self.models)
        first, second = self._values_in(base)[:2]
        for alias in self.field.aliases:
            yield {**with_value(base, self.field.name, first), alias: second}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_for(body, self.field.name, self.models)
        for value in self._values_in(base)[:2]:
            for alias in self.field.aliases:
                yield {**with_value(base, self.field.name, value), alias: value}

    def _values_in(self, body: Body) -> tuple[object, ...]:
        """Return legal values of the field on the model of `body`."""
        model, operation = parse_body(body, self.models)[2:]
        own = None if model is None else model.limit(self.field.name, operation)
        return self.field.sample_values() if own is None else own.valid_examples()

    def schema(self, model: Model, operation: Operation) -> Schema:
        # `conflict_schemas` is a part of the schema of all requests.
        return {}

    @property
    def has_finite_values(self) -> bool:
        """Whether the legal values can be listed, so that JSON Schema can compare two spellings."""
        return bool(self._finite_values())

    def _finite_values(self) -> tuple[object, ...]:
        if self.field.type is JsonType.BOOLEAN:
            return (True, False)
        lists = (limit.values for limit in self.field.limits if isinstance(limit, OneOf | Range))
        return next(lists, ())

    def conflict_schemas(self) -> Iterator[Schema]:
        """Yield schemas that match the bodies that break the rule.

        JSON Schema cannot compare two members, but it can list the values that both may have.
        Without such a list any two spellings are a conflict, also equal ones.
        """
        for first, second in combinations(self.field.spellings, 2):
            both: Schema = {"required": [first, second]}
            if not self.has_finite_values:
                yield both
            for value in self._finite_values():
                unequal = {first: {"const": value}, second: {"not": {"const": value}}}
                yield {**both, "properties": unequal}


def json_equal(first: object, second: object) -> bool:
    """Return whether two JSON values are equal. In Python `1 == True`, in JSON they differ."""
    return first == second and isinstance(first, bool) == isinstance(second, bool)
