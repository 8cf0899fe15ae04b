"""Where a copy of the vendor's OpenAPI document differs from this contract.

Only what matters to a client is compared: the routes of the contract with their statuses and
parameters, the fields of a create request, the members of a task, the types of errors. Prose is
not compared. A document may be malformed: whatever it lacks counts as absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from seedance_contract.declared.contract import CONTRACT
from seedance_contract.declared.errors import ERROR_TYPES
from seedance_contract.declared.fields import ALIASES, FIELDS, MATERIAL_FIELDS, UNSUPPORTED_FIELDS
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.routes import CREATE, ENDPOINTS, READ
from seedance_contract.declared.tasks import Status
from seedance_contract.derived.drift.accepted_drift import ACCEPTED
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
    sorted_items,
    value_at,
)
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.schemas.request_schema import branch_name
from seedance_contract.derived.v3.v3_drift import find_v3_drift

_COMPARED = (*ENDPOINTS, *MATERIAL_ENDPOINTS)

COMPARED_TASK_SCHEMAS = (
    "PendingTask",
    "ProcessingTask",
    "CompletedTask",
    "FailedTask",
    "CancelledTask",
)


class NotOpenApiError(ValueError):
    """The value is no OpenAPI document: it has no paths."""


def find_drift(vendor: object) -> list[DriftEntry]:
    """Return every difference between the vendor's document and ours, accepted ones included.

    Args:
        vendor: a document as `json.loads` returns it.

    Raises NotOpenApiError for a value without paths.
    """
    paths = json_members(vendor).get("paths")
    if not isinstance(paths, Mapping):
        raise NotOpenApiError("this is no OpenAPI document: it has no paths")
    theirs, ours = OpenApiReader(vendor), OpenApiReader(_our_document())
    entries = [entry for endpoint in _COMPARED for entry in compare_route(ours, theirs, endpoint)]
    entries += _compare_methods(ours, theirs)
    entries += _compare_fields(ours, theirs)
    entries += _compare_tasks(ours, theirs)
    entries += _compare_errors(ours, theirs)
    entries += find_v3_drift(theirs)
    return entries


def resolved_differences(entries: list[DriftEntry]) -> list[str]:
    """Return the ids of accepted differences that no longer exist."""
    return sorted(ACCEPTED.keys() - {entry.id for entry in entries})


@cache
def _our_document() -> Mapping[str, object]:
    return openapi_document()


def _compare_methods(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    for path in dict.fromkeys(endpoint.path for endpoint in _COMPARED):
        # A method that they lack is reported by `compare_route`.
        added = theirs.methods(path) - ours.methods(path)
        yield from compare_sets(f"route.{path}", f"{path} method", set(), added)


def _compare_fields(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    body = theirs.content_schema(theirs.operation(CREATE).get("requestBody"))
    their_fields = theirs.properties(body)
    our_names = {*FIELDS, *UNSUPPORTED_FIELDS, *MATERIAL_FIELDS, *ALIASES}
    yield from compare_sets("create", "create request, field", our_names, set(their_fields))
    for name, our_schema in _our_fields(ours).items():
        if name not in their_fields:
            continue
        their_schema = json_members(theirs.resolve(their_fields[name]))
        for keyword in COMPARED_KEYWORDS:
            values = (comparable(schema.get(keyword)) for schema in (our_schema, their_schema))
            yield from compare_values(f"create.{name}.{keyword}", f"{name}, {keyword}", *values)


def _our_fields(ours: OpenApiReader) -> dict[str, dict[str, object]]:
    """Return the schema of each field of our requests, from the branch that allows most."""
    fields: dict[str, dict[str, object]] = {}
    for model in CONTRACT.models.values():
        for name in model.operations:
            branch = ours.schema(branch_name(model, OPERATIONS[name]))
            for field, schema in ours.properties(branch).items():
                candidate = json_members(schema)
                fields[field] = max(fields.get(field, candidate), candidate, key=_breadth)
    return fields


def _breadth(schema: Mapping[str, object]) -> tuple[int, int]:
    """Return a value that grows with what the schema of a field allows."""
    max_items = schema.get("maxItems")
    count = max_items if isinstance(max_items, int) else 0
    return count, len(sorted_items(schema.get("enum")))


def _compare_tasks(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    responses = theirs.operation(READ).get("responses")
    their_members = theirs.properties(theirs.content_schema(value_at(responses, "200")))
    our_members = {
        member for name in COMPARED_TASK_SCHEMAS for member in ours.properties(ours.schema(name))
    }
    yield from compare_sets("task", "task, member", our_members, set(their_members))
    statuses = sorted_items(value_at(theirs.resolve(their_members.get("status")), "enum"))
    yield from compare_sets("task.status", "task, status", {*Status}, set(map(str, statuses)))


def _compare_errors(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    our_members, their_members = (
        document.properties(document.properties(document.schema(name)).get("error"))
        for document, name in ((ours, "Error"), (theirs, "ApiError"))
    )
    yield from compare_sets("error", "error, member", set(our_members), set(their_members))
    types = sorted_items(value_at(theirs.resolve(their_members.get("type")), "enum"))
    yield from compare_sets("error.type", "error, type", {*ERROR_TYPES}, set(map(str, types)))
