"""Rules of v3 about the value of a single field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from seedance_contract.declared.limits import TYPE_CHECKS, JsonType, Limit, TypeLimit
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import Body
from seedance_contract.declared.rules.rule import Breach, ValueCheck
from seedance_contract.declared.sources import Source
from seedance_contract.declared.v3.fields import (
    UNSUPPORTED_V3_FIELDS,
    V3Field,
)
from seedance_contract.declared.v3.models import ModelsByName
from seedance_contract.declared.v3.rules.rule import (
    INVALID,
    UntestedRule,
    V3Body,
)


def without_field(body: Body, name: str) -> dict[str, object]:
    """Return the body without a field."""
    return {key: value for key, value in body.items() if key != name}


def supports_field(model: Model | None, name: str) -> bool:
    """Return whether a model takes a field; True for a model that does not exist."""
    return model is None or model.v3 is None or name not in model.v3.unsupported_fields


def _body_on_model(body: Body, name: str, models: ModelsByName, *, supporting: bool) -> Body | None:
    """Return a legal body near `body` on a model that takes the field `name`, or does not.

    None if there is no such model.
    """
    if supports_field(models.get(str(body.get("model"))), name) is supporting:
        return body
    for identifier, model in models.items():
        if supports_field(model, name) is supporting:
            return {"model": identifier, "content": body["content"]}
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFieldRule:
    """What rules about a declared field have in common: they are about its value."""

    declared: V3Field
    code = INVALID

    @property
    def field(self) -> str:
        return self.declared.name

    @property
    def source(self) -> Source:
        return self.declared.source


@dataclass(frozen=True, slots=True, kw_only=True)
class V3TypeRule:
    """The value of a field has a JSON type. Nothing is converted.

    A model that does not take the field is reported by `ModelSupportRule` alone.
    """

    field: str
    type: JsonType
    source: Source
    models: ModelsByName = dataclass_field(repr=False, compare=False)
    code = INVALID

    @property
    def id(self) -> str:
        return f"v3.{self.field}.type"

    def requirement(self) -> str:
        return f"{self.field} must {TypeLimit(self.type).requirement()}"

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        is_valid = TypeLimit(self.type).allows(parsed.body[self.field])
        if not is_valid and supports_field(parsed.model, self.field):
            yield Breach(self.field, self.requirement())

    def value_test(self, model: Model | None) -> ValueCheck | None:
        return TYPE_CHECKS[self.type]

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_on_model(body, self.field, self.models, supporting=True)
        for value in TypeLimit(self.type).invalid_examples():
            if base is not None and value is not None:
                yield {**base, self.field: value}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield body


@dataclass(frozen=True, slots=True, kw_only=True)
class V3LimitRule(DeclaredFieldRule):
    """The value of a field is within a limit: that of its model, or the one that all share."""

    models: ModelsByName = dataclass_field(repr=False, compare=False)

    @property
    def id(self) -> str:
        return f"v3.{self.field}.{self._limit(None).id_suffix}"

    def _limit(self, model: Model | None) -> Limit:
        if self.declared.model_limit is None:
            return self.declared.limits[0]
        # Without a model the limit of the first one: `v3.model.known` reports the model itself.
        return self.declared.model_limit(model or next(iter(self.models.values())))

    def _limit_of(self, body: Body) -> Limit:
        return self._limit(self.models.get(str(body.get("model"))))

    def requirement(self) -> str:
        return f"{self.field} must {self._limit(None).requirement()}"

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        if parsed.model is None and self.declared.model_limit is not None:
            return
        limit = self._limit(parsed.model)
        is_valid = limit.allows(parsed.body[self.field])
        if not is_valid and supports_field(parsed.model, self.field):
            yield Breach(self.field, f"{self.field} must {limit.requirement()}")

    def value_test(self, model: Model | None) -> ValueCheck | None:
        return self._limit(model).allows

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_on_model(body, self.field, self.models, supporting=True)
        for value in () if base is None else self._limit_of(base).invalid_examples():
            yield {**(base or {}), self.field: value}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_on_model(body, self.field, self.models, supporting=True)
        for value in () if base is None else self._limit_of(base).valid_examples():
            if value not in self.declared.refused:
                yield {**(base or {}), self.field: value}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedValueRule(DeclaredFieldRule, UntestedRule):
    """A field does not have a value that no model here supports."""

    @property
    def id(self) -> str:
        return f"v3.{self.field}.unsupported"

    def requirement(self) -> str:
        values = ", ".join(str(value).lower() for value in self.declared.refused)
        return f"{self.field}: {values} is not supported"

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        value = parsed.body[self.field]
        # `1 == True` in Python: a number breaks `v3.draft.type` only.
        if value in self.declared.refused and isinstance(value, bool | str):
            yield Breach(self.field, self.requirement())

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for value in self.declared.refused:
            yield {**body, self.field: value}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield without_field(body, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSupportRule(DeclaredFieldRule, UntestedRule):
    """A request does not carry a field that its model does not support."""

    models: ModelsByName = dataclass_field(repr=False, compare=False)

    @property
    def id(self) -> str:
        return f"v3.{self.field}.model"

    def requirement(self) -> str:
        return f"{self.field} is supported by some models only"

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        if parsed.model is not None and not supports_field(parsed.model, self.field):
            yield Breach(self.field, f"{self.field} is not supported by {parsed.model.id}")

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_on_model(body, self.field, self.models, supporting=False)
        for value in () if base is None else self.declared.limits[0].valid_examples():
            yield {**(base or {}), self.field: value}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**without_field(body, self.field), self.field: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedV3FieldRule(UntestedRule):
    """A request does not carry a documented field that no model here takes."""

    field: str
    source: Source
    code = INVALID

    @property
    def id(self) -> str:
        return f"v3.{self.field}.unsupported"

    def requirement(self) -> str:
        return f"{self.field} is not supported"

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        yield Breach(self.field, self.requirement())

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**body, self.field: 121}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**body, self.field: None}


UNSUPPORTED_FIELD_RULES = tuple(
    UnsupportedV3FieldRule(field=name, source=source)
    for name, source in UNSUPPORTED_V3_FIELDS.items()
)
