"""Rules of v3 about the model and about single fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from seedance_contract.declared.errors import MODEL_NOT_FOUND
from seedance_contract.declared.limits import TYPE_CHECKS, JsonType, Limit, TypeLimit
from seedance_contract.declared.models import ADAPTIVE, Model
from seedance_contract.declared.operations import IMAGE_TO_VIDEO, Body
from seedance_contract.declared.pixels import RATIOS
from seedance_contract.declared.rule import Breach
from seedance_contract.declared.sources import Source, assumed, openapi, page
from seedance_contract.declared.unsupported_rules import printable_name
from seedance_contract.declared.v3.content import FIRST_FRAME
from seedance_contract.declared.v3.errors import v3_form
from seedance_contract.declared.v3.fields import (
    NULL_ONLY_FIELDS,
    UNSUPPORTED_V3_FIELDS,
    V3_FIELD_NAMES,
    WEB_SEARCH,
    V3Field,
)
from seedance_contract.declared.v3.rule import (
    INVALID,
    MISSING,
    ModelsByName,
    UntestedRule,
    V3Body,
    ValueTest,
)

_REQUEST = openapi("CreateContentsGenerationsTasksRequest")


def without_field(body: Body, name: str) -> dict[str, object]:
    """Return the body without a field."""
    return {key: value for key, value in body.items() if key != name}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredFieldRule(UntestedRule):
    """A field is there, and not null."""

    name: str
    source = _REQUEST
    code = MISSING
    field = None

    @property
    def id(self) -> str:
        return f"v3.{self.name}.required"

    def requirement(self) -> str:
        return f"{self.name} is required"

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        if self.name not in parsed.body:
            yield Breach(self.name, self.requirement())

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield without_field(body, self.name)
        yield {**body, self.name: None}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield body


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownV3ModelRule(UntestedRule):
    """The model is one that v3 has, under one of its names."""

    models: ModelsByName = dataclass_field(repr=False, compare=False)
    source = assumed("the identifiers of models that v3 accepts")
    id = "v3.model.known"
    code = v3_form(MODEL_NOT_FOUND).code
    field = "model"

    def requirement(self) -> str:
        return "model must be one of " + ", ".join(self.models)

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        if parsed.model is None and isinstance(parsed.body["model"], str):
            yield Breach("model", self.requirement())

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**body, "model": "doubao-seedance-9-0-260128"}
        yield {**body, "model": ""}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        content = [{"type": "text", "text": "x"}]
        for name in self.models:
            yield {"model": name, "content": content}


def supports_field(model: Model | None, name: str) -> bool:
    """Tell whether a model takes a field; True for a model that does not exist."""
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

    def value_test(self, model: Model | None) -> ValueTest | None:
        return TYPE_CHECKS[self.type]

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = _body_on_model(body, self.field, self.models, supporting=True)
        for value in TypeLimit(self.type).invalid_examples():
            if base is not None and value is not None:
                yield {**base, self.field: value}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield body


@dataclass(frozen=True, slots=True, kw_only=True)
class V3LimitRule:
    """The value of a field is within a limit: that of its model, or the one that all share."""

    declared: V3Field
    models: ModelsByName = dataclass_field(repr=False, compare=False)
    code = INVALID

    @property
    def id(self) -> str:
        return f"v3.{self.field}.{self._limit(None).id_suffix}"

    @property
    def field(self) -> str:
        return self.declared.name

    @property
    def source(self) -> Source:
        return self.declared.source

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

    def value_test(self, model: Model | None) -> ValueTest | None:
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
class RefusedValueRule(UntestedRule):
    """A field does not have a value that no model here supports."""

    declared: V3Field
    code = INVALID

    @property
    def id(self) -> str:
        return f"v3.{self.field}.unsupported"

    @property
    def field(self) -> str:
        return self.declared.name

    @property
    def source(self) -> Source:
        return self.declared.source

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
class ModelSupportRule(UntestedRule):
    """A request does not carry a field that its model does not support."""

    declared: V3Field
    models: ModelsByName = dataclass_field(repr=False, compare=False)
    code = INVALID

    @property
    def id(self) -> str:
        return f"v3.{self.field}.model"

    @property
    def field(self) -> str:
        return self.declared.name

    @property
    def source(self) -> Source:
        return self.declared.source

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
class FrameRatioRule(UntestedRule):
    """Beside a first frame, a model may leave the ratio to that image alone."""

    models: ModelsByName = dataclass_field(repr=False, compare=False)
    id = "v3.ratio.frames"
    source = page("create-volc: Seedance 2.5")
    code = INVALID
    field = "ratio"

    def requirement(self) -> str:
        return "ratio must be one that the model allows beside a first frame"

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        limit = _frame_ratio_limit(parsed.model)
        ratio = parsed.body["ratio"]
        # A value that is no ratio at all is reported by `v3.ratio.value`.
        if limit is None or limit.allows(ratio) or ratio not in RATIOS:
            return
        if any(item.role == FIRST_FRAME for item in parsed.items):
            yield Breach("ratio", f"ratio must {limit.requirement()} beside a first frame")

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for invalid, _ in self._bodies():
            yield invalid

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for _, valid in self._bodies():
            yield valid

    def _bodies(self) -> Iterator[tuple[Body, Body]]:
        """Yield an invalid body and a valid one for each name of a model with such a limit."""
        image = {"type": "image_url", "image_url": {"url": "https://example.com/one.png"}}
        for name, model in self.models.items():
            limit = _frame_ratio_limit(model)
            refused = [ratio for ratio in RATIOS if limit is not None and not limit.allows(ratio)]
            if refused:
                body = {"model": name, "content": [image]}
                yield {**body, "ratio": refused[0]}, {**body, "ratio": ADAPTIVE}


def _frame_ratio_limit(model: Model | None) -> Limit | None:
    return None if model is None else model.limit("aspect_ratio", IMAGE_TO_VIDEO)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsRule(UntestedRule):
    """`tools` has at most one entry, which is `{"type": "web_search"}`."""

    id = "v3.tools.value"
    source = openapi("CreateContentsGenerationsTasksRequest.tools")
    code = INVALID
    field = "tools"

    def requirement(self) -> str:
        return 'tools must be [{"type": "web_search"}], or empty'

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        tools = parsed.body["tools"]
        if not isinstance(tools, list) or tools[1:] or (tools and tools != [WEB_SEARCH]):
            yield Breach("tools", self.requirement())

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        search = dict(WEB_SEARCH)
        broken: tuple[object, ...] = (search, [{}], ["web_search"], [{"type": "x"}], [search] * 2)
        for tools in broken:
            yield {**body, "tools": tools}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**body, "tools": []}
        yield {**body, "tools": [dict(WEB_SEARCH)]}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownV3FieldsRule(UntestedRule):
    """The body is closed: it has documented fields only, whatever the value of another one."""

    id = "v3.request.known"
    source = page("create-volc")
    code = INVALID
    field = None

    def requirement(self) -> str:
        return "a request has documented fields only"

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        # One set operation decides for most requests.
        if V3_FIELD_NAMES.issuperset(parsed.original):
            names = [name for name in NULL_ONLY_FIELDS if name in parsed.body]
        else:
            known = V3_FIELD_NAMES.difference(NULL_ONLY_FIELDS)
            names = [
                name
                for name in parsed.original
                if name not in known and (name not in NULL_ONLY_FIELDS or name in parsed.body)
            ]
        for name in names:
            # A name comes from the client, and may be a secret in the wrong place.
            shown = printable_name(name)
            yield Breach(shown, f"{shown} is not a field of this request")

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**body, "fps": 24}
        yield {**body, "fps": None}
        yield {**body, NULL_ONLY_FIELDS[0]: "auto"}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield {**body, NULL_ONLY_FIELDS[0]: None}


UNSUPPORTED_FIELD_RULES = tuple(
    UnsupportedV3FieldRule(field=name, source=source)
    for name, source in UNSUPPORTED_V3_FIELDS.items()
)
