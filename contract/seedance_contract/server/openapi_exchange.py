"""One request and its answer, and what can be judged from them alone. Pure functions."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from seedance_contract.case import Mismatch
from seedance_contract.declared.errors import TYPES
from seedance_contract.declared.routes import CREATE, Auth, Endpoint
from seedance_contract.declared.rule import Rule
from seedance_contract.derived.check import violations
from seedance_contract.server.budget import documented_rules

KEY = "$TOKENLAB_API_KEY"
"""What stands in reports where the key was."""

SHOWN = 300
"""How many characters of an answer a report shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request as it went out and the answer to it; header names are in lower case.

    Args:
        endpoint: the route of the contract that the request was made for.
        body: the bytes that were sent; None for none.
    """

    endpoint: Endpoint
    method: str
    url: str
    sent: Mapping[str, str]
    body: bytes | None
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ordinary(self) -> bool:
        """Whether the method is the documented one, not a probe with another."""
        return self.method == self.endpoint.method

    @property
    def size(self) -> int:
        """How much there is to read in the request; the smallest of several is shown."""
        return len(self.url) + len(self.body or b"")


def parsed(content: bytes | str | None) -> object:
    """Return the JSON value of a body; None where it is not JSON."""
    try:
        return json.loads(content or b"")
    except (ValueError, RecursionError):
        return None


def member(value: object, *names: str) -> object:
    """Return what stands under `names`, one within the other; None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def broken_rules(body: object) -> list[Rule] | None:
    """Return the rules that a create body breaks; None for what is no JSON object at all."""
    return violations(body) if isinstance(body, dict) else None


def shown(content: bytes | str) -> str:
    """Return the beginning of an answer as one line of text."""
    text = content.decode(errors="replace") if isinstance(content, bytes) else content
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def answer(exchange: Exchange) -> str:
    """Return status and body in a line."""
    return f"{exchange.status} {shown(exchange.content)}".rstrip()


def fail_closed(exchange: Exchange) -> bool:
    """Judge whether what must be refused was refused; False where there is nothing to judge."""
    if exchange.endpoint is not CREATE or not exchange.ordinary or exchange.body is None:
        return False
    rules = documented_rules(broken_rules(parsed(exchange.body)) or [])
    if rules and 200 <= exchange.status < 300:
        ids = ", ".join(rule.id for rule in rules)
        raise Mismatch(f"400, because of {ids}", answer(exchange))
    return bool(rules)


def error_envelope(exchange: Exchange) -> bool:
    """Judge the error body of a refusal of a documented operation."""
    if not exchange.ordinary or exchange.status < 400:
        return False
    _judge_envelope(exchange)
    return True


def method_envelope(exchange: Exchange) -> bool:
    """Judge the error body of a 405, which no document describes."""
    if exchange.ordinary or exchange.status != 405 or exchange.method == "HEAD":
        return False
    _judge_envelope(exchange)
    return True


def _judge_envelope(exchange: Exchange) -> None:
    error = member(parsed(exchange.content), "error")
    message, kind, id = (member(error, name) for name in ("message", "type", "request_id"))
    if not isinstance(message, str) or not message:
        raise Mismatch("error.message, a text", answer(exchange))
    if kind not in TYPES:
        raise Mismatch("error.type, one of the documented", answer(exchange))
    header = exchange.headers.get("x-request-id")
    if id is not None and id != header:
        raise Mismatch(f"error.request_id equal to X-Request-ID {header}", answer(exchange))


def retry_after(exchange: Exchange) -> bool:
    """Judge the header and the field that say when to come back."""
    if exchange.status != 429:
        return False
    header = exchange.headers.get("retry-after")
    field = member(parsed(exchange.content), "error", "retry_after")
    if header is None or re.fullmatch("0*[1-9][0-9]{0,8}", header) is None:
        raise Mismatch("Retry-After: whole seconds, 1 or more", f"Retry-After: {header}")
    if type(field) is not int or field != int(header):
        raise Mismatch(f"error.retry_after {header}, as the header says", f"{field!r}")
    return True


_HEADER = re.compile(r"[A-Za-z0-9-]+: [\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?").fullmatch
"""A header that every server can read."""


def key_needed(exchange: Exchange, key: str) -> bool:
    """Judge whether a request without the key was refused as such where a key is needed."""
    sent = {name.lower(): value for name, value in exchange.sent.items()}
    bare = sent.get("authorization") != f"Bearer {key}"
    if not (bare and exchange.ordinary and exchange.endpoint.auth is Auth.REQUIRED):
        return False
    if not all(map(_HEADER, map(": ".join, exchange.sent.items()))):
        # Made at random, it may be no HTTP: then nobody can ask for a key.
        return False
    if exchange.status not in (401, 413, 429):
        raise Mismatch("401", answer(exchange))
    return True


def no_key_echo(exchange: Exchange, key: str) -> bool:
    """Judge whether the answer keeps the key to itself."""
    for name, value in exchange.headers.items():
        if key in value:
            raise Mismatch("no API key in the answer", f"the key in the header {name}")
    if key.encode() in exchange.content:
        raise Mismatch("no API key in the answer", f"the key in the body of a {exchange.status}")
    return True


OWN_HEADERS = ("content-length", "user-agent", "accept", "accept-encoding", "connection", "host")
"""Headers that a client adds by itself."""


def curl(exchange: Exchange, key: str) -> str:
    """Return a command line that sends the request again, with the key taken from a variable."""
    parts = ["curl", "-i", "-X", exchange.method]
    for name, value in exchange.sent.items():
        if name.lower() not in OWN_HEADERS and not name.lower().startswith("x-schemathesis"):
            parts += ["-H", _quoted(f"{name}: {value}", key)]
    if exchange.body is not None:
        parts += ["--data-binary", _quoted_bytes(exchange.body, key)]
    return " ".join([*parts, _quoted(exchange.url, key)])


def _quoted(text: str, key: str) -> str:
    """Quote for a shell, with the key as a variable between pieces that are quoted."""
    pieces = [shlex.quote(piece) if piece else "" for piece in text.split(key)]
    return f'"{KEY}"'.join(pieces) or "''"


def _quoted_bytes(body: bytes, key: str) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        # What is no text has no other spelling in a shell; it holds no key, which is ASCII.
        return "$'" + "".join(f"\\x{byte:02x}" for byte in body) + "'"
    return _quoted(text, key)
