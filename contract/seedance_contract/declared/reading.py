"""A body as the rules read it: canonical names, and the model and operation it asks for."""

from __future__ import annotations

from typing import NamedTuple

from seedance_contract.declared.fields import ALIASES
from seedance_contract.declared.models import MODELS, Model
from seedance_contract.declared.operations import OPERATIONS, Body, Operation, infer


class Reading(NamedTuple):
    """A body beside its canonical form.

    `model` and `operation` are None where the body names one that the family does not have;
    rules that depend on them then stay silent.
    """

    sent: Body
    body: Body
    model: Model | None
    operation: Operation | None


def canonical(sent: Body) -> Body:
    """Return the body under canonical names. Of several spellings the canonical wins."""
    if ALIASES.keys().isdisjoint(sent):
        return sent
    body = {name: value for name, value in sent.items() if name not in ALIASES}
    for alias, name in ALIASES.items():
        if alias in sent:
            body.setdefault(name, sent[alias])
    return body


def read(sent: Body) -> Reading:
    """Read a body. Never fails: what is wrong with it is for the rules to say."""
    body = canonical(sent)
    model, operation = body.get("model"), body.get("operation")
    return Reading(
        sent=sent,
        body=body,
        model=MODELS.get(model) if isinstance(model, str) else None,
        operation=_operation(body, operation),
    )


def _operation(body: Body, name: object) -> Operation | None:
    if "operation" not in body:
        return infer(body)
    return OPERATIONS.get(name) if isinstance(name, str) else None
