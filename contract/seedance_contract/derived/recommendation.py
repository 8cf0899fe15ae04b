"""A corrected request: near what the client sent, and accepted."""

from __future__ import annotations

from seedance_contract.declared.examples import example_request
from seedance_contract.declared.fields import FIELDS, PRIVATE_FIELDS
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import OPERATIONS, Body, Operation, infer_operation
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.derived.validation import Rejected, violations


def recommended_request(rejected: Rejected) -> Body:
    """Return an accepted request with the client's model, operation and legal settings.

    Text and media of the client are replaced by examples: an error must not repeat them.
    """
    parsed, contract = rejected.parsed, rejected.contract
    model = contract.example_model if parsed.model is None else parsed.model
    operation = _operation(parsed, model)
    request = example_request(operation, model.id)
    settings = {
        name: value
        for name, value in parsed.body.items()
        if name in FIELDS and name not in request and name not in PRIVATE_FIELDS
    }
    # Each setting is judged without regard to the others. So the violations of the client's request
    # name every illegal one, if that has the same model, the same operation and no other spellings.
    is_alike = (
        model is parsed.model and operation is parsed.operation and parsed.original is parsed.body
    )
    found = rejected.violations if is_alike else violations({**request, **settings}, contract)
    invalid = {violation.breach.field for violation in found}
    return {**request, **{name: settings[name] for name in settings if name not in invalid}}


def _operation(parsed: ParsedBody, model: Model) -> Operation:
    """Return the operation that the client names or implies, or one that the model has."""
    operation = parsed.operation or infer_operation(parsed.body)
    return operation if model.supports(operation) else OPERATIONS[model.operations[0]]
