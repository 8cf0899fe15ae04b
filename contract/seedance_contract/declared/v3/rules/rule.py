"""The interface of a rule of v3, and the body as the rules read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import Body
from seedance_contract.declared.rules.rule import Breach, ValueCheck
from seedance_contract.declared.sources import Source
from seedance_contract.declared.v3.content import ContentItem, content_items, without_nulls
from seedance_contract.declared.v3.models import ModelsByName

MISSING = "MissingParameter"
INVALID = "InvalidParameter"


class V3Body(NamedTuple):
    """A body in its original form, and without the fields that are null.

    The SDKs of the model's maker send each optional field that is not set as null, so null is as
    if the field were absent. `model` is None if the body names none that exists. `items` are the
    items of `content` with a known type.
    """

    original: Body
    body: Body
    model: Model | None
    items: tuple[ContentItem, ...]


def parse_v3_body(body: Body, models: ModelsByName) -> V3Body:
    """Return the body as the rules read it. Accepts any JSON object."""
    present = body if None not in body.values() else without_nulls(body)
    name = present.get("model")
    model = models.get(name) if isinstance(name, str) else None
    return V3Body(body, present, model, tuple(content_items(present.get("content"))))


class UntestedRule:
    """A rule that has no test of a single value."""

    def value_test(self, model: Model | None) -> ValueCheck | None:
        """Return None."""
        return None


class V3Rule(Protocol):
    """A requirement for the create request of v3."""

    @property
    def id(self) -> str:
        """The stable name, the same in reports, tests and the journal."""

    @property
    def code(self) -> str:
        """The `code` of the error."""

    @property
    def source(self) -> Source:
        """Where the rule is documented, or that it is assumed."""

    @property
    def field(self) -> str | None:
        """The field without which nothing can break the rule; None if there is none."""

    def requirement(self) -> str:
        """Return the requirement in one sentence."""

    def breaches(self, parsed: V3Body) -> Iterator[Breach]:
        """Yield every way in which the body breaks the rule."""

    def value_test(self, model: Model | None) -> ValueCheck | None:
        """Return a test of the value of `field`; a body that passes satisfies the rule.

        None if there is no such test. It spares valid requests the generators of `breaches`.
        """

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        """Yield bodies that break only this rule, each made from the legal `body`."""

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        """Yield bodies that just satisfy this rule, each made from the legal `body`."""
