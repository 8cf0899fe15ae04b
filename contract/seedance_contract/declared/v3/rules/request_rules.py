"""Rules of v3 about the model, about fields that go together, and about the body as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from seedance_contract.declared.errors import MODEL_NOT_FOUND
from seedance_contract.declared.limits import Limit
from seedance_contract.declared.model import ADAPTIVE, Model
from seedance_contract.declared.operations import IMAGE_TO_VIDEO, Body
from seedance_contract.declared.pixels import RATIOS
from seedance_contract.declared.rules.rule import Breach
from seedance_contract.declared.rules.unsupported_rules import printable_name
from seedance_contract.declared.sources import assumed, openapi, page
from seedance_contract.declared.v3.content import FIRST_FRAME
from seedance_contract.declared.v3.errors import v3_form
from seedance_contract.declared.v3.fields import (
    NULL_ONLY_FIELDS,
    V3_FIELD_NAMES,
    WEB_SEARCH,
)
from seedance_contract.declared.v3.models import ModelsByName
from seedance_contract.declared.v3.rules.field_rules import without_field
from seedance_contract.declared.v3.rules.rule import (
    INVALID,
    MISSING,
    UntestedRule,
    V3Body,
)

_REQUEST = openapi("CreateContentsGenerationsTasksRequest")


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
