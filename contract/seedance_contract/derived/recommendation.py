"""A corrected request: what the client seems to want, in a form that is accepted."""

from __future__ import annotations

from seedance_contract.declared import examples
from seedance_contract.declared.fields import FIELDS, PRIVATE_FIELDS
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import Body, Operation, infer_operation
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.derived.validation import violations


def recommended_request(reading: ParsedBody) -> Body:
    """Return an accepted request near `reading`: its model, operation and legal selectors.

    Examples stand for text and media.
    """
    model = FAMILY[0] if reading.model is None else reading.model
    request = examples.example_request(_wanted(reading), model.id)
    offered = {
        name: value
        for name, value in reading.body.items()
        if name in FIELDS and name not in request and name not in PRIVATE_FIELDS
    }
    wrong = {fault.breach.field for fault in violations({**request, **offered})}
    return {**request, **{name: offered[name] for name in offered if name not in wrong}}


def _wanted(reading: ParsedBody) -> Operation:
    """Return the operation asked for; where there is no such, the one the inputs imply."""
    return reading.operation or infer_operation(reading.body)
