"""The requests of the material library: their fields, limits and sources."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from seedance_contract.declared.limits import Length, Limit, OneOf, Schema, is_integer
from seedance_contract.declared.materials.resources import (
    DEFAULT_PROJECT,
    AssetType,
    LibraryType,
)
from seedance_contract.declared.rules.unsupported_rules import printable_name
from seedance_contract.declared.sources import Source, openapi, page

MAX_METADATA_BYTES = 16 * 1024
"""The size limit of the metadata of a material or group, as JSON. Assumed: no document states one.

Without a limit a client could keep megabytes in the store of a server.
"""

MAX_NAME = 128
"""The most characters of a name, and of a project."""

MAX_DESCRIPTION = 500
"""The most characters of a description."""

MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE = 100, 20
"""How many items a page of a list has at most, and if the request does not say."""


UNKNOWN_FIELD = "unknown_parameter"
"""The code of a field that the request does not have."""


class FieldProblem(NamedTuple):
    """Why the value of a field is refused, and the `code` in `validation_errors`."""

    field: str
    message: str
    code: str


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and {*map(type, value)} <= {str}


FIELD_KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = MappingProxyType(
    {
        "string": (lambda value: isinstance(value, str), "a string"),
        "integer": (is_integer, "an integer"),
        "object": (lambda value: isinstance(value, dict), "an object"),
        "strings": (_is_strings, "an array of strings"),
    }
)
"""The types of values: a test, and a phrase that continues "must be"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialField:
    """A field of a request of the library.

    Args:
        name: the name.
        source: where it is documented.
        limit: the limit on the value, or on each of `strings`; None for any value.
        kind: the type of the value, one of `FIELD_KINDS`.
        max_items: the most of `strings`; None for any number.
        nullable: whether null is a value too.
        required: whether a request needs it.
        default: the value of an omitted field.
        fixed: whether an existing material or group refuses it.
    """

    name: str
    source: Source
    limit: Limit | None = None
    kind: str = "string"
    max_items: int | None = None
    nullable: bool = False
    required: bool = False
    default: str | None = None
    fixed: bool = False

    def problem(self, value: object) -> FieldProblem | None:
        """Return why a value is refused, or None if it is allowed."""
        if self.fixed:
            message = f"{self.name} is fixed after the creation: create another material"
            return FieldProblem(self.name, message, "unsupported_parameter")
        if value is None and self.nullable:
            return None
        has_kind, phrase = FIELD_KINDS[self.kind]
        if not has_kind(value):
            null = " or null" if self.nullable else ""
            return FieldProblem(self.name, f"{self.name} must be {phrase}{null}", "invalid_type")
        if self.kind == "object" and len(json.dumps(value)) > MAX_METADATA_BYTES:
            message = f"{self.name} must have at most {MAX_METADATA_BYTES} bytes as JSON"
            return FieldProblem(self.name, message, "invalid_length")
        values = value if isinstance(value, list) else [value]
        if self.max_items is not None and len(values) > self.max_items:
            message = f"{self.name} must have at most {self.max_items} entries"
            return FieldProblem(self.name, message, "invalid_count")
        if self.limit is not None and not all(map(self.limit.allows, values)):
            message = f"{self.name} must {self.limit.requirement()}"
            return FieldProblem(self.name, message, self.limit.code)
        return None

    def schema(self) -> Schema:
        """Return the field as JSON Schema."""
        kind = self.kind
        limit = {} if self.limit is None else self.limit.schema()
        default = {} if self.default is None else {"default": self.default}
        return {"type": [kind, "null"] if self.nullable else kind, **limit, **default}


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialRequest:
    """A closed JSON object. `min_fields` is how many fields it has at least."""

    schema_name: str
    fields: Mapping[str, MaterialField]
    min_fields: int = 0

    def problems(self, body: Mapping[str, object]) -> Iterator[FieldProblem]:
        """Yield every problem of a body: what is missing first."""
        for name, field in self.fields.items():
            if field.required and name not in body:
                yield FieldProblem(name, f"{name} is required", "required")
        if len(body) < self.min_fields:
            names = ", ".join(name for name, field in self.fields.items() if not field.fixed)
            yield FieldProblem("body", f"the body needs one of {names}", "required")
        for name, value in body.items():
            known = self.fields.get(name)
            problem = _unknown(name) if known is None else known.problem(value)
            if problem is not None:
                yield problem

    def schema(self) -> Schema:
        """Return the request as JSON Schema."""
        fields = {name: field for name, field in self.fields.items() if not field.fixed}
        required = [name for name, field in fields.items() if field.required]
        return {
            "type": "object",
            "properties": {name: field.schema() for name, field in fields.items()},
            **({"required": required} if required else {}),
            **({"minProperties": self.min_fields} if self.min_fields else {}),
            "additionalProperties": False,
        }


