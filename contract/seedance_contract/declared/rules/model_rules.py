"""Rules about the model, and about what one model does not take."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.model import Model, Models
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import Body, Operation
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.declared.rules.rule import (
    ALWAYS,
    Breach,
    ValueCheck,
    allowed_values,
    supported_parameters,
    with_model,
    with_value,
    without_fields,
)
from seedance_contract.declared.sources import Source

CATALOGUE_HINT = "GET /v1/models lists the models that can be used"


def model_suggestions(name: str, models: Models = MODELS) -> dict[str, object]:
    """Return the error members that help a client that asks for a model that does not exist."""
    # The ratio of difflib takes time that grows with the square of the length, and the name comes
    # from the client: only its beginning is compared.
    [nearest] = difflib.get_close_matches(name.lower()[:64], models, n=1, cutoff=0)
    return {
        "did_you_mean": nearest,
        "suggestions": [{"id": model_id} for model_id in models],
        "hint": CATALOGUE_HINT,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredModelRule:
    """A request names its model: there is no default."""

    id: str
    source: Source
    code = "required"
    topics = (ALWAYS,)

    def requirement(self) -> str:
        return "model is required"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if "model" not in parsed.body:
            yield Breach("model", self.requirement(), {"hint": CATALOGUE_HINT})

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield without_fields(body, ("model",))

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield body

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"required": ["model"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModelRule:
    """The model is one of the catalogue."""

    id: str
    source: Source
    models: Models = dataclass_field(repr=False, compare=False)
    code = "model_not_found"
    topics = ("model",)

    def requirement(self) -> str:
        return "model must be one of " + ", ".join(self.models)

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if parsed.model is None and isinstance(name := parsed.body["model"], str):
            yield Breach("model", self.requirement(), model_suggestions(name, self.models))

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_value(body, "model", "seedance-2.0-turbo")
        yield with_value(body, "model", "")

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self.models:
            yield with_model(body, self.models[name], self.models)

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"properties": {"model": {"enum": [model.id], "x-rules": [self.id]}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResolutionRule:
    """The resolution is one that the model renders. Others are refused, never downgraded.

    `other_resolutions` are those of other models. `resolution.value` refuses all the rest.
    """

    model: Model
    other_resolutions: tuple[str, ...]
    models: Models = dataclass_field(repr=False, compare=False)
    code = "unsupported_resolution"

    @property
    def id(self) -> str:
        return f"{self.model.id}.resolution"

    @property
    def source(self) -> Source:
        return self.model.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.model.id,)

    def requirement(self) -> str:
        return f"resolution must be one of {', '.join(self.model.resolutions)} on {self.model.id}"

    def value_check(self, parsed: ParsedBody) -> tuple[str, ValueCheck]:
        return "resolution", lambda name: name not in self.other_resolutions

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if parsed.model is self.model and parsed.body.get("resolution") in self.other_resolutions:
            details = {
                "model": self.model.id,
                "allowed_resolutions": allowed_values(FIELDS["resolution"], self.model),
            }
            yield Breach("resolution", self.requirement(), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = with_model(body, self.model, self.models)
        for name in self.other_resolutions:
            yield with_value(base, "resolution", name)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = with_model(body, self.model, self.models)
        for name in self.model.resolutions:
            yield with_value(base, "resolution", name)

    def schema(self, model: Model, operation: Operation) -> Schema:
        if model is not self.model:
            return {}
        enum = {"enum": list(self.model.resolutions), "x-rules": [self.id]}
        return {"properties": {"resolution": enum}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFieldsRule:
    """A request does not carry a field that its model does not support."""

    model: Model
    models: Models = dataclass_field(repr=False, compare=False)
    code = "unsupported_parameter"

    @property
    def id(self) -> str:
        return f"{self.model.id}.fields"

    @property
    def source(self) -> Source:
        return self.model.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.model.id,)

    def requirement(self) -> str:
        fields = ", ".join(self.model.unsupported_fields)
        return f"{self.model.id} does not support {fields}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        for name in self.model.unsupported_fields:
            if name in parsed.body:
                supported = supported_parameters(parsed.operation, self.model)
                message = f"{name} is not supported by {self.model.id}"
                yield Breach(name, message, {"supported_parameters": supported})

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = with_model(body, self.model, self.models)
        for name in self.model.unsupported_fields:
            yield with_value(base, name, FIELDS[name].sample_values()[0])

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_model(body, self.model, self.models)

    def schema(self, model: Model, operation: Operation) -> Schema:
        # The schema is closed, and the other rules add no property for an unsupported field.
        return {}
