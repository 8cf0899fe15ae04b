"""The validation of a create request: every violation at once, or the normalised request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.fields import FIELDS, MAX_SAFETY_IDENTIFIER
from seedance_contract.declared.limits import JsonType, is_integer
from seedance_contract.declared.operations import Body, Operation
from seedance_contract.declared.parsed_body import ParsedBody, parse_body
from seedance_contract.declared.rules.rule import Breach, Rule
from seedance_contract.derived.compiled_rules import find_breaches


# The results are tuples: each create request makes one, and tuples are made in half the time that
# frozen dataclasses take.
class Violation(NamedTuple):
    """A rule, and how a body breaks it."""

    rule: Rule
    breach: Breach

    def error_entry(self) -> dict[str, str]:
        """Return the violation as an entry of `validation_errors`."""
        return {
            "field": self.breach.field,
            "message": self.breach.message,
            "code": self.rule.code,
        }


class Rejected(NamedTuple):
    """The contract refuses the body: at least one violation, in the order of the rules."""

    violations: Sequence[Violation]
    parsed: ParsedBody
    contract: Contract = CONTRACT


class Accepted(NamedTuple):
    """The contract allows the body. `request` has canonical names, and defaults filled in.

    `ignored_fields` are fields that no document mentions. Only tolerant validation accepts them.
    """

    operation: Operation
    request: Mapping[str, object]
    ignored_fields: tuple[str, ...] = ()


def _violations(parsed: ParsedBody, contract: Contract) -> list[Violation]:
    breaches = find_breaches(parsed, contract)
    return [Violation(rule, breach) for _, rule, breach in breaches] if breaches else []


def violations(body: Body, contract: Contract = CONTRACT) -> list[Violation]:
    """Return every violation of `body`, in the order of the rules."""
    return _violations(parse_body(body, contract.models), contract)


def violated_rules(body: Body, contract: Contract = CONTRACT) -> list[Rule]:
    """Return the rules that `body` breaks, each once, in their order."""
    rules = {violation.rule.id: violation.rule for violation in violations(body, contract)}
    return list(rules.values())


def validate_request(
    body: Body, *, tolerant: bool = False, contract: Contract = CONTRACT
) -> Accepted | Rejected:
    """Return the normalised request, or every violation of `body`.

    Args:
        body: the JSON object that the client sent.
        tolerant: accept fields that no document mentions, and name them in `ignored_fields`.
        contract: the models and rules to validate against.
    """
    parsed = parse_body(body, contract.models)
    remaining = _violations(parsed, contract)
    ignored: tuple[str, ...] = ()
    if tolerant and remaining:
        unknown = [violation for violation in remaining if violation.rule.id == "request.known"]
        ignored = tuple(violation.breach.field for violation in unknown)
        # By rule: to look each violation up in a list takes a time that grows with the square.
        remaining = [violation for violation in remaining if violation.rule.id != "request.known"]
    if remaining:
        return Rejected(remaining, parsed, contract)
    # Without violations the model is known and the operation is one of its own.
    assert parsed.operation is not None
    assert parsed.model is not None
    defaults = contract.defaults[parsed.model.id]
    return Accepted(parsed.operation, _normalised(parsed.body, parsed.operation, defaults), ignored)


_NO_OPS = {name: field.no_op for name, field in FIELDS.items() if field.no_op}
_INTEGERS = {name for name, field in FIELDS.items() if field.type is JsonType.INTEGER}

_UNCHANGED = frozenset(FIELDS.keys() - _NO_OPS - _INTEGERS)
"""Fields whose legal values need no normalisation."""


def _normalised(
    body: Body, operation: Operation, defaults: Mapping[str, object]
) -> dict[str, object]:
    """Return a legal canonical body with its operation and defaults, without no-op values."""
    request = {**defaults, **body, "operation": operation.name}
    # One set operation decides for most requests that no value needs a look.
    if not _UNCHANGED.issuperset(body):
        _normalise_values(request, body)
    if "user" in body and "safety_identifier" not in body:
        # A user may be longer than an identifier. Its beginning still distinguishes end users.
        request["safety_identifier"] = str(body["user"])[:MAX_SAFETY_IDENTIFIER]
    return request


def _normalise_values(request: dict[str, object], body: Body) -> None:
    """Remove no-op values from `request`, and make integers of numbers such as 5.0."""
    for name in body.keys() - _UNCHANGED:
        value = request[name]
        if name not in FIELDS or value == _NO_OPS.get(name, ...):
            del request[name]
        elif isinstance(value, float) and name in _INTEGERS and is_integer(value):
            request[name] = int(value)