def _unknown(name: str) -> FieldProblem:
    field = printable_name(name)
    return FieldProblem(field, f"{field} is not a field of this request", UNKNOWN_FIELD)


def _request(schema_name: str, *fields: MaterialField, min_fields: int = 0) -> MaterialRequest:
    by_name = MappingProxyType({field.name: field for field in fields})
    return MaterialRequest(schema_name=schema_name, fields=by_name, min_fields=min_fields)


_CREATE = openapi("SeedanceMaterialAssetCreateRequest")
_UPDATE = openapi("SeedanceMaterialAssetUpdateRequest")
_GROUP = openapi("SeedanceMaterialAssetGroupCreateRequest")
_NAME = Length(1, MAX_NAME)
_LIBRARIES = OneOf(tuple(LibraryType))
_FIXED = page("seedance-materials")


def _project(source: Source) -> MaterialField:
    return MaterialField(name="project_name", limit=_NAME, default=DEFAULT_PROJECT, source=source)


def _metadata(source: Source) -> MaterialField:
    return MaterialField(name="metadata", kind="object", nullable=True, source=source)


CREATE_ASSET_REQUEST = _request(
    "MaterialRequest",
    # Its form is tested apart: an impossible source has an error of its own.
    MaterialField(name="asset_url", required=True, source=_CREATE),
    MaterialField(name="asset_name", limit=_NAME, source=_CREATE),
    MaterialField(
        name="asset_type", limit=OneOf(tuple(AssetType)), default=AssetType.IMAGE, source=_CREATE
    ),
    MaterialField(
        name="library_type", limit=_LIBRARIES, default=LibraryType.AVATAR, source=_CREATE
    ),
    MaterialField(name="group_id", source=_CREATE),
    _project(_CREATE),
    _metadata(_CREATE),
)
# The schema of the vendor still has URL and type. The newer page says that they are fixed.
UPDATE_ASSET_REQUEST = _request(
    "MaterialUpdate",
    MaterialField(name="asset_name", limit=_NAME, source=_UPDATE),
    _metadata(_UPDATE),
    _project(_UPDATE),
    MaterialField(name="asset_url", fixed=True, source=_FIXED),
    MaterialField(name="asset_type", fixed=True, source=_FIXED),
    min_fields=1,
)
CREATE_GROUP_REQUEST = _request(
    "MaterialGroupRequest",
    MaterialField(name="group_name", limit=_NAME, source=_GROUP),
    MaterialField(
        name="description", limit=Length(0, MAX_DESCRIPTION), nullable=True, source=_GROUP
    ),
    MaterialField(name="library_type", limit=_LIBRARIES, default=LibraryType.AVATAR, source=_GROUP),
    _project(_GROUP),
    _metadata(_GROUP),
)
UPDATE_GROUP_REQUEST = _request(
    "MaterialGroupUpdate",
    MaterialField(name="group_name", limit=_NAME, source=_GROUP),
    MaterialField(
        name="description", limit=Length(0, MAX_DESCRIPTION), nullable=True, source=_GROUP
    ),
    _project(_GROUP),
    _metadata(_GROUP),
)

MATERIAL_REQUESTS = (
    CREATE_ASSET_REQUEST,
    UPDATE_ASSET_REQUEST,
    CREATE_GROUP_REQUEST,
    UPDATE_GROUP_REQUEST,
)
