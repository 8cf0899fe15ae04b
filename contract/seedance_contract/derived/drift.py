"""Where a copy of the vendor's OpenAPI document differs from this contract.

Only what matters to a client of Seedance 2.0 is compared: our routes with their statuses and
parameters, the fields of a create request, the members of a task, the types of errors. Prose is
not. Whatever a document lacks counts as absent, however malformed it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from seedance_contract.declared.errors import ERROR_TYPES
from seedance_contract.declared.fields import ALIASES, FIELDS, MATERIAL_FIELDS, UNSUPPORTED_FIELDS
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.routes import CREATE, ENDPOINTS, READ, Endpoint
from seedance_contract.declared.tasks import Status
from seedance_contract.derived.accepted_drift import ACCEPTED, AcceptedDifference
from seedance_contract.derived.openapi import openapi_document
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
"""The keywords of a field that are compared."""

COMPARED_TASK_SCHEMAS = (
    "PendingTask",
    "ProcessingTask",
    "CompletedTask",
    "FailedTask",
    "CancelledTask",
)

MAX_REFERENCE_DEPTH = 20
"""References that lead to references are followed so far; a circle ends somewhere."""


class NotOpenApiError(ValueError):
    """What was given is no OpenAPI document at all."""


class DriftKind(StrEnum):
    """What the vendor's document has, seen from ours."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftEntry:
    """One difference.

    Args:
        id: a stable name, such as `create.duration.maximum`.
        place: where it is, for a reader.
        ours: what this contract has: JSON; None where it has nothing.
        theirs: the same of the vendor's document.
    """

    id: str
    kind: DriftKind
    place: str
    ours: object
    theirs: object

    @property
    def accepted(self) -> AcceptedDifference | None:
        """Why the difference is accepted; None where it is not, or the vendor has changed it."""
        known = ACCEPTED.get(self.id)
        return known if known is not None and known.theirs == self.theirs else None


def find_drift(vendor: object) -> list[DriftEntry]:
    """Return every difference between the vendor's document and ours, the accepted ones too.

    Args:
        vendor: a document as `json.loads` gives it.

    Raises NotOpenApi for what has no paths.
    """
    paths = _members(vendor).get("paths")
    if not isinstance(paths, Mapping):
        raise NotOpenApiError("this is no OpenAPI document: it has no paths")
    theirs, ours = _Document(vendor), _Document(_ours())
    found = [difference for endpoint in ENDPOINTS for difference in _route(ours, theirs, endpoint)]
    found += _methods(ours, theirs)
    found += _fields(ours, theirs)
    found += _tasks(ours, theirs)
    found += _errors(ours, theirs)
    return found


def resolved_differences(found: list[DriftEntry]) -> list[str]:
    """Return the ids of accepted differences that are no longer there."""
    return sorted(ACCEPTED.keys() - {difference.id for difference in found})


@cache
def _ours() -> Mapping[str, object]:
    return openapi_document()


def _members(value: object) -> dict[str, object]:
    """Return the members of an object; none where it is something else."""
    return dict(value) if isinstance(value, Mapping) else {}


def _at(value: object, *names: str) -> object:
    for name in names:
        value = _members(value).get(name)
    return value


def _listed(value: object) -> list[object]:
    """Return the items of an array in an order of their own; none where it is no array."""
    return sorted(value, key=_text) if isinstance(value, list) else []


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


class _Document:
    """A document to look things up in."""

    def __init__(self, whole: object) -> None:
        self._whole = whole

    def schema(self, *path: str) -> object:
        """Return a schema of the components."""
        return self.resolved(_at(self._whole, "components", "schemas", *path))

    def resolved(self, value: object) -> object:
        """Return what a reference within the document leads to; other values as they are."""
        for _ in range(MAX_REFERENCE_DEPTH):
            reference = _members(value).get("$ref")
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return value
            parts = reference[2:].split("/")
            value = _at(self._whole, *(one.replace("~1", "/").replace("~0", "~") for one in parts))
        return None

    def methods(self, path: str) -> set[str]:
        """Return the methods that a path has."""
        item = _members(self.resolved(_at(self._whole, "paths", path)))
        return {name for name in item if name in HTTP_METHODS}

    def operation(self, endpoint: Endpoint) -> dict[str, object]:
        """Return an operation; nothing where it is not there."""
        item = self.resolved(_at(self._whole, "paths", endpoint.path))
        return _members(_at(item, endpoint.method.lower()))

    def content(self, message: object) -> object:
        """Return the JSON schema of a request body or an answer."""
        json_content = _at(self.resolved(message), "content", "application/json", "schema")
        return self.resolved(json_content)

    def properties(self, schema: object, depth: int = 3) -> dict[str, object]:
        """Return the properties of a schema and of those it is made of."""
        members = _members(self.resolved(schema))
        found = _members(members.get("properties"))
        for keyword in ("allOf", "anyOf", "oneOf"):
            parts = members.get(keyword)
            for part in parts if isinstance(parts, list) and depth else ():
                found = self.properties(part, depth - 1) | found
        return found


