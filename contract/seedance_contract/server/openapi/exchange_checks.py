"""Checks of single exchanges that only the OpenAPI run needs. Pure functions.

Schemathesis checks what an OpenAPI document can state. These checks cover what it cannot state;
those that also hold for any other request come from `response_checks`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from seedance_contract.case import Mismatch
from seedance_contract.declared.dialects import CREATE_ENDPOINTS
from seedance_contract.declared.media_limits import ASSET_SCHEME
from seedance_contract.declared.operations import Body
from seedance_contract.declared.routes import CREATE, Auth, Endpoint
from seedance_contract.declared.rules.rule import Rule
from seedance_contract.declared.v3.routes import V3_CREATE
from seedance_contract.declared.v3.rules.rule import V3Rule
from seedance_contract.derived.v3.v3_validation import violated_v3_rules
from seedance_contract.derived.validation import violated_rules
from seedance_contract.server.budget import documented_rules
from seedance_contract.server.http.exchange import CheckedExchange, parse_json
from seedance_contract.server.responses.response_checks import (
    ResponseCheck,
    error_envelope,
    error_request_id,
)

ExchangeCheck = Callable[[CheckedExchange], bool]
"""Returns True if the exchange passes, False if it has nothing to check. Raises Mismatch."""


_VIOLATED_RULES: Mapping[Endpoint, Callable[[Body], Sequence[Rule | V3Rule]]] = {
    CREATE: violated_rules,
    V3_CREATE: violated_v3_rules,
}


def broken_rules(create: Endpoint, body: object) -> list[Rule | V3Rule] | None:
    """Return the rules that the body of a create breaks, None if it is not a JSON object."""
    return list(_VIOLATED_RULES[create](body)) if isinstance(body, dict) else None


def names_material(body: object) -> bool:
    """Return whether a body may name a material. No schema states which of them an account has."""
    return ASSET_SCHEME in json.dumps(body)


def fail_closed(exchange: CheckedExchange) -> bool:
    """Check that a create request that breaks a documented rule is not accepted."""
    request, response = exchange.request, exchange.response
    if exchange.endpoint not in CREATE_ENDPOINTS or not exchange.has_documented_method:
        return False
    rules = documented_rules(broken_rules(exchange.endpoint, parse_json(request.body)) or [])
    if rules and 200 <= response.status < 300:
        ids = ", ".join(rule.id for rule in rules)
        raise Mismatch(f"400, because of {ids}", response.summary)
    return bool(rules)


def endpoint_error_envelope(exchange: CheckedExchange) -> bool:
    """Check the error body of a documented operation."""
    return exchange.has_documented_method and _error_body(exchange)


def method_error_envelope(exchange: CheckedExchange) -> bool:
    """Check the error body of a 405. No document describes it, so it is a case of its own."""
    is_405 = not exchange.has_documented_method and exchange.response.status == 405
    return is_405 and _error_body(exchange)


def _error_body(exchange: CheckedExchange) -> bool:
    request, response = exchange.request, exchange.response
    has_envelope = error_envelope(request, response)
    # Only the errors of v1 have an id.
    error_request_id(request, response)
    return has_envelope


def of_exchange(check: ResponseCheck) -> ExchangeCheck:
    """Return a response check as a check of an exchange."""
    return lambda exchange: check(exchange.request, exchange.response)


# RFC 9110, section 5.5, recommends visible ASCII and spaces. A server may refuse anything else.
_PORTABLE_HEADER = re.compile(r"[A-Za-z0-9-]+: [\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?").fullmatch


def key_required(exchange: CheckedExchange) -> bool:
    """Check that a request without the API key is rejected if its endpoint needs one."""
    request, response = exchange.request, exchange.response
    if not exchange.has_documented_method or exchange.endpoint.auth is not Auth.REQUIRED:
        return False
    headers = {name.lower(): value for name, value in request.headers.items()}
    if headers.get("authorization") == f"Bearer {request.key}":
        return False
    if not all(_PORTABLE_HEADER(": ".join(header)) for header in request.headers.items()):
        # Schemathesis also sends random header values. A server may answer those with a plain
        # 400 before it looks for a key.
        return False
    # The size of a body and the rate limit may be checked before the key.
    if response.status not in (401, 413, 429):
        raise Mismatch("401", response.summary)
    return True
