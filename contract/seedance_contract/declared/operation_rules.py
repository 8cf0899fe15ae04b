"""Rules about the operation: which inputs it needs, and which do not belong to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from seedance_contract.declared.fields import FIELDS, INPUTS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import Model
from seedance_contract.declared.operations import (
    FOREIGN_OPERATIONS,
    INFERENCE,
    OPERATIONS,
    Body,
    Hint,
    Input,
    Operation,
)
from seedance_contract.declared.reading import Reading
from seedance_contract.declared.rule import (
    Breach,
    parameters,
    put,
    rebased,
    spelled,
    without,
)
from seedance_contract.declared.sources import Source

_INPUTS = frozenset(one.name for one in INPUTS)


def _help(operation: Operation) -> dict[str, object]:
    """Return the error members that describe what `operation` needs."""
    prompt = ["prompt"] if operation.prompt else []
    needs = [need.fields[0] for need in operation.needs]
    return {
        "required_selectors": prompt + needs,
        "supported_parameters": parameters(operation),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationKnown:
    """The operation is one that the model has."""

    id: str
    source: Source
    code = "unsupported_operation"
    wakes = ("operation",)

    def says(self) -> str:
        return "operation must be one of " + ", ".join(OPERATIONS)

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        name = reading.body["operation"]
        supported = OPERATIONS if reading.model is None else reading.model.operations
        if isinstance(name, str) and name not in supported:
            yield Breach("operation", self.says(), {"supported_operations": list(supported)})

    def broken(self, body: Body) -> Iterator[Body]:
        for name in (*FOREIGN_OPERATIONS, "video-to-text", ""):
            yield put(body, "operation", name)

    def kept(self, body: Body) -> Iterator[Body]:
        for operation in OPERATIONS.values():
            yield rebased(body, operation)

    def schema(self, model: Model, operation: Operation) -> Schema:
        named = {"enum": [operation.name], "x-rules": [self.id]}
        return {"properties": {"operation": named}, **_asked_for(operation)}


def _asked_for(operation: Operation) -> Schema:
    """Return what makes a request one of `operation`: its name, or inputs that imply it.

    Inputs that alone imply another operation are no branch of this one, or the schema would
    allow here what is refused there.
    """
    hints = [hint for hint in INFERENCE if hint.operation is operation]
    certain = {hint.field for hint in hints if not hint.many}
    if all(certain.issuperset(need.fields) for need in operation.needs):
        return {}
    implied = [schema for hint in hints for schema in _hinted(hint)]
    return {"allOf": [{"anyOf": [{"required": ["operation"]}, *implied]}]}


def _hinted(hint: Hint) -> Iterator[Mapping[str, object]]:
    for spelling in FIELDS[hint.field].spellings:
        several = {"properties": {spelling: {"minItems": 2}}} if hint.many else {}
        yield {"required": [spelling], **several}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompted:
    """An operation has a prompt."""

    operation: Operation
    code = "required"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.prompt"

    @property
    def source(self) -> Source:
        return self.operation.source

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def says(self) -> str:
        return f"prompt is required for {self.operation.name}"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        if "prompt" not in reading.body:
            yield Breach("prompt", self.says(), _help(self.operation))

    def broken(self, body: Body) -> Iterator[Body]:
        yield without(rebased(body, self.operation), ("prompt",))

    def kept(self, body: Body) -> Iterator[Body]:
        yield rebased(body, self.operation)

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"required": ["prompt"]} if operation is self.operation else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """An operation has the media it starts from."""

    operation: Operation
    need: Input
    code = "required"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.{self.need.name}"

    @property
    def source(self) -> Source:
        return self.operation.source

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def says(self) -> str:
        return f"{self.operation.name} needs {' or '.join(self.need.fields)}"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        if reading.body.keys().isdisjoint(self.need.fields):
            yield Breach(self.need.fields[0], self.says(), _help(self.operation))

    def broken(self, body: Body) -> Iterator[Body]:
        yield without(rebased(body, self.operation), self.need.fields)

    def kept(self, body: Body) -> Iterator[Body]:
        home = without(rebased(body, self.operation), self.need.fields)
        for name in self.need.fields:
            yield {**home, name: FIELDS[name].samples()[0]}

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        some = [schema for name in self.need.fields for schema in spelled(name)]
        return {"allOf": [{"anyOf": some}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """An operation starts from one medium: not two fields, not a list of two."""

    operation: Operation
    need: Input
    code = "too_many_inputs"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.one-{self.need.name}"

    @property
    def source(self) -> Source:
        return self.need.source

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def says(self) -> str:
        return f"{self.operation.name} takes exactly one of {', '.join(self.need.fields)}"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        given = [name for name in self.need.fields if name in reading.body]
        if len(given) > 1 or any(_crowded(name, reading.body[name]) for name in given):
            yield Breach(given[-1], self.says(), _help(self.operation))

    def broken(self, body: Body) -> Iterator[Body]:
        home = without(rebased(body, self.operation), self.need.fields)
        samples = {name: FIELDS[name].samples()[0] for name in self.need.fields}
        for one, other in combinations(self.need.fields, 2):
            yield {**home, one: samples[one], other: samples[other]}
        for name in self._lists():
            yield {**home, name: [FIELDS[name].entry()] * 2}

    def kept(self, body: Body) -> Iterator[Body]:
        home = without(rebased(body, self.operation), self.need.fields)
        for name in self._lists():
            yield {**home, name: [FIELDS[name].entry()]}

    def _lists(self) -> list[str]:
        return [name for name in self.need.fields if FIELDS[name].items]

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        pairs = combinations(self.need.fields, 2)
        return {
            "properties": {name: {"maxItems": 1, "x-rules": [self.id]} for name in self._lists()},
            "allOf": [{"not": {"required": list(pair)}} for pair in pairs],
        }


def _crowded(name: str, value: object) -> bool:
    """Tell whether a list has several entries, but not so many that its own count says so."""
    span = FIELDS[name].items
    return span is not None and isinstance(value, list) and 1 < len(value) <= span[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """An input that does not belong to the operation is refused, not ignored."""

    operation: Operation
    code = "unexpected_input"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.inputs"

    @property
    def source(self) -> Source:
        return self.operation.source

    @property
    def wakes(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def says(self) -> str:
        inputs = ", ".join(self.operation.inputs) or "no input but the prompt"
        return f"{self.operation.name} takes {inputs}"

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        if _INPUTS.isdisjoint(reading.body):
            return
        for name in self._strangers():
            if name in reading.body:
                message = f"{name} does not belong to {self.operation.name}"
                yield Breach(name, message, {**_help(self.operation), "hint": _belongs(name)})

    def _strangers(self) -> list[str]:
        return [one.name for one in INPUTS if one.name not in self.operation.inputs]

    def broken(self, body: Body) -> Iterator[Body]:
        for name in self._strangers():
            yield {**rebased(body, self.operation), name: FIELDS[name].samples()[0]}

    def kept(self, body: Body) -> Iterator[Body]:
        more = {name: FIELDS[name].samples()[0] for name in self.operation.takes}
        yield {**rebased(body, self.operation), **more}

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {}


def _belongs(name: str) -> str:
    homes = [one.name for one in OPERATIONS.values() if name in one.inputs]
    return f"{name} belongs to {' and '.join(homes)}"
