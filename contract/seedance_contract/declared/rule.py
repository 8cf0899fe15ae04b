"""What every rule answers, and the ways in which rules alter a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from seedance_contract.declared import examples
from seedance_contract.declared.fields import ALIASES, FIELDS, INPUTS, KNOWN, SELECTORS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import Model
from seedance_contract.declared.operations import Body, Operation
from seedance_contract.declared.reading import Reading
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
    def wakes(self) -> tuple[str, ...]:
        """The topics that concern the rule: `ALWAYS`, or some of `topics(reading)`."""

    def says(self) -> str:
        """Return the requirement in one sentence."""

    def breaches(self, reading: Reading) -> Iterator[Breach]:
        """Yield what breaks the rule; nothing where it holds."""

    def broken(self, body: Body) -> Iterator[Body]:
        """Yield bodies that break this rule alone, each made from the legal `body`."""

    def kept(self, body: Body) -> Iterator[Body]:
        """Yield bodies on the legal side of the rule's edge, each made from the legal `body`.

        Each keeps this rule; another may object to one of them, such as a model that does not
        render the last legal resolution.
        """

    def schema(self, model: Model, operation: Operation) -> Schema:
        """Return the rule's part of the schema of such a request; empty where it has none."""


def topics(reading: Reading) -> list[str]:
    """Return what a request is about: its canonical fields, its model and its operation.

    A rule that none of them wakes holds, so that checking a request costs what the request
    says and not what the contract does.
    """
    about = [ALWAYS, *(name for name in reading.body if name in KNOWN)]
    if reading.model is not None:
        about.append(reading.model.id)
    if reading.operation is not None:
        about.append(reading.operation.name)
    return about


def allowed(name: str, model: Model | None) -> list[str]:
    """Return the legal values of an enumerated field on `model`, as strings."""
    if name == "resolution" and model is not None:
        return list(model.resolutions)
    [values] = [limit.schema()["enum"] for limit in FIELDS[name].limits]
    assert isinstance(values, list)
    return [str(value) for value in values]


def parameters(operation: Operation | None) -> list[str]:
    """Return the canonical names that `operation` takes; all of the family's for None."""
    inputs = FIELDS if operation is None else operation.inputs
    return [one.name for one in SELECTORS] + [one.name for one in INPUTS if one.name in inputs]


def put(body: Body, name: str, value: object) -> dict[str, object]:
    """Return `body` with `name` set, and no other spelling of it."""
    canonical = ALIASES.get(name, name)
    spellings = FIELDS[canonical].spellings if canonical in FIELDS else (canonical,)
    return {key: old for key, old in body.items() if key not in spellings} | {name: value}


def without(body: Body, names: tuple[str, ...]) -> dict[str, object]:
    """Return `body` without the canonical `names` in any spelling."""
    return {key: value for key, value in body.items() if ALIASES.get(key, key) not in names}


def rebased(body: Body, operation: Operation) -> dict[str, object]:
    """Return a legal body of `operation`, said explicitly, with the selectors of `body`."""
    kept = without(body, ("operation", *(one.name for one in INPUTS)))
    return {**examples.request(operation), **kept, "operation": operation.name}


def spelled(name: str) -> list[Schema]:
    """Return the schemas of which one holds where `name` is present in some spelling."""
    return [{"required": [spelling]} for spelling in FIELDS[name].spellings]
