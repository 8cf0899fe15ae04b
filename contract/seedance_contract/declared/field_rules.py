"""Rules about one field, whatever the model and the operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedance_contract.declared.fields import (
    ALIASES_SOURCE,
    KNOWN_NAMES,
    MATERIAL_FIELDS,
    Field,
    UnsupportedField,
)
from seedance_contract.declared.limits import Limit, Schema, is_asset
from seedance_contract.declared.models import Model
from seedance_contract.declared.operations import (
    OPERATIONS,
    REFERENCE_TO_VIDEO,
    START_END_TO_VIDEO,
    Body,
    Operation,
)
from seedance_contract.declared.parsed_body import ParsedBody, parse_body
from seedance_contract.declared.rule import (
    ALWAYS,
    Breach,
    allowed_values,
    supported_parameters,
    with_operation,
    with_value,
    without_fields,
)
from seedance_contract.declared.sources import Source

_ASSET = "asset://asset-20260101000000-abcde"
_NAMELESS = "(unnamed)"


def _home(body: Body, name: str) -> dict[str, object]:
    """Return a legal body in which the field `name` may stand, without the field's rivals."""
    for operation in OPERATIONS.values():
        if name in operation.input_fields:
            rivals = next(
                (need.fields for need in operation.required_inputs if name in need.fields), ()
            )
            return without_fields(with_operation(body, operation), rivals)
    return dict(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLimitRule:
    """A field keeps a limit."""

    field: Field
    limit: Limit
    source: Source

    @property
    def id(self) -> str:
        return f"{self.field.name}.{self.limit.id_suffix}"

    @property
    def code(self) -> str:
        return self.limit.code

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.field.name,)

    def requirement(self) -> str:
        return f"{self.field.name} must {self.limit.requirement()}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if not self.limit.allows(parsed.body[self.field.name]):
            yield Breach(self.field.name, self.requirement(), self._details(parsed))

    def _details(self, parsed: ParsedBody) -> dict[str, object]:
        if self.field.allowed_values_key is None:
            return {}
        return {self.field.allowed_values_key: allowed_values(self.field.name, parsed.model)}

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        for value in self.limit.invalid_examples():
            yield with_value(home, self.field.name, value)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        if self.field.name in body:
            yield body
        home = _home(body, self.field.name)
        for value in self.limit.valid_examples() or self.field.sample_values():
            yield with_value(home, self.field.name, value)

    def schema(self, model: Model, operation: Operation) -> Schema:
        if self.field.name not in supported_parameters(operation):
            return {}
        return {"properties": {self.field.name: {**self.limit.schema(), "x-rules": [self.id]}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCountRule:
    """An array has as many entries as the request and the model allow."""

    field: Field
    min_items: int
    max_items: int
    source: Source
    code = "invalid_count"

    @property
    def id(self) -> str:
        return f"{self.field.name}.count"

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.field.name,)

    def requirement(self) -> str:
        return f"{self.field.name} must have {self.min_items} to {self.max_items} entries"

    def max_items_for(self, model: Model | None) -> int:
        """Return the highest count on `model`."""
        return (
            self.max_items
            if model is None
            else model.references.get(self.field.name, self.max_items)
        )

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        value = parsed.body[self.field.name]
        high = self.max_items_for(parsed.model)
        if isinstance(value, list) and not self.min_items <= len(value) <= high:
            message = f"{self.field.name} must have {self.min_items} to {high} entries"
            yield Breach(self.field.name, message)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        entry = self.field.sample_item()
        for count in (self.min_items - 1, self.max_items + 1):
            yield with_value(home, self.field.name, [entry] * count)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        high = self.max_items_for(parse_body(body).model)
        for count in (self.min_items, high):
            yield with_value(home, self.field.name, [self.field.sample_item()] * count)

    def schema(self, model: Model, operation: Operation) -> Schema:
        if self.field.name not in supported_parameters(operation):
            return {}
        bounds = {
            "minItems": self.min_items,
            "maxItems": self.max_items_for(model),
            "x-rules": [self.id],
        }
        return {"properties": {self.field.name: bounds}}


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasAgreementRule:
    """Spellings of one field that are sent together have one value."""

    field: Field
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
        sent = [name for name in self.field.spellings if name in parsed.original]
        first = parsed.original[sent[0]]
        for name in sent[1:]:
            if not _same(parsed.original[name], first):
                yield Breach(self.field.name, f"{name} and {sent[0]} must be equal")

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        one, other = self.field.sample_values()[:2]
        for alias in self.field.aliases:
            yield {**with_value(home, self.field.name, one), alias: other}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        for value in self.field.sample_values()[:2]:
            for alias in self.field.aliases:
                yield {**with_value(home, self.field.name, value), alias: value}

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {}


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedFieldRule:
    """A documented field of other families is not sent, or only with a value that is a no-op."""

    field: UnsupportedField
    code = "unsupported_parameter"

    @property
    def id(self) -> str:
        return f"{self.field.name}.unsupported"

    @property
    def source(self) -> Source:
        return self.field.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.field.name,)

    def requirement(self) -> str:
        return f"{self.field.name} is not supported by Seedance 2.0"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        value = parsed.body[self.field.name]
        if not any(_same(value, harmless) for harmless in self.field.no_op_values):
            details = {"supported_parameters": supported_parameters(parsed.operation)}
            yield Breach(self.field.name, self.requirement(), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in (self.field.name, *self.field.aliases):
            yield {**body, name: True}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield body
        for harmless in self.field.no_op_values:
            yield {**body, self.field.name: harmless}

    def schema(self, model: Model, operation: Operation) -> Schema:
        if not self.field.no_op_values:
            return {}
        harmless = {"enum": list(self.field.no_op_values), "x-rules": [self.id]}
        return {"properties": {self.field.name: harmless}}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedValueRule:
    """A value that other families take is refused by this one."""

    field: Field
    value: str
    source: Source
    code = "unsupported_parameter"

    @property
    def id(self) -> str:
        return f"{self.field.name}.{self.value}"

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.field.name,)

    def requirement(self) -> str:
        return f"{self.field.name}={self.value} is not supported by Seedance 2.0"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if parsed.body[self.field.name] == self.value:
            details = {"supported_parameters": supported_parameters(parsed.operation)}
            yield Breach(self.field.name, self.requirement(), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_value(body, self.field.name, self.value)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for value in self.field.sample_values():
            if value != self.value:
                yield with_value(body, self.field.name, value)

    def schema(self, model: Model, operation: Operation) -> Schema:
        allowed = [value for value in self.field.sample_values() if value != self.value]
        return {"properties": {self.field.name: {"enum": allowed, "x-rules": [self.id]}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFieldsRule:
    """No field is sent that no document mentions."""

    id: str
    source: Source
    code = "unknown_parameter"
    topics = (ALWAYS,)

    def requirement(self) -> str:
        return "a field that no document mentions is refused, not ignored"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if parsed.original.keys() <= KNOWN_NAMES:
            return
        details = {"supported_parameters": supported_parameters(parsed.operation)}
        for name in (name for name in parsed.original if name not in KNOWN_NAMES):
            shown = printable_name(name)
            yield Breach(shown, f"{shown} is not a field of this request", details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**body, "style": "anime"}
        yield {**body, "Prompt": "text"}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield body

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"additionalProperties": False}


def printable_name(name: str) -> str:
    """Return a client's field name if it can be shown: it might be a key, a prompt or a URL."""
    plain = len(name) <= 40 and name.isascii() and name.replace("_", "").isalnum()
    return name if plain else _NAMELESS


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialAccessRule:
    """A material of the library is used by those who can reach it: here, by nobody."""

    id: str
    fields: tuple[str, ...]
    source: Source
    code = "material_not_found"

    @property
    def topics(self) -> tuple[str, ...]:
        return self.fields

    def requirement(self) -> str:
        return "Seedance material asset not found or not accessible"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        for name in self.fields:
            if name in parsed.body and _is_material(name, parsed.body[name]):
                yield Breach(name, self.requirement())

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self.fields:
            if name in MATERIAL_FIELDS:
                yield {**body, name: _ASSET}
        if "start_image" in self.fields:
            yield with_value(with_operation(body, START_END_TO_VIDEO), "start_image", _ASSET)
            yield with_value(with_operation(body, REFERENCE_TO_VIDEO), "reference_images", [_ASSET])

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_operation(body, START_END_TO_VIDEO)

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {}


def _is_material(name: str, value: object) -> bool:
    if name in MATERIAL_FIELDS:
        return True
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and is_asset(one) is not None for one in values)
