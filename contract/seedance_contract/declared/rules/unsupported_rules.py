"""Rules about what a request must not carry: unsupported fields and values, unknown fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from seedance_contract.declared.errors import MATERIAL_NOT_ACCESSIBLE
from seedance_contract.declared.field import Field, UnsupportedField
from seedance_contract.declared.fields import KNOWN_NAMES, MATERIAL_FIELDS, MATERIAL_IDS_RANGE
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.materials.resources import ASSET_ID_PATTERN
from seedance_contract.declared.media_limits import ASSET_SCHEME, is_asset
from seedance_contract.declared.model import Model, Models, family_names
from seedance_contract.declared.operations import (
    REFERENCE_TO_VIDEO,
    START_END_TO_VIDEO,
    Body,
    Operation,
)
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.declared.rules.field_rules import json_equal
from seedance_contract.declared.rules.rule import (
    ALWAYS,
    Breach,
    supported_parameters,
    with_operation,
    with_value,
)
from seedance_contract.declared.sources import Source

_EXAMPLE_ASSET = "asset://asset-20260101000000-abcde"
_HIDDEN_NAME = "(unnamed)"


def _unsupported(what: str, model: Model | None, models: Models) -> str:
    family = family_names(models) if model is None else model.family
    return f"{what} is not supported by {family}"


def _supported(parsed: ParsedBody) -> dict[str, object]:
    return {"supported_parameters": supported_parameters(parsed.operation, parsed.model)}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedFieldRule:
    """A documented field that no model here supports is absent, or has a value without effect."""

    field: UnsupportedField
    models: Models = dataclass_field(repr=False, compare=False)
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
        return _unsupported(self.field.name, None, self.models)

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        value = parsed.body[self.field.name]
        # Not `in`: for Python `True == 1`, but `1` is not the JSON value `true` without effect.
        if not any(json_equal(value, no_op) for no_op in self.field.no_op_values):
            message = _unsupported(self.field.name, parsed.model, self.models)
            yield Breach(self.field.name, message, _supported(parsed))

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in (self.field.name, *self.field.aliases):
            yield {**body, name: True}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield body
        for no_op in self.field.no_op_values:
            yield {**body, self.field.name: no_op}

    def schema(self, model: Model, operation: Operation) -> Schema:
        # Without a no-op value the field is no property at all: the schema is closed.
        if not self.field.no_op_values:
            return {}
        no_op = {"enum": list(self.field.no_op_values), "x-rules": [self.id]}
        return {"properties": {self.field.name: no_op}}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedValueRule:
    """A field does not have `value`, which other models of the API accept."""

    field: Field
    value: str
    source: Source
    models: Models = dataclass_field(repr=False, compare=False)
    code = "unsupported_parameter"

    @property
    def id(self) -> str:
        return f"{self.field.name}.{self.value}"

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.field.name,)

    def requirement(self) -> str:
        return _unsupported(f"{self.field.name}={self.value}", None, self.models)

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if parsed.body[self.field.name] == self.value:
            what = f"{self.field.name}={self.value}"
            message = _unsupported(what, parsed.model, self.models)
            yield Breach(self.field.name, message, _supported(parsed))

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_value(body, self.field.name, self.value)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for value in self._supported_values():
            yield with_value(body, self.field.name, value)

    def _supported_values(self) -> list[object]:
        return [value for value in self.field.sample_values() if value != self.value]

    def schema(self, model: Model, operation: Operation) -> Schema:
        supported = {"enum": self._supported_values(), "x-rules": [self.id]}
        return {"properties": {self.field.name: supported}}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFieldsRule:
    """Every field of the request is one that some document mentions."""

    id: str
    source: Source
    code = "unknown_parameter"
    topics = (ALWAYS,)

    def requirement(self) -> str:
        return "a field that no document mentions is refused, not ignored"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        # The body as it was sent: in `parsed.body` aliases have their canonical names. One
        # comparison of sets is all that a request without unknown fields pays for the rule.
        if parsed.original.keys() <= KNOWN_NAMES:
            return
        details = _supported(parsed)
        for name in (name for name in parsed.original if name not in KNOWN_NAMES):
            field = printable_name(name)
            yield Breach(field, f"{field} is not a field of this request", details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**body, "style": "anime"}
        # Names are case-sensitive.
        yield {**body, "Prompt": "text"}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield body

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"additionalProperties": False}


def printable_name(name: str) -> str:
    """Return a client's field name if it can be shown, else a placeholder.

    A client that builds its body wrongly may send a key, a prompt or a URL as a name.
    """
    is_plain = len(name) <= 40 and name.isascii() and name.replace("_", "").isalnum()
    return name if is_plain else _HIDDEN_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialAccessRule:
    """No field names a material of the library: without an account there is none.

    A server that has the library judges the requests of an account itself, with URLs in the place
    of the materials that the account has.
    """

    id: str
    fields: tuple[str, ...]
    source: Source
    models: Models = dataclass_field(repr=False, compare=False)
    code = "material_not_found"

    @property
    def topics(self) -> tuple[str, ...]:
        return self.fields

    def requirement(self) -> str:
        return "materials are active images of the workspace's own library"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        for name in self.fields:
            if name in parsed.body and _is_material(name, parsed.body[name]):
                yield Breach(name, MATERIAL_NOT_ACCESSIBLE)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self.fields:
            if name in MATERIAL_FIELDS:
                yield {**body, name: _EXAMPLE_ASSET}
        if "start_image" in self.fields:
            start_end = with_operation(body, START_END_TO_VIDEO, self.models)
            yield with_value(start_end, "start_image", _EXAMPLE_ASSET)
            reference = with_operation(body, REFERENCE_TO_VIDEO, self.models)
            yield with_value(reference, "reference_images", [_EXAMPLE_ASSET])

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_operation(body, START_END_TO_VIDEO, self.models)

    def schema(self, model: Model, operation: Operation) -> Schema:
        # Whether a material exists is a matter of the account, not of the form of the request.
        takes_materials = any(needed.takes_materials for needed in operation.required_inputs)
        if self.fields != MATERIAL_FIELDS or not takes_materials:
            return {}
        material: Schema = {"type": "string", "pattern": f"^{ASSET_ID_PATTERN}$"}
        low, high = MATERIAL_IDS_RANGE
        materials: Schema = {"type": "array", "items": material, "minItems": low, "maxItems": high}
        id_field, ids_field = MATERIAL_FIELDS
        properties = {id_field: material, ids_field: materials}
        return {
            "properties": {
                name: {**schema, "x-rules": [self.id]} for name, schema in properties.items()
            }
        }


def _is_material(name: str, value: object) -> bool:
    if name in MATERIAL_FIELDS:
        return True
    values = value if isinstance(value, list) else [value]
    strings = [item for item in values if isinstance(item, str)]
    # Nearly all images are URLs, and one search over all of them is enough to see that.
    return ASSET_SCHEME in "\n".join(strings) and any(map(is_asset, strings))
