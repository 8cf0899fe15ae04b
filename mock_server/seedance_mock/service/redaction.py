"""What may be shown of a request: never a key, a prompt, a media URL, or what might be one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from seedance_contract.declared.field_rules import printable
from seedance_contract.declared.fields import ALIASES, FIELDS, PRIVATE
from seedance_contract.declared.limits import OneOf
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import FOREIGN_OPERATIONS, OPERATIONS, Body
from seedance_contract.declared.routes import ENDPOINTS

_HARMLESS_VALUE = re.compile(r"(?!.*(?:sk|mt)-)[A-Za-z0-9._-]{1,48}")

_ENUMERATED_VALUES = frozenset(
    value
    for field in FIELDS.values()
    for limit in field.limits
    if isinstance(limit, OneOf)
    for value in limit.values
)
_CONTRACT_STRINGS = _ENUMERATED_VALUES.union(MODELS, OPERATIONS, FOREIGN_OPERATIONS)
"""Strings that the contract itself contains."""

MAX_SUMMARY_FIELDS = 64


_OWN_PATHS = (
    "/healthz",
    "/assets/video.mp4",
    "/assets/last_frame.png",
    "/_mock/accounts/clock",
    "/_mock/events",
    "/_mock/journal",
    "/_mock/openapi.json",
    "/_mock/tasks",
    "/_mock/why",
    "/_mock/words",
)
"""What this server answers besides the API, without the names in it."""

_ROUTE_SEGMENTS = frozenset(
    part
    for path in (*(endpoint.path for endpoint in ENDPOINTS), *_OWN_PATHS)
    for part in path.split("/")
    if not part.startswith("{")
)
"""What the paths of the routes are made of."""

_SERVER_NAMES = re.compile(r"ldtask_[0-9a-f]{32}|req_[0-9a-f]{24}|key-[0-9]{1,9}")
"""Names that this server has given itself."""

_QUERY_PARAMETERS = frozenset(
    ("view", "tag", "expires", "part", "account", "place", "status", "task_id")
)
"""Parameters of a query that are known, to this server or to the API."""


def redacted_target(path: str, query: bytes = b"") -> str:
    """Return a request target that can be shown.

    Every part that is neither of a route nor a name of a model, task, request or account is
    `*`: it might be a secret, or a part of one that has slashes in it.
    """
    shown = "/".join(map(_redacted_segment, path.split("/")[:12]))
    if not query:
        return shown
    pairs = (pair.partition("=") for pair in query.decode("latin-1").split("&")[:12])
    return shown + "?" + "&".join(_redacted_pair(name, value) for name, _, value in pairs)


def _redacted_segment(text: str) -> str:
    return (
        text if text in _ROUTE_SEGMENTS or text in MODELS or _SERVER_NAMES.fullmatch(text) else "*"
    )


def _redacted_pair(name: str, value: str) -> str:
    if name not in _QUERY_PARAMETERS:
        return "*=*"
    return f"{name}={value if _HARMLESS_VALUE.fullmatch(value) else '*'}"


def request_summary(body: Body) -> dict[str, object]:
    """Return a create request as it can be shown: selectors as they are, the rest by its kind."""
    fields = list(body.items())[:MAX_SUMMARY_FIELDS]
    return {printable(name): _redacted_value(name, value) for name, value in fields}


def _redacted_value(name: str, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    known = ALIASES.get(name, name) in FIELDS and name not in PRIVATE
    if known and isinstance(value, int | float):
        return value
    if known and isinstance(value, str) and value in _CONTRACT_STRINGS:
        return value
    return _value_kind(value)


def _value_kind(value: object) -> str:
    match value:
        case str() if value.startswith("data:"):
            return f"(data URL, {len(value)} characters)"
        case str() if value.startswith(("http://", "https://")):
            return f"(URL, {len(value)} characters)"
        case str():
            return f"({len(value)} characters)"
        case list():
            return f"({len(value)} entries)"
    return "(not shown)"


def request_warnings(body: Body, ignored: Iterable[str] = ()) -> list[str]:
    """Return what is legal in a create request but perhaps not meant."""
    found = [f"{name} is an alias of {ALIASES[name]}" for name in body if name in ALIASES]
    found += [f"{name} is not documented and was ignored" for name in ignored]
    if "operation" not in body:
        found.append("the operation was inferred; sending it explicitly is recommended")
    if len(set(_media_forms(body))) > 1:
        found.append("inline and remote media are mixed")
    return found


def _media_forms(body: Body) -> list[str]:
    """Return for each medium of a request whether it is inline."""
    values = [value for name, value in body.items() if ALIASES.get(name, name) in PRIVATE]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    schemes = ("data:", "http://", "https://")
    media = [one for one in flat if isinstance(one, str) and one.startswith(schemes)]
    return ["inline" if one.startswith("data:") else "remote" for one in media]


KNOWN_HEADERS = frozenset(
    (
        b"accept",
        b"accept-charset",
        b"accept-encoding",
        b"accept-language",
        b"authorization",
        b"cache-control",
        b"connection",
        b"content-length",
        b"content-type",
        b"dnt",
        b"expect",
        b"forwarded",
        b"host",
        b"origin",
        b"pragma",
        b"priority",
        b"referer",
        b"te",
        b"traceparent",
        b"tracestate",
        b"transfer-encoding",
        b"user-agent",
        b"via",
    )
)
"""Headers of HTTP itself and of tracing, which say nothing to this API."""


def unknown_headers(names: Collection[bytes]) -> tuple[str, ...]:
    """Return the names of headers that neither the API nor HTTP clients' habits know."""
    if KNOWN_HEADERS.issuperset(names):
        return ()
    unknown = [name.decode("latin-1") for name in names if name not in KNOWN_HEADERS]
    return tuple(name for name in reversed(unknown) if not name.startswith("sec-"))


def header_warnings(unknown: Iterable[str]) -> list[str]:
    """Return a note for each header that is `strange`."""
    shown = (printable(name.replace("-", "_")).replace("_", "-") for name in unknown)
    return [f"the header {name} is not documented" for name in shown]
