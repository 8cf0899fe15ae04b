"""Rules about one field, whatever the model and the operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedance_contract.declared.fields import (
    ALIASES_SOURCE,
    KNOWN,
    MATERIALS,
    Field,
    Foreign,
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
from seedance_contract.declared.reading import Reading, read
from seedance_contract.declared.rule import (
    ALWAYS,
    Breach,
    allowed,
    parameters,
    put,
    rebased,
    without,
)
from seedance_contract.declared.sources import Source

_ASSET = "asset://asset-20260101000000-abcde"
_NAMELESS = "(unnamed)"


def _home(body: Body, name: str) -> dict[str, object]:
    """Return a legal body in which the field `name` may stand, without the field's rivals."""
    for operation in OPERATIONS.values():
        if name in operation.inputs:
            rivals = next((need.fields for need in operation.needs if name in need.fields), ())
            return without(rebased(body, operation), rivals)
    return dict(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """A field keeps a limit."""

    field: Field
    limit: Limit
    source: Source

    @property
    def id(self) -> str:
        return f"{self.field.name}.{self.limit.word}"

    @property
    def code(self) -> str:
        return self.limit.code

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.field.name,)

    def says(self) -> str:
        return f"{self.field.name} must {self.limit.says()}"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        if not self.limit.holds(reading.body[self.field.name]):
            yield Breach(self.field.name, self.says(), self._details(reading))

    def _details(self, reading: Reading) -> dict[str, object]:
        if self.field.allowed_as is None:
            return {}
        return {self.field.allowed_as: allowed(self.field.name, reading.model)}

    def broken(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        for value in self.limit.bad():
            yield put(home, self.field.name, value)

    def kept(self, body: Body) -> Iterator[Body]:
        if self.field.name in body:
            yield body
        home = _home(body, self.field.name)
        for value in self.limit.good() or self.field.samples():
            yield put(home, self.field.name, value)

    def schema(self, model: Model, operation: Operation) -> Schema:
        if self.field.name not in parameters(operation):
            return {}
        return {"properties": {self.field.name: {**self.limit.schema(), "x-rules": [self.id]}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """An array has as many entries as the request and the model allow."""

    field: Field
    low: int
    high: int
    source: Source
    code = "invalid_count"

    @property
    def id(self) -> str:
        return f"{self.field.name}.count"

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.field.name,)

    def says(self) -> str:
        return f"{self.field.name} must have {self.low} to {self.high} entries"

    def high_for(self, model: Model | None) -> int:
        """Return the highest count on `model`."""
        return self.high if model is None else model.references.get(self.field.name, self.high)

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        value = reading.body[self.field.name]
        high = self.high_for(reading.model)
        if isinstance(value, list) and not self.low <= len(value) <= high:
            message = f"{self.field.name} must have {self.low} to {high} entries"
            yield Breach(self.field.name, message)

    def broken(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        entry = self.field.entry()
        for count in (self.low - 1, self.high + 1):
            yield put(home, self.field.name, [entry] * count)

    def kept(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        high = self.high_for(read(body).model)
        for count in (self.low, high):
            yield put(home, self.field.name, [self.field.entry()] * count)

    def schema(self, model: Model, operation: Operation) -> Schema:
        if self.field.name not in parameters(operation):
            return {}
        bounds = {"minItems": self.low, "maxItems": self.high_for(model), "x-rules": [self.id]}
        return {"properties": {self.field.name: bounds}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreeing:
    """Spellings of one field that are sent together have one value."""

    field: Field
    code = "conflicting_values"
    source = ALIASES_SOURCE

    @property
    def id(self) -> str:
        return f"{self.field.name}.spellings"

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.field.name,)

    def says(self) -> str:
        return " and ".join(self.field.spellings) + " must be equal where they are sent together"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        sent = [name for name in self.field.spellings if name in reading.sent]
        first = reading.sent[sent[0]]
        for name in sent[1:]:
            if not _same(reading.sent[name], first):
                yield Breach(self.field.name, f"{name} and {sent[0]} must be equal")

    def broken(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        one, other = self.field.samples()[:2]
        for alias in self.field.aliases:
            yield {**put(home, self.field.name, one), alias: other}

    def kept(self, body: Body) -> Iterator[Body]:
        home = _home(body, self.field.name)
        for value in self.field.samples()[:2]:
            for alias in self.field.aliases:
                yield {**put(home, self.field.name, value), alias: value}

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {}


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A documented field of other families is not sent, or only with a value that is a no-op."""

    field: Foreign
    code = "unsupported_parameter"

    @property
    def id(self) -> str:
        return f"{self.field.name}.unsupported"

    @property
    def source(self) -> Source:
        return self.field.source

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.field.name,)

    def says(self) -> str:
        return f"{self.field.name} is not supported by Seedance 2.0"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        value = reading.body[self.field.name]
        if not any(_same(value, harmless) for harmless in self.field.no_op):
            details = {"supported_parameters": parameters(reading.operation)}
            yield Breach(self.field.name, self.says(), details)

    def broken(self, body: Body) -> Iterator[Body]:
        for name in (self.field.name, *self.field.aliases):
            yield {**body, name: True}

    def kept(self, body: Body) -> Iterator[Body]:
        yield body
        for harmless in self.field.no_op:
            yield {**body, self.field.name: harmless}

    def schema(self, model: Model, operation: Operation) -> Schema:
        if not self.field.no_op:
            return {}
        harmless = {"enum": list(self.field.no_op), "x-rules": [self.id]}
        return {"properties": {self.field.name: harmless}}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedValue:
    """A value that other families take is refused by this one."""

    field: Field
    value: str
    source: Source
    code = "unsupported_parameter"

    @property
    def id(self) -> str:
        return f"{self.field.name}.{self.value}"

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.field.name,)

    def says(self) -> str:
        return f"{self.field.name}={self.value} is not supported by Seedance 2.0"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        if reading.body[self.field.name] == self.value:
            details = {"supported_parameters": parameters(reading.operation)}
            yield Breach(self.field.name, self.says(), details)

    def broken(self, body: Body) -> Iterator[Body]:
        yield put(body, self.field.name, self.value)

    def kept(self, body: Body) -> Iterator[Body]:
        for value in self.field.samples():
            if value != self.value:
                yield put(body, self.field.name, value)

    def schema(self, model: Model, operation: Operation) -> Schema:
        allowed = [value for value in self.field.samples() if value != self.value]
        return {"properties": {self.field.name: {"enum": allowed, "x-rules": [self.id]}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """No field is sent that no document mentions."""

    id: str
    source: Source
    code = "unknown_parameter"
    wakes = (ALWAYS,)

    def says(self) -> str:
        return "a field that no document mentions is refused, not ignored"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        if reading.sent.keys() <= KNOWN:
            return
        details = {"supported_parameters": parameters(reading.operation)}
        for name in (name for name in reading.sent if name not in KNOWN):
            shown = printable(name)
            yield Breach(shown, f"{shown} is not a field of this request", details)

    def broken(self, body: Body) -> Iterator[Body]:
        yield {**body, "style": "anime"}
        yield {**body, "Prompt": "text"}

    def kept(self, body: Body) -> Iterator[Body]:
        yield body

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"additionalProperties": False}


def printable(name: str) -> str:
    """Return a client's field name if it can be shown: it might be a key, a prompt or a URL."""
    plain = len(name) <= 40 and name.isascii() and name.replace("_", "").isalnum()
    return name if plain else _NAMELESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Accessible:
    """A material of the library is used by those who can reach it: here, by nobody."""

    id: str
    fields: tuple[str, ...]
    source: Source
    code = "material_not_found"

    @property
    def wakes(self) -> tuple[str, ...]:
        return self.fields

    def says(self) -> str:
        return "Seedance material asset not found or not accessible"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        for name in self.fields:
            if name in reading.body and _is_material(name, reading.body[name]):
                yield Breach(name, self.says())

    def broken(self, body: Body) -> Iterator[Body]:
        for name in self.fields:
            if name in MATERIALS:
                yield {**body, name: _ASSET}
        if "start_image" in self.fields:
            yield put(rebased(body, START_END_TO_VIDEO), "start_image", _ASSET)
            yield put(rebased(body, REFERENCE_TO_VIDEO), "reference_images", [_ASSET])

    def kept(self, body: Body) -> Iterator[Body]:
        yield rebased(body, START_END_TO_VIDEO)

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {}


def _is_material(name: str, value: object) -> bool:
    if name in MATERIALS:
        return True
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and is_asset(one) is not None for one in values)
