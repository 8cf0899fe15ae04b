"""What every rule answers, and the ways in which rules alter a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from seedance_contract.declared import examples
from seedance_contract.declared.fields import (
    ALIASES,
    COMMON_FIELDS,
    FIELDS,
    INPUT_FIELDS,
    KNOWN_NAMES,
)
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import Model
from seedance_contract.declared.operations import Body, Operation
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.declared.sources import Source

ALWAYS = "*"
"""The topic of every request."""


class Breach(NamedTuple):
    """One way in which a body breaks a rule.

    `details` are members of the error object, such as `allowed_resolutions`. Neither they nor
    the message repeat a string of the body: it may be a prompt, a media URL or a key.
    """

    field: str
    message: str
    details: Mapping[str, object] = MappingProxyType({})


class Rule(Protocol):
    """A sentence of the contract about the create request."""

    @property
    def id(self) -> str:
        """The stable name, the same in errors' documentation, reports and tests."""

    @property
    def code(self) -> str:
        """The `code` of its entries in `validation_errors`."""

    @property
    def source(self) -> Source:
        """Where the rule is documented, or that it is assumed."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that concern the rule: `ALWAYS`, or some of `topics(reading)`."""

    def requirement(self) -> str:
        """Return the requirement in one sentence."""

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        """Yield what breaks the rule; nothing where it holds."""

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        """Yield bodies that break this rule alone, each made from the legal `body`."""

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        """Yield bodies on the legal side of the rule's edge, each made from the legal `body`.

        Each keeps this rule; another may object to one of them, such as a model that does not
        render the last legal resolution.
        """

    def schema(self, model: Model, operation: Operation) -> Schema:
        """Return the rule's part of the schema of such a request; empty where it has none."""


def request_topics(parsed: ParsedBody) -> list[str]:
    """Return what a request is about: its canonical fields, its model and its operation.

    A rule that none of them wakes holds, so that checking a request costs what the request
    says and not what the contract does.
    """
    about = [ALWAYS, *(name for name in parsed.body if name in KNOWN_NAMES)]
    if parsed.model is not None:
        about.append(parsed.model.id)
    if parsed.operation is not None:
        about.append(parsed.operation.name)
    return about


def allowed_values(name: str, model: Model | None) -> list[str]:
    """Return the legal values of an enumerated field on `model`, as strings."""
    if name == "resolution" and model is not None:
        return list(model.resolutions)
    [values] = [limit.schema()["enum"] for limit in FIELDS[name].limits]
    assert isinstance(values, list)
    return [str(value) for value in values]


def supported_parameters(operation: Operation | None) -> list[str]:
    """Return the canonical names that `operation` takes; all of the family's for None."""
    inputs = FIELDS if operation is None else operation.input_fields
    return [one.name for one in COMMON_FIELDS] + [
        one.name for one in INPUT_FIELDS if one.name in inputs
    ]


def with_value(body: Body, name: str, value: object) -> dict[str, object]:
    """Return `body` with `name` set, and no other spelling of it."""
    canonical = ALIASES.get(name, name)
    spellings = FIELDS[canonical].spellings if canonical in FIELDS else (canonical,)
    return {key: old for key, old in body.items() if key not in spellings} | {name: value}


def without_fields(body: Body, names: tuple[str, ...]) -> dict[str, object]:
    """Return `body` without the canonical `names` in any spelling."""
    return {key: value for key, value in body.items() if ALIASES.get(key, key) not in names}


def with_operation(body: Body, operation: Operation) -> dict[str, object]:
    """Return a legal body of `operation`, said explicitly, with the selectors of `body`."""
    kept = without_fields(body, ("operation", *(one.name for one in INPUT_FIELDS)))
    return {**examples.example_request(operation), **kept, "operation": operation.name}


def presence_schemas(name: str) -> list[Schema]:
    """Return the schemas of which one holds where `name` is present in some spelling."""
    return [{"required": [spelling]} for spelling in FIELDS[name].spellings]
