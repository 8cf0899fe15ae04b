"""The JSON Schema of the create request of v3: one branch for each model.

What an item of `content` may be is exact. How items go together (one text, frames or references) is
not in the schema: the rules say it.
"""

from __future__ import annotations

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.limits import Schema, TypeLimit
from seedance_contract.declared.media_limits import (
    ASSET_PATTERN,
    URL_PATTERN,
    Medium,
    data_url_pattern,
)
from seedance_contract.declared.model import Model
from seedance_contract.declared.v3.content import CONTENT_KINDS, DRAFT_TASK, ContentKind
from seedance_contract.declared.v3.fields import (
    NULL_ONLY_FIELDS,
    UNSUPPORTED_V3_FIELDS,
    V3_FIELDS,
    WEB_SEARCH,
    V3Field,
)
from seedance_contract.declared.v3.rules.content_breaches import max_content_items
from seedance_contract.derived.schemas.request_schema import merge_schemas
from seedance_contract.derived.schemas.schema_objects import (
    closed_object,
    schema_reference,
    with_optional,
)

_NULL: Schema = {"type": "null"}

# What `v3.content.url` allows.
_URL_PATTERNS = {
    Medium.IMAGE: f"^(?:{URL_PATTERN}|{data_url_pattern(Medium.IMAGE)}|{ASSET_PATTERN})$",
    Medium.VIDEO: f"^(?:{URL_PATTERN})$",
    Medium.AUDIO: f"^(?:{URL_PATTERN}|{data_url_pattern(Medium.AUDIO)})$",
}


def v3_request_schemas(contract: Contract = CONTRACT) -> dict[str, Schema]:
    """Return the named schemas of the create request. `ContentTaskRequest` is the whole of it."""
    models = [model for model in contract.models.values() if model.v3 is not None]
    branches = {f"ContentTaskRequest.{model.id}": _branch(model) for model in models}
    # A draft task is documented, and no model here takes one.
    kinds = [kind for kind in CONTENT_KINDS.values() if kind is not DRAFT_TASK]
    items = {f"ContentItem.{kind.type}": _item(kind) for kind in kinds}
    return {
        "ContentTaskRequest": {"oneOf": [schema_reference(name) for name in branches]},
        **branches,
        "ContentItem": {"oneOf": [schema_reference(name) for name in items]},
        **items,
    }


def _branch(model: Model) -> Schema:
    assert model.v3 is not None
    names = [model.id, *model.v3.identifiers]
    required: dict[str, Schema] = {
        "model": {"enum": names},
        "content": {
            "type": "array",
            "minItems": 1,
            "maxItems": max_content_items(model),
            "items": schema_reference("ContentItem"),
        },
    }
    fields = {name: _field(field, model) for name, field in V3_FIELDS.items()}
    fields |= dict.fromkeys((*UNSUPPORTED_V3_FIELDS, *NULL_ONLY_FIELDS), _NULL)
    fields["tools"] = _nullable({"type": "array", "maxItems": 1, "items": {"const": _WEB_SEARCH}})
    return with_optional(closed_object(**required), **fields)


_WEB_SEARCH = dict(WEB_SEARCH)


def _field(field: V3Field, model: Model) -> Schema:
    assert model.v3 is not None
    if field.name in model.v3.unsupported_fields:
        return _NULL
    limits = (field.model_limit(model),) if field.model_limit is not None else field.limits
    schema: Schema = TypeLimit(field.type).schema()
    for limit in limits:
        schema = merge_schemas(schema, limit.schema())
    if field.refused:
        schema = merge_schemas(schema, {"not": {"enum": list(field.refused)}})
    default = model.v3.defaults.get(field.name, field.default)
    return _nullable(schema if default is None else {**schema, "default": default})


def _nullable(schema: Schema) -> Schema:
    """Return a schema that allows null, too."""
    # The SDKs of the model's maker send each field that is not set as null.
    return {"anyOf": [schema, _NULL]}


def _item(kind: ContentKind) -> Schema:
    text = _text(kind)
    value: Schema = text if kind.member is None else closed_object(**{kind.member: text})
    role: Schema = _nullable({"enum": list(kind.roles)}) if kind.roles else _NULL
    others = dict.fromkeys((other for other in CONTENT_KINDS if other != kind.type), _NULL)
    item = closed_object(type={"const": kind.type}, **{kind.type: value})
    return with_optional(item, role=role, **others)


def _text(kind: ContentKind) -> Schema:
    """Return the schema of what an item consists of: its text, or its URL."""
    if kind.medium is None:
        return {"type": "string", "minLength": 1}
    return {"type": "string", "pattern": _URL_PATTERNS[kind.medium]}
