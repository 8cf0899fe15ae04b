"""Building blocks of the response schemas: strings, times, prices, open and closed objects."""

from __future__ import annotations

from seedance_contract.declared.limits import Schema
from seedance_contract.derived.schemas.request_schema import SCHEMA_PREFIX

# At most eight decimals, as the price list publishes them. Never a float: 1e-7 is refused.
USD_PATTERN = r"^[0-9]+(\.[0-9]{1,8})?$"

STRING: Schema = {"type": "string"}
STRINGS: Schema = {"type": "array", "items": STRING}
OBJECT: Schema = {"type": "object"}
TIME: Schema = {"type": "integer", "minimum": 0}
NULLABLE_STRING: Schema = {"type": ["string", "null"]}
WEB_URL: Schema = {"type": "string", "pattern": "^https?://"}
USD_AMOUNT: Schema = {"type": "string", "pattern": USD_PATTERN}


def closed_object(**properties: Schema) -> dict[str, object]:
    """Return an object with these members, all required, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def open_object(required: dict[str, Schema], **optional: Schema) -> dict[str, object]:
    """Return an object with required and optional members, and any others."""
    return {"type": "object", "properties": required | optional, "required": list(required)}


def with_optional(schema: dict[str, object], **members: Schema) -> dict[str, object]:
    """Return an object schema with further members that are not required."""
    properties = schema["properties"]
    assert isinstance(properties, dict)
    return {**schema, "properties": properties | members}


def schema_reference(name: str) -> Schema:
    """Return a reference to a named schema of the document."""
    return {"$ref": SCHEMA_PREFIX + name}
