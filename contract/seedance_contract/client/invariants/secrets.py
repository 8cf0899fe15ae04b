"""Invariants of secrets: where the API key and the prompt may appear."""

from __future__ import annotations

import re

from seedance_contract.case import Mismatch
from seedance_contract.client.client_case import NotExercised
from seedance_contract.client.record import REDACTED_KEY, Record, RecordedExchange
from seedance_contract.client.traffic import (
    API_ORIGIN,
    key_locations,
    request_body,
    requests_elsewhere,
    response_body,
    sent_creates,
)

KEYED_PLACES = ("create", "poll", "cancel")
"""The kinds of requests that need a key. Models and prices are public."""


def check_key_stays_at_origin(record: Record) -> None:
    """Check that no request to another origin contains a key. A client that sends none passes."""
    sent_creates(record)
    for exchange in requests_elsewhere(record):
        for location in key_locations(exchange):
            raise Mismatch(
                expected=f"no key at the origin {exchange.origin!r}", actual=f"in {location}"
            )


def leads_elsewhere(record: Record) -> bool:
    """Return whether a response named another origin, whether or not the client went there."""
    return bool(requests_elsewhere(record)) or any(
        _names_elsewhere(exchange) for exchange in record.exchanges
    )


def _names_elsewhere(exchange: RecordedExchange) -> bool:
    # A poll_url of the API is a path, or begins with the origin that the client has requested.
    host = next(iter(exchange.header("host")), "")
    url = response_body(exchange).get("poll_url")
    is_foreign = isinstance(url, str) and not re.match(rf"/(?!/)|http://{re.escape(host)}/", url)
    return is_redirect(exchange) or is_foreign


def is_redirect(exchange: RecordedExchange) -> bool:
    """Return whether the response is a redirect."""
    return exchange.status is not None and 300 <= exchange.status < 400


def creates_are_redirected(record: Record) -> bool:
    """Return whether a create received a redirect."""
    return any(map(is_redirect, record.creates))


def check_prompt_stays_at_origin(record: Record) -> None:
    """Check that no create at another origin contains the prompt."""
    for exchange in requests_elsewhere(record):
        if exchange.place == "create" and request_body(exchange).get("prompt"):
            raise Mismatch(expected="no prompt at another origin", actual="the prompt")


def check_bearer_once(record: Record) -> None:
    """Check that each request that needs a key has exactly one bearer token."""
    requests = [
        exchange for exchange in record.exchanges_at(*KEYED_PLACES) if exchange.origin == API_ORIGIN
    ]
    if not requests:
        raise NotExercised("the client sent no request that needs a key")
    for request in requests:
        credentials = [_with_lower_scheme(value) for value in request.header("authorization")]
        if credentials != [f"bearer {REDACTED_KEY}"] or request.header("x-api-key"):
            expected = "exactly one Authorization: Bearer with the key"
            raise Mismatch(expected=expected, actual=_shown_credentials(request))


# RFC 9110, section 11.1: the authentication scheme is case-insensitive; the token is not.
def _with_lower_scheme(value: str) -> str:
    scheme, _, rest = value.partition(" ")
    return f"{scheme.lower()} {rest}"


def _shown_credentials(request: RecordedExchange) -> str:
    names = [name for name, _ in request.headers if name.lower() in ("authorization", "x-api-key")]
    return f"{request.method} with {', '.join(names) or 'no key'}"


def check_key_in_its_place(record: Record) -> None:
    """Check that no request target, body, cookie or other header contains the key."""
    if not any(location for exchange in record.exchanges for location in key_locations(exchange)):
        raise NotExercised("the client sent no key")
    for exchange in record.exchanges:
        headers = [value for name, value in exchange.headers if name.lower() != "authorization"]
        if any(REDACTED_KEY in text for text in (exchange.target, exchange.body, *headers)):
            raise Mismatch(
                expected="the key in Authorization only", actual=f"elsewhere in a {exchange.method}"
            )


def require_process(record: Record) -> None:
    """Raise NotExercised if the kit did not start the client."""
    # With --pull the kit sees neither the output of the client nor its files.
    if record.exit is None and not record.killed:
        raise NotExercised("the client is not a process of the kit")


def check_key_not_disclosed(record: Record) -> None:
    """Check that no output, argument or file contains the key."""
    require_process(record)
    sent_creates(record)
    if record.leaks:
        raise Mismatch(expected="the key nowhere", actual=f"in {', '.join(record.leaks)}")
