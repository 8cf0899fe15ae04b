"""A difference between the vendor's OpenAPI document and ours, and how values are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from seedance_contract.declared.routes import Endpoint
from seedance_contract.derived.drift.accepted_drift import ACCEPTED, AcceptedDifference
from seedance_contract.derived.drift.openapi_reader import (
    OpenApiReader,
    json_members,
    sorted_items,
    value_at,
)

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


def compare_values(id: str, place: str, ours: object, theirs: object) -> Iterator[DriftEntry]:
    """Yield the difference between two values, None being absent; nothing if they are equal."""
    # The type counts, too: in Python `1 == True`, in JSON they differ.
    if ours == theirs and type(ours) is type(theirs):
        return
    if ours is None:
        kind = DriftKind.ADDED
    else:
        kind = DriftKind.REMOVED if theirs is None else DriftKind.CHANGED
    yield DriftEntry(id=id, kind=kind, place=place, ours=ours, theirs=theirs)


def compare_sets(id: str, place: str, ours: set[str], theirs: set[str]) -> Iterator[DriftEntry]:
    """Yield what only one of two sets has."""
    for name in sorted(ours ^ theirs):
        our_name, their_name = (name if name in names else None for names in (ours, theirs))
        yield from compare_values(f"{id}.{name}", f"{place} {name}", our_name, their_name)


def compare_route(
    ours: OpenApiReader, theirs: OpenApiReader, endpoint: Endpoint
) -> Iterator[DriftEntry]:
    """Yield how the statuses and parameters of a route differ."""
    our_operation, their_operation = ours.operation(endpoint), theirs.operation(endpoint)
    name = f"{endpoint.method} {endpoint.path}"
    if not their_operation:
        yield from compare_values(f"{endpoint.id}.route", "route", name, None)
        return
    statuses = (
        set(json_members(operation.get("responses")))
        for operation in (our_operation, their_operation)
    )
    yield from compare_sets(f"{endpoint.id}.status", f"{name}, status", *statuses)
    our_values = _parameter_values(ours, our_operation)
    their_values = _parameter_values(theirs, their_operation)
    yield from compare_sets(
        f"{endpoint.id}.parameter", f"{name}, parameter", set(our_values), set(their_values)
    )
    for parameter in sorted(our_values.keys() & their_values.keys()):
        id, place = f"{endpoint.id}.parameter.{parameter}.enum", f"{name}, {parameter}"
        pair = (values[parameter] or None for values in (our_values, their_values))
        yield from compare_values(id, place, *pair)


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


def comparable(value: object) -> object:
    """Return a value of a keyword in a canonical order."""
    return sorted_items(value) if isinstance(value, list) else value
