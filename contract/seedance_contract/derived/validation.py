"""What the rules say of a body: all violations of a body at once, or the normalised request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seedance_contract.declared.fields import FIELDS, MAX_SAFETY_IDENTIFIER
from seedance_contract.declared.limits import JsonType, is_integer
from seedance_contract.declared.operations import Body, Operation
from seedance_contract.declared.parsed_body import ParsedBody, parse_body
from seedance_contract.declared.rule import Breach, Rule
from seedance_contract.derived.compiled_rules import find_breaches


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
    """The contract does not allow the body: at least one violation, in the order of `RULES`."""

    violations: Sequence[Violation]
    parsed: ParsedBody


class Accepted(NamedTuple):
    """The contract allows the body. `request` has canonical names and defaults filled in.

    `ignored` are the fields that were let through although nobody documents them.
    """

    operation: Operation
    request: Mapping[str, object]
    ignored_fields: tuple[str, ...] = ()


def _broken(reading: ParsedBody) -> list[Violation]:
    return [Violation(rule, breach) for _, rule, breach in find_breaches(reading)]


def violations(body: Body) -> list[Violation]:
    """Return everything that is wrong with `body`, in the order of `RULES`."""
    return _broken(parse_body(body))


def violated_rules(body: Body) -> list[Rule]:
    """Return the rules that `body` breaks, each once, in the order of `RULES`."""
    return list({one.rule.id: one.rule for one in violations(body)}.values())


def validate_request(body: Body, *, tolerant: bool = False) -> Accepted | Rejected:
    """Return the normalised request, or everything that is wrong with `body`.

    Args:
        body: a JSON object as it was sent.
        tolerant: let fields through that no document mentions, and name them in `ignored`.
    """
    reading = parse_body(body)
    found = _broken(reading)
    ignored: tuple[str, ...] = ()
    if tolerant and found:
        ignored = tuple(one.breach.field for one in found if one.rule.id == "request.known")
        found = [one for one in found if one.rule.id != "request.known"]
    if found:
        return Rejected(found, reading)
    assert reading.operation is not None
    return Accepted(reading.operation, _normalised(reading.body, reading.operation), ignored)


_DEFAULTS = {name: field.default for name, field in FIELDS.items() if field.default is not None}
_NO_OPS = {name: field.no_op for name, field in FIELDS.items() if field.no_op}
_INTEGERS = {name for name, field in FIELDS.items() if field.type is JsonType.INTEGER}
_AS_SENT = frozenset(FIELDS.keys() - _NO_OPS - _INTEGERS)
"""Fields whose legal values stay as they are."""


def _normalised(body: Body, operation: Operation) -> dict[str, object]:
    """Return a legal canonical body with its operation and defaults; no-ops are left out."""
    request = {**_DEFAULTS, **body, "operation": operation.name}
    if not _AS_SENT.issuperset(body):
        _mend(request, body)
    if "user" in body and "safety_identifier" not in body:
        # A longer user is no legal identifier; its beginning still tells end users apart.
        request["safety_identifier"] = str(body["user"])[:MAX_SAFETY_IDENTIFIER]
    return request


def _mend(request: dict[str, object], body: Body) -> None:
    """Take out of a request what means nothing, and make integers of numbers like 5.0."""
    for name in body.keys() - _AS_SENT:
        value = request[name]
        if name not in FIELDS or value == _NO_OPS.get(name, ...):
            del request[name]
        elif isinstance(value, float) and name in _INTEGERS and is_integer(value):
            request[name] = int(value)
