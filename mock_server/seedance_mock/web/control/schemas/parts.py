"""Parts of JSON Schemas, each with an example, and the example that follows from a schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]

TASK_ID = "ldtask_0123456789abcdef0123456789abcdef"
REQUEST_ID = "req_0123456789abcdef00000007"
NOW = 1_800_000_000.0
"""Values of examples."""

SECONDS = "in seconds since the Unix epoch"


def text(example: str, description: str = "", **keywords: object) -> Schema:
    """Return the schema of a string."""
    return _described({"type": "string", "examples": [example], **keywords}, description)


def choice(values: Sequence[str], description: str = "") -> Schema:
    """Return the schema of a string that is one of some values; the first is the example."""
    names = [str(value) for value in values]
    return _described({"type": "string", "enum": names, "examples": names[:1]}, description)


def amount(example: str, description: str = "") -> Schema:
    """Return the schema of an amount in USD."""
    return text(example, description, pattern=r"^-?\d+(\.\d+)?$")


def number(example: float, description: str = "") -> Schema:
    """Return the schema of a number."""
    return _described({"type": "number", "examples": [example]}, description)


def integer(example: int, description: str = "") -> Schema:
    """Return the schema of an integer."""
    return _described({"type": "integer", "examples": [example]}, description)


def boolean(example: bool, description: str = "") -> Schema:
    """Return the schema of a boolean."""
    return _described({"type": "boolean", "examples": [example]}, description)


def nullable(schema: Schema, *, is_null: bool = True) -> Schema:
    """Return the schema with null as another value. `is_null` makes null the example."""
    # A reference has no type that null could be added to.
    if "type" not in schema:
        example = {"examples": [None]} if is_null else {}
        return {"anyOf": [schema, {"type": "null"}], **example}
    allowed = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        allowed["enum"] = [*schema["enum"], None]
    return {**allowed, "examples": [None]} if is_null else allowed


def list_of(schema: Schema, description: str = "") -> Schema:
    """Return the schema of an array."""
    return _described({"type": "array", "items": schema}, description)


def members(properties: Mapping[str, Schema], description: str = "") -> Schema:
    """Return the schema of an object with exactly these members."""
    return _described(
        {
            "type": "object",
            "properties": dict(properties),
            "required": list(properties),
            "additionalProperties": False,
        },
        description,
    )


def any_members(example: Mapping[str, object], description: str = "") -> Schema:
    """Return the schema of an object with any members."""
    return _described({"type": "object", "examples": [dict(example)]}, description)


REFERENCE = "#/components/schemas/"


def reference(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": REFERENCE + name}


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema


def example_of(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """Return the example that follows from the examples of the parts of a schema."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(REFERENCE)], schemas)
    if "const" in schema:
        return schema["const"]
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return example_of(alternatives[0], schemas)
    if schema["type"] == "array":
        return [example_of(schema["items"], schemas)]
    return {name: example_of(member, schemas) for name, member in schema["properties"].items()}
