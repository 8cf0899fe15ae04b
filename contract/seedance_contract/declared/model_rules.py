"""Rules about the model, and about what one model does not render."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import FAMILY, MODELS, Model
from seedance_contract.declared.operations import Body, Operation
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.declared.pixels import RESOLUTIONS
from seedance_contract.declared.rule import (
    ALWAYS,
    Breach,
    allowed_values,
    with_value,
    without_fields,
)
from seedance_contract.declared.sources import Source

CATALOGUE_HINT = "GET /v1/models lists the models that can be used"


def model_suggestions(name: str) -> dict[str, object]:
    """Return the error members that help whoever asked for a model that does not exist."""
    [nearest] = difflib.get_close_matches(name.lower()[:64], MODELS, n=1, cutoff=0)
    return {
        "did_you_mean": nearest,
        "suggestions": [{"id": model.id} for model in FAMILY],
        "hint": CATALOGUE_HINT,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredModelRule:
    """A request says which model it wants; none is chosen for it."""

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
    """The model is one of the family."""

    id: str
    source: Source
    code = "model_not_found"
    topics = ("model",)

    def requirement(self) -> str:
        return "model must be one of " + ", ".join(MODELS)

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if parsed.model is None and isinstance(name := parsed.body["model"], str):
            yield Breach("model", self.requirement(), model_suggestions(name))

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_value(body, "model", "seedance-2.0-turbo")
        yield with_value(body, "model", "")

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for name in MODELS:
            yield with_value(without_fields(body, ("resolution",)), "model", name)

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"properties": {"model": {"enum": [model.id], "x-rules": [self.id]}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResolutionRule:
    """A model renders its own resolutions; what it does not is refused, never downgraded."""

    model: Model
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

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if parsed.model is self.model and parsed.body.get("resolution") in self._refused():
            details = {
                "model": self.model.id,
                "allowed_resolutions": allowed_values("resolution", self.model),
            }
            yield Breach("resolution", self.requirement(), details)

    def _refused(self) -> list[str]:
        return [name for name in RESOLUTIONS if name not in self.model.resolutions]

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self._refused():
            yield {**with_value(body, "resolution", name), "model": self.model.id}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self.model.resolutions:
            yield {**with_value(body, "resolution", name), "model": self.model.id}

    def schema(self, model: Model, operation: Operation) -> Schema:
        if model is not self.model:
            return {}
        enum = {"enum": list(self.model.resolutions), "x-rules": [self.id]}
        return {"properties": {"resolution": enum}}
