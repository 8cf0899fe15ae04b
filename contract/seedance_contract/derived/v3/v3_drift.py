"""Where a copy of the vendor's OpenAPI document differs from this contract under /api/v3."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from seedance_contract.declared.v3.fields import V3_FIELDS
from seedance_contract.declared.v3.routes import V3_CREATE, V3_ENDPOINTS, V3_READ
from seedance_contract.derived.drift.drift_entry import (
    COMPARED_KEYWORDS,
    DriftEntry,
    comparable,
    compare_route,
    compare_sets,
    compare_values,
)
from seedance_contract.derived.drift.openapi_reader import (
    OpenApiReader,
    json_members,
    value_at,
)
from seedance_contract.derived.v3.openapi import v3_openapi_document


def find_v3_drift(theirs: OpenApiReader) -> list[DriftEntry]:
    """Return every difference between the vendor's document and ours, accepted ones included.

    A document without any of the routes is about another part of the API, and does not differ.
    """
    if not any(theirs.operation(endpoint) for endpoint in V3_ENDPOINTS):
        return []
    ours = OpenApiReader(_our_v3_document())
    routes = [entry for each in V3_ENDPOINTS for entry in compare_route(ours, theirs, each)]
    return [*routes, *_compare_fields(ours, theirs), *_compare_responses(ours, theirs)]


@cache
def _our_v3_document() -> dict[str, object]:
    return v3_openapi_document()


def _compare_fields(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    our_fields, their_fields = (_request_fields(document) for document in (ours, theirs))
    yield from compare_sets(
        "v3.create", "create request, field", set(our_fields), set(their_fields)
    )
    for name in sorted(our_fields.keys() & their_fields.keys() & V3_FIELDS.keys()):
        pair = (_without_null(our_fields[name]), json_members(theirs.resolve(their_fields[name])))
        for keyword in COMPARED_KEYWORDS:
            values = (comparable(schema.get(keyword)) for schema in pair)
            place = f"create request, {name}, {keyword}"
            yield from compare_values(f"v3.create.{name}.{keyword}", place, *values)


def _request_fields(document: OpenApiReader) -> dict[str, object]:
    body = document.operation(V3_CREATE).get("requestBody")
    return document.properties(document.content_schema(body))


def _without_null(schema: object) -> dict[str, object]:
    """Return what our schema of a field says about other values than null."""
    alternatives = json_members(schema).get("anyOf")
    return json_members(alternatives[0] if isinstance(alternatives, list) else schema)


def _compare_responses(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    for name, status in (("task", "200"), ("error", "400")):
        our_schema, their_schema = (_schema(document, status) for document in (ours, theirs))
        members = (
            set(_members(document, schema, name))
            for document, schema in ((ours, our_schema), (theirs, their_schema))
        )
        yield from compare_sets(f"v3.{name}", f"{name}, member", *members)


def _schema(document: OpenApiReader, status: str) -> object:
    responses = document.operation(V3_READ).get("responses")
    return document.content_schema(value_at(responses, status))


def _members(document: OpenApiReader, schema: object, name: str) -> dict[str, object]:
    members = document.properties(schema)
    return document.properties(members.get("error")) if name == "error" else members
