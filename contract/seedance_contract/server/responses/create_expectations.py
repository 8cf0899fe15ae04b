"""What a server must make of a create request: which error it returns, which video it renders."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Mismatch
from seedance_contract.declared.errors import INVALID_REQUEST, MODEL_NOT_FOUND
from seedance_contract.declared.fields import FIELDS, INPUT_FIELDS
from seedance_contract.declared.model import MODEL_CHOOSES, Model
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import Body
from seedance_contract.declared.rules.rule import Rule
from seedance_contract.derived.strategies import InvalidRequest
from seedance_contract.derived.validation import violations
from seedance_contract.server.check_context import CheckContext
from seedance_contract.server.http.exchange import ReceivedResponse, texts
from seedance_contract.server.responses.response_checks import error_object, expect_status


def error_code(rule: Rule) -> str:
    """Return the error code of a request that breaks `rule` only."""
    return MODEL_NOT_FOUND.code if rule.id == "model.known" else INVALID_REQUEST.code


def expect_accepted(context: CheckContext, key: str, body: Body) -> None:
    """Send a create request. Raises Mismatch if it is refused."""
    expect_status(context.send_create(body, key), 200, cause="valid-request-refused")


def expect_violation(context: CheckContext, key: str, invalid: InvalidRequest) -> None:
    """Send a request that breaks one rule. Raises Mismatch if the error is not about that rule."""
    response = context.send_create(invalid.body, key)
    context.rule_counts.add(invalid.rule.id, "invalid")
    expect_status(response, 400, error_code(invalid.rule))
    _expect_field_name(response, _violating_fields(invalid.body))


def _violating_fields(body: Body) -> set[str]:
    """Return the fields that the error may name."""
    fields = {violation.breach.field for violation in violations(body)}
    spellings = {name for field in fields & FIELDS.keys() for name in FIELDS[field].spellings}
    # If inputs contradict each other or the operation, no document says which of them the error
    # names.
    inputs = {field.name for field in INPUT_FIELDS} | {"operation"}
    return fields | spellings | (inputs if fields & inputs else set())


def _expect_field_name(response: ReceivedResponse, fields: set[str]) -> None:
    entries = response.json_object.get("validation_errors")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Mismatch("a list of validation_errors", response.summary, cause="wrong-error")
    named = [error_object(response).get("param"), *(entry.get("field") for entry in entries)]
    if not fields.intersection(texts(named)):
        expected = f"an error that names {' or '.join(sorted(fields))}"
        raise Mismatch(expected, response.summary, cause="wrong-error")


def expect_unchanged_funds(context: CheckContext, key: str) -> None:
    """Raise Mismatch if an account was charged, or money was reserved. Needs control."""
    if context.control is None:
        return
    funds = context.control.funds(key)
    if funds.reserved or funds.charged:
        actual = f"{funds.reserved} reserved, {funds.charged} charged"
        expected = "no reservation for requests that were refused"
        raise Mismatch(expected, actual, cause="reservation-not-released")


def requested_properties(body: Body) -> dict[str, object]:
    """Return what a legal request fixes of its video. What the model chooses is left out."""
    model = MODELS[str(body["model"])]
    duration, resolution, ratio = (
        _value(body, name, model) for name in ("duration", "resolution", "aspect_ratio")
    )
    size = model.pixels.get((resolution, ratio))
    properties = {} if duration == MODEL_CHOOSES else {"duration": duration}
    return properties if size is None else {**properties, "width": size[0], "height": size[1]}


def _value(body: Body, name: str, model: Model) -> Any:
    values = [body[spelling] for spelling in FIELDS[name].spellings if spelling in body]
    return values[0] if values else model.defaults.get(name, FIELDS[name].default)
