"""A body as the rules read it: canonical names, and the model and operation it asks for."""

from __future__ import annotations

from typing import NamedTuple

from seedance_contract.declared.fields import ALIASES
from seedance_contract.declared.models import MODELS, Model
from seedance_contract.declared.operations import OPERATIONS, Body, Operation, infer_operation


class ParsedBody(NamedTuple):
    """A body beside its canonical form.

    `model` and `operation` are None where the body names one that the family does not have;
    rules that depend on them then stay silent.
    """

    original: Body
    body: Body
    model: Model | None
    operation: Operation | None


def canonical_body(body: Body) -> Body:
    """Return the body under canonical names. Of several spellings the canonical wins."""
    if ALIASES.keys().isdisjoint(body):
        return body
    canonical = {name: value for name, value in body.items() if name not in ALIASES}
    for alias, name in ALIASES.items():
        if alias in body:
            canonical.setdefault(name, body[alias])
    return canonical


def parse_body(body: Body) -> ParsedBody:
    """Read a body. Never fails: what is wrong with it is for the rules to say."""
    canonical = canonical_body(body)
    model, operation = canonical.get("model"), canonical.get("operation")
    return ParsedBody(
        original=body,
        body=canonical,
        model=MODELS.get(model) if isinstance(model, str) else None,
        operation=_operation(canonical, operation),
    )


def _operation(body: Body, name: object) -> Operation | None:
    if "operation" not in body:
        return infer_operation(body)
    return OPERATIONS.get(name) if isinstance(name, str) else None