HTTP_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def _difference(id: str, place: str, ours: object, theirs: object) -> Iterator[DriftEntry]:
    """Yield the difference between two values, None being nothing; none where they are equal."""
    if ours == theirs and type(ours) is type(theirs):
        return
    kind = (
        DriftKind.ADDED
        if ours is None
        else DriftKind.REMOVED
        if theirs is None
        else DriftKind.CHANGED
    )
    yield DriftEntry(id=id, kind=kind, place=place, ours=ours, theirs=theirs)


def _sets(id: str, place: str, ours: set[str], theirs: set[str]) -> Iterator[DriftEntry]:
    """Yield what only one of two sets has."""
    for name in sorted(ours ^ theirs):
        here, there = (name if name in one else None for one in (ours, theirs))
        yield from _difference(f"{id}.{name}", f"{place} {name}", here, there)


def _methods(ours: _Document, theirs: _Document) -> Iterator[DriftEntry]:
    for path in dict.fromkeys(endpoint.path for endpoint in ENDPOINTS):
        added = theirs.methods(path) - ours.methods(path)
        yield from _sets(f"route.{path}", f"{path} method", set(), added)


def _route(ours: _Document, theirs: _Document, endpoint: Endpoint) -> Iterator[DriftEntry]:
    here, there = ours.operation(endpoint), theirs.operation(endpoint)
    name = f"{endpoint.method} {endpoint.path}"
    if not there:
        yield from _difference(f"{endpoint.id}.route", "route", name, None)
        return
    statuses = (set(_members(one.get("responses"))) for one in (here, there))
    yield from _sets(f"{endpoint.id}.status", f"{name}, status", *statuses)
    one, other = _parameters(ours, here), _parameters(theirs, there)
    yield from _sets(f"{endpoint.id}.parameter", f"{name}, parameter", set(one), set(other))
    for parameter in sorted(one.keys() & other.keys()):
        id, place = f"{endpoint.id}.parameter.{parameter}.enum", f"{name}, {parameter}"
        yield from _difference(id, place, one[parameter] or None, other[parameter] or None)


def _parameters(whole: _Document, operation: Mapping[str, object]) -> dict[str, list[object]]:
    """Return the values that each parameter is limited to."""
    parameters = operation.get("parameters")
    found: dict[str, list[object]] = {}
    for one in parameters if isinstance(parameters, list) else ():
        parameter = _members(whole.resolved(one))
        name = f"{parameter.get('in')} {parameter.get('name')}"
        found[name] = _listed(_at(whole.resolved(parameter.get("schema")), "enum"))
    return found


def _fields(ours: _Document, theirs: _Document) -> Iterator[DriftEntry]:
    whole = theirs.content(theirs.operation(CREATE).get("requestBody"))
    there = theirs.properties(whole)
    known = {*FIELDS, *UNSUPPORTED_FIELDS, *MATERIAL_FIELDS, *ALIASES}
    yield from _sets("create", "create request, field", known, set(there))
    for name, here in _our_fields(ours).items():
        other = _members(theirs.resolved(there.get(name))) if name in there else here
        for keyword in COMPARED_KEYWORDS:
            values = (_comparable(one.get(keyword)) for one in (here, other))
            yield from _difference(f"create.{name}.{keyword}", f"{name}, {keyword}", *values)


def _comparable(value: object) -> object:
    return _listed(value) if isinstance(value, list) else value


def _our_fields(ours: _Document) -> dict[str, dict[str, object]]:
    """Return every property of our requests, each as the widest branch of the base model has it."""
    found: dict[str, dict[str, object]] = {}
    for name in FAMILY[0].operations:
        schema = ours.schema(branch_name(FAMILY[0], OPERATIONS[name]))
        for field, value in ours.properties(schema).items():
            members = _members(value)
            widest = found.get(field, members)
            found[field] = max(widest, members, key=lambda one: str(one.get("maxItems", "")))
    return found


def _tasks(ours: _Document, theirs: _Document) -> Iterator[DriftEntry]:
    responses = theirs.operation(READ).get("responses")
    there = theirs.properties(theirs.content(_at(responses, "200")))
    here = {one for name in COMPARED_TASK_SCHEMAS for one in ours.properties(ours.schema(name))}
    yield from _sets("task", "task, member", here, set(there))
    statuses = _listed(_at(theirs.resolved(there.get("status")), "enum"))
    yield from _sets("task.status", "task, status", {*Status}, {str(one) for one in statuses})


def _errors(ours: _Document, theirs: _Document) -> Iterator[DriftEntry]:
    here, there = (
        one.properties(one.properties(one.schema(name)).get("error"))
        for one, name in ((ours, "Error"), (theirs, "ApiError"))
    )
    yield from _sets("error", "error, member", set(here), set(there))
    types = {str(one) for one in _listed(_at(theirs.resolved(there.get("type")), "enum"))}
    yield from _sets("error.type", "error, type", {*ERROR_TYPES}, types)
