"""Where a copy of the vendor's OpenAPI document differs from this contract.

Only what matters to a client is compared: the routes of the contract with their statuses and
parameters, the fields of a create request, the members of a task, the types of errors. Prose is
not compared. A document may be malformed: whatever it lacks counts as absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from seedance_contract.declared.contract import CONTRACT
from seedance_contract.declared.errors import ERROR_TYPES
from seedance_contract.declared.fields import ALIASES, FIELDS, MATERIAL_FIELDS, UNSUPPORTED_FIELDS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.routes import CREATE, ENDPOINTS, READ, Endpoint
from seedance_contract.declared.tasks import Status
from seedance_contract.derived.accepted_drift import ACCEPTED, AcceptedDifference
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.openapi_reader import (
    OpenApiReader,
    json_members,
    sorted_items,
    value_at,
)
from seedance_contract.derived.request_schema import branch_name

COMPARED_KEYWORDS = (
    "type",
    "enum",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "default",
)
"""The keywords of a field's schema that are compared."""

COMPARED_TASK_SCHEMAS = (
    "PendingTask",
    "ProcessingTask",
    "CompletedTask",
    "FailedTask",
    "CancelledTask",
)


class NotOpenApiError(ValueError):
    """The value is no OpenAPI document: it has no paths."""


class DriftKind(StrEnum):
    """How the vendor's document differs from ours."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftEntry:
    """One difference.

    Args:
        id: a stable name, such as `create.duration.maximum`.
        kind: what the vendor's document has, compared with ours.
        place: where the difference is, for a reader.
        ours: the JSON value in this contract; None if it has none.
        theirs: the JSON value in the vendor's document; None if it has none.
    """

    id: str
    kind: DriftKind
    place: str
    ours: object
    theirs: object

    @property
    def accepted(self) -> AcceptedDifference | None:
        """Why the difference is accepted.

        None if it is not, or if the vendor has changed the value since it was accepted.
        """
        accepted = ACCEPTED.get(self.id)
        return accepted if accepted is not None and accepted.theirs == self.theirs else None


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
    entries = [entry for endpoint in ENDPOINTS for entry in _compare_route(ours, theirs, endpoint)]
    entries += _compare_methods(ours, theirs)
    entries += _compare_fields(ours, theirs)
    entries += _compare_tasks(ours, theirs)
    entries += _compare_errors(ours, theirs)
    return entries


def resolved_differences(entries: list[DriftEntry]) -> list[str]:
    """Return the ids of accepted differences that no longer exist."""
    return sorted(ACCEPTED.keys() - {entry.id for entry in entries})


@cache
def _our_document() -> Mapping[str, object]:
    return openapi_document()


def _compare_values(id: str, place: str, ours: object, theirs: object) -> Iterator[DriftEntry]:
    """Yield the difference between two values, None being absent; nothing if they are equal."""
    # The type counts, too: in Python `1 == True`, in JSON they differ.
    if ours == theirs and type(ours) is type(theirs):
        return
    if ours is None:
        kind = DriftKind.ADDED
    else:
        kind = DriftKind.REMOVED if theirs is None else DriftKind.CHANGED
    yield DriftEntry(id=id, kind=kind, place=place, ours=ours, theirs=theirs)


def _compare_sets(id: str, place: str, ours: set[str], theirs: set[str]) -> Iterator[DriftEntry]:
    """Yield what only one of two sets has."""
    for name in sorted(ours ^ theirs):
        our_name, their_name = (name if name in names else None for names in (ours, theirs))
        yield from _compare_values(f"{id}.{name}", f"{place} {name}", our_name, their_name)


def _compare_methods(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    for path in dict.fromkeys(endpoint.path for endpoint in ENDPOINTS):
        # A method that they lack is reported by `_compare_route`.
        added = theirs.methods(path) - ours.methods(path)
        yield from _compare_sets(f"route.{path}", f"{path} method", set(), added)


def _compare_route(
    ours: OpenApiReader, theirs: OpenApiReader, endpoint: Endpoint
) -> Iterator[DriftEntry]:
    our_operation, their_operation = ours.operation(endpoint), theirs.operation(endpoint)
    name = f"{endpoint.method} {endpoint.path}"
    if not their_operation:
        yield from _compare_values(f"{endpoint.id}.route", "route", name, None)
        return
    statuses = (
        set(json_members(operation.get("responses")))
        for operation in (our_operation, their_operation)
    )
    yield from _compare_sets(f"{endpoint.id}.status", f"{name}, status", *statuses)
    our_values = _parameter_values(ours, our_operation)
    their_values = _parameter_values(theirs, their_operation)
    yield from _compare_sets(
        f"{endpoint.id}.parameter", f"{name}, parameter", set(our_values), set(their_values)
    )
    for parameter in sorted(our_values.keys() & their_values.keys()):
        id, place = f"{endpoint.id}.parameter.{parameter}.enum", f"{name}, {parameter}"
        pair = (values[parameter] or None for values in (our_values, their_values))
        yield from _compare_values(id, place, *pair)


def _parameter_values(
    document: OpenApiReader, operation: Mapping[str, object]
) -> dict[str, list[object]]:
    """Return the allowed values of each parameter; none if it is not limited."""
    parameters = operation.get("parameters")
    values: dict[str, list[object]] = {}
    for item in parameters if isinstance(parameters, list) else ():
        parameter = json_members(document.resolve(item))
        name = f"{parameter.get('in')} {parameter.get('name')}"
        values[name] = sorted_items(value_at(document.resolve(parameter.get("schema")), "enum"))
    return values


def _compare_fields(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    body = theirs.content_schema(theirs.operation(CREATE).get("requestBody"))
    their_fields = theirs.properties(body)
    our_names = {*FIELDS, *UNSUPPORTED_FIELDS, *MATERIAL_FIELDS, *ALIASES}
    yield from _compare_sets("create", "create request, field", our_names, set(their_fields))
    for name, our_schema in _our_fields(ours).items():
        if name not in their_fields:
            continue
        their_schema = json_members(theirs.resolve(their_fields[name]))
        for keyword in COMPARED_KEYWORDS:
            values = (_comparable(schema.get(keyword)) for schema in (our_schema, their_schema))
            yield from _compare_values(f"create.{name}.{keyword}", f"{name}, {keyword}", *values)


def _comparable(value: object) -> object:
    return sorted_items(value) if isinstance(value, list) else value


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
    yield from _compare_sets("task", "task, member", our_members, set(their_members))
    statuses = sorted_items(value_at(theirs.resolve(their_members.get("status")), "enum"))
    yield from _compare_sets("task.status", "task, status", {*Status}, set(map(str, statuses)))


def _compare_errors(ours: OpenApiReader, theirs: OpenApiReader) -> Iterator[DriftEntry]:
    our_members, their_members = (
        document.properties(document.properties(document.schema(name)).get("error"))
        for document, name in ((ours, "Error"), (theirs, "ApiError"))
    )
    yield from _compare_sets("error", "error, member", set(our_members), set(their_members))
    types = sorted_items(value_at(theirs.resolve(their_members.get("type")), "enum"))
    yield from _compare_sets("error.type", "error, type", {*ERROR_TYPES}, set(map(str, types)))
