"""Lookups in an OpenAPI document that may be malformed: what it lacks is absent, never an error."""

from __future__ import annotations

import json
from collections.abc import Mapping

from seedance_contract.declared.routes import Endpoint

HTTP_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# A reference may lead to another one, and in a circle. In the vendor's documents of July and
# September 2026 no chain has more than one link.
MAX_REFERENCE_DEPTH = 20


def json_members(value: object) -> dict[str, object]:
    """Return the members of an object; none if the value is no object."""
    return dict(value) if isinstance(value, Mapping) else {}


def value_at(value: object, *names: str) -> object:
    """Return the value under nested member names; None if there is none."""
    for name in names:
        value = json_members(value).get(name)
    return value


def sorted_items(value: object) -> list[object]:
    """Return the items of an array in a canonical order; none if the value is no array."""
    return sorted(value, key=_json_text) if isinstance(value, list) else []


def _json_text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


class OpenApiReader:
    """Reads an OpenAPI document."""

    def __init__(self, content: object) -> None:
        self._content = content

    def schema(self, *path: str) -> object:
        """Return a schema of the components."""
        return self.resolve(value_at(self._content, "components", "schemas", *path))

    def resolve(self, value: object) -> object:
        """Return the value that a reference within the document leads to; else `value` itself."""
        for _ in range(MAX_REFERENCE_DEPTH):
            reference = json_members(value).get("$ref")
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return value
            # JSON Pointer (RFC 6901, section 4): `~1` is decoded before `~0`.
            names = [
                name.replace("~1", "/").replace("~0", "~") for name in reference[2:].split("/")
            ]
            value = value_at(self._content, *names)
        return None

    def methods(self, path: str) -> set[str]:
        """Return the methods of a path."""
        item = json_members(self.resolve(value_at(self._content, "paths", path)))
        return {name for name in item if name in HTTP_METHODS}

    def operation(self, endpoint: Endpoint) -> dict[str, object]:
        """Return the operation of an endpoint; empty if the document does not have it."""
        item = self.resolve(value_at(self._content, "paths", endpoint.path))
        return json_members(value_at(item, endpoint.method.lower()))

    def content_schema(self, message: object) -> object:
        """Return the JSON schema of a request body or a response."""
        schema = value_at(self.resolve(message), "content", "application/json", "schema")
        return self.resolve(schema)

    def properties(self, schema: object, depth: int = 3) -> dict[str, object]:
        """Return the properties of a schema and of the schemas that it combines."""
        members = json_members(self.resolve(schema))
        properties = json_members(members.get("properties"))
        for keyword in ("allOf", "anyOf", "oneOf"):
            parts = members.get(keyword)
            for part in parts if isinstance(parts, list) and depth else ():
                properties = self.properties(part, depth - 1) | properties
        return properties
