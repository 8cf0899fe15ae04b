"""A body as the rules read it: canonical names, and the model and operation it asks for."""

from __future__ import annotations

from typing import NamedTuple

from seedance_contract.declared.fields import ALIASES
from seedance_contract.declared.model import Model, Models
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS, Body, Operation, infer_operation


# A tuple, because it is made for every create request: the constructor of a frozen dataclass with
# slots takes 1.8 times as long on CPython 3.11.
class ParsedBody(NamedTuple):
    """A body in its original and its canonical form.

    `model` and `operation` are None if the body names one that does not exist. Rules that depend
    on them report nothing then: `model.known` and `operation.known` report the name.
    """

    original: Body
    body: Body
    model: Model | None
    operation: Operation | None


def canonical_body(body: Body) -> Body:
    """Return the body under canonical names. If a field is spelled twice, its own name wins."""
    if ALIASES.keys().isdisjoint(body):
        # The same object, not a copy: `compiled_rules` tests the identity to see that the body has
        # no alias.
        return body
    canonical = {name: value for name, value in body.items() if name not in ALIASES}
    for alias, name in ALIASES.items():
        if alias in body:
            canonical.setdefault(name, body[alias])
    return canonical


def parse_body(body: Body, models: Models = MODELS) -> ParsedBody:
    """Return the body as the rules read it. Accepts any JSON object."""
    canonical = canonical_body(body)
    model_id = canonical.get("model")
    model = models.get(model_id) if isinstance(model_id, str) else None
    return ParsedBody(body, canonical, model, _operation(canonical))


def _operation(body: Body) -> Operation | None:
    if "operation" not in body:
        return infer_operation(body)
    name = body["operation"]
    return OPERATIONS.get(name) if isinstance(name, str) else None
