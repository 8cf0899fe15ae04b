"""Redaction: what the journal and the log may show of a request.

They never show a key, a prompt, a media URL, or anything that might be one. All functions for the
journal allow what is known and hide the rest: a client may put a secret into any part of a request.
The path in the log is the exception: `logged_path` hides what looks like a secret.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import quote, unquote

from seedance_contract.declared.dialects import ALL_ENDPOINTS
from seedance_contract.declared.fields import ALIASES, FIELDS, PRIVATE_FIELDS
from seedance_contract.declared.limits import OneOf
from seedance_contract.declared.materials.resources import (
    ASSET_FILTERS,
    ASSET_ID_PATTERN,
    GROUP_ID_PATTERN,
)
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS, UNSUPPORTED_OPERATIONS, Body
from seedance_contract.declared.routes import DELIVERY_POLICY_HEADER
from seedance_contract.declared.rules.unsupported_rules import printable_name
from seedance_contract.declared.v3.models import V3_MODELS
from seedance_contract.declared.v3.routes import (
    LIST_PARAMETERS,
)
from seedance_mock.service.journal.entries import JOURNAL_FILTERS

# A value that might contain an API key (sk-…) or a management token (mt-…) is never shown.
_HARMLESS_VALUE = re.compile(r"(?!.*(?:sk|mt)-)[A-Za-z0-9._-]{1,48}")

_ENUMERATED_VALUES = frozenset(
    value
    for field in FIELDS.values()
    for limit in field.limits
    if isinstance(limit, OneOf)
    for value in limit.values
)
_CONTRACT_STRINGS = _ENUMERATED_VALUES.union(MODELS, V3_MODELS, OPERATIONS, UNSUPPORTED_OPERATIONS)
"""The strings that the declared contract contains. They cannot be secrets."""

MAX_SUMMARY_FIELDS = 64
"""How many fields of a body the summary shows."""

MAX_TARGET_PARTS = 12
"""How many segments of a path, and how many parameters of a query, are shown."""


def path_segments(paths: Iterable[str]) -> frozenset[str]:
    """Return the literal segments of route paths: `v1` and `tasks` of `/v1/tasks/{id}`."""
    return frozenset(
        segment for path in paths for segment in path.split("/") if not segment.startswith("{")
    )


API_SEGMENTS = path_segments(endpoint.path for endpoint in ALL_ENDPOINTS)
"""The literal segments of the paths of the emulated API."""

_SERVER_NAMES = re.compile(
    r"ldtask_[0-9a-f]{32}|cgt-[0-9]{14}-[a-z0-9]{5}(?:\.[0-9a-f]{8})?"
    rf"|req_[0-9a-f]{{24}}|key-[0-9]{{1,9}}|{ASSET_ID_PATTERN}|{GROUP_ID_PATTERN}"
)
"""The names that the server gives to tasks, requests, accounts, materials and groups."""

_QUERY_PARAMETERS = frozenset(
    (
        *("view", "tag", "expires", "part", "page_size", "page_token", "Action", "Version"),
        *(name for name in ASSET_FILTERS if name != "project_name"),
        *JOURNAL_FILTERS,
        *LIST_PARAMETERS,
    )
)
"""The query parameters of the emulated API, of result URLs and of the control API."""


SIGNATURE = ("sig", "a%2Fb")
"""The constant in the query of a `poll_url`, as the client has to send it back."""


def redacted_target(
    path: str, query: bytes = b"", *, route_segments: Collection[str] = API_SEGMENTS
) -> str:
    """Return a request target with `*` in place of everything that may be a secret.

    Args:
        path: the path of the request.
        query: the query string of the request.
        route_segments: the path segments of the server's routes. They are shown, and so are the
            names of models, tasks, requests and accounts.
    """
    # Segment by segment, because a secret such as a media URL may contain slashes.
    segments = path.split("/")[:MAX_TARGET_PARTS]
    target = "/".join(
        segment if segment in route_segments or _is_public_name(segment) else "*"
        for segment in segments
    )
    if not query:
        return target
    pairs = (pair.partition("=") for pair in query.decode("latin-1").split("&")[:MAX_TARGET_PARTS])
    return target + "?" + "&".join(_redacted_pair(name, value) for name, _, value in pairs)


def logged_path(path: str, *, route_segments: Collection[str] = API_SEGMENTS) -> str:
    """Return a path as the log shows it: escaped, with `*` in place of what looks like a secret.

    Somebody who mistyped a path looks for the mistake in it, so unknown segments are shown.
    """
    segments = path.split("/")
    shown: list[str] = []
    is_secret = False
    for segment in segments[:MAX_TARGET_PARTS]:
        if segment in route_segments or _is_public_name(segment):
            shown.append(segment)
            continue
        # A key or a media URL may contain slashes, so the segments after it may be a part of it.
        is_secret = is_secret or _looks_secret(segment)
        shown.append("*" if is_secret else quote(segment, safe=_SHOWN_AS_IT_IS, errors="replace"))
    return "/".join([*shown, *([".."] if len(segments) > MAX_TARGET_PARTS else [])])


_HARMLESS_HOST = re.compile(r"(?!.*(?:sk|mt)-)[A-Za-z0-9._:\[\]-]{1,255}")


def shown_host(value: bytes) -> str | None:
    """Return the value of a Host header, or None if it is no host or may be a secret."""
    host = value.decode("latin-1")
    return host if _HARMLESS_HOST.fullmatch(host) else None


# Of an id that a client chooses. `task-` is in many of them, and no key.
_HARMLESS_ID = re.compile(r"(?!.*(?:(?<!ta)sk|mt)-)[A-Za-z0-9._:-]{1,128}")


def shown_client_id(value: bytes) -> str | None:
    """Return the client's id of a request, or None if it is too long or may be a secret."""
    client_id = value.decode("latin-1")
    return client_id if _HARMLESS_ID.fullmatch(client_id) else None


def body_digest(raw: bytes) -> str:
    """Return 16 hexadecimal digits that are equal for equal bodies."""
    return hashlib.blake2b(raw, digest_size=8).hexdigest()


def header_places(headers: Mapping[bytes, bytes], key: bytes) -> list[str]:
    """Return "header NAME" for each header that contains the key, unless it is a known one."""
    return [
        f"header {printable_header(name)}"
        for name, value in headers.items()
        if name not in KNOWN_HEADERS and key in value
    ]


MAX_LOGGED_SEGMENT = 48
"""How long an unknown segment of a path may be to be shown in the log."""

MAX_LOGGED_WORDS = 2
"""How many words an unknown segment may have. With more, it may be a prompt."""

# Visible ASCII but for what has a meaning inside a path, or would end a quoted text. Braces are
# shown: a template whose {id} nobody has filled in is a common mistake.
_SHOWN_AS_IT_IS = "!$&'()*+,-.:;<=>@[]^_`{|}~"

_ID_LIKE = re.compile(r"(?:ldtask|req)_[0-9a-f]{1,40}", re.IGNORECASE)
"""An id of the server, also one that is cut off or in capitals."""

# Text, which `re` compiles when the first unknown path is logged. That takes half a millisecond,
# for which the start of a server need not wait.
_SECRET = (
    r"(?<!ta)sk[-_]|mt-"  # API keys and management tokens, but not "task-"
    r"|bearer|(?:key|token|secret|sign\w*|auth|passw\w*)=|@"  # credentials and parts of URLs
    r"|^(?:https?|data|file|ftp|s3|gs):|eyJ"  # media URLs, and JSON Web Tokens
    r"|(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{20}"  # random text
)


def _looks_secret(segment: str) -> bool:
    """Return whether a segment of a path may be a key, a part of a media URL or a prompt."""
    if len(segment) > MAX_LOGGED_SEGMENT:
        return True
    # A client may have encoded the path more than once.
    for _ in range(3):
        is_prose = len(segment.replace("+", " ").split()) > MAX_LOGGED_WORDS
        if is_prose or re.search(_SECRET, _ID_LIKE.sub("", segment), re.IGNORECASE):
            return True
        encoded, segment = segment, unquote(segment)
        if segment == encoded:
            return False
    return True


def _is_public_name(segment: str) -> bool:
    return segment in MODELS or _SERVER_NAMES.fullmatch(segment) is not None


def _redacted_pair(name: str, value: str) -> str:
    if (name, value) == SIGNATURE:
        return f"{name}={value}"
    if name not in _QUERY_PARAMETERS:
        return "*=*"
    return f"{name}={value if _HARMLESS_VALUE.fullmatch(value) else '*'}"


def request_summary(body: Body) -> dict[str, object]:
    """Return the body of a create request: selectors as they are, other values by their kind."""
    fields = list(body.items())[:MAX_SUMMARY_FIELDS]
    return {printable_name(name): _redacted_value(name, value) for name, value in fields}


def _redacted_value(name: str, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    known = ALIASES.get(name, name) in FIELDS and name not in PRIVATE_FIELDS
    if known and isinstance(value, int | float):
        return value
    if known and isinstance(value, str) and value in _CONTRACT_STRINGS:
        return value
    return _value_kind(value)


def _value_kind(value: object) -> str:
    match value:
        case str() if has_scheme(value, "data:"):
            return f"(data URL, {len(value)} characters)"
        case str() if has_scheme(value, "http://", "https://"):
            return f"(URL, {len(value)} characters)"
        case str():
            return f"({len(value)} characters)"
        case list():
            return f"({len(value)} entries)"
    return "(not shown)"


def has_scheme(value: str, *schemes: str) -> bool:
    """Return whether a URL has one of these schemes, given with their colons, in any case."""
    # Schemes are legal in any case. Only the start is converted: a data URL may have megabytes.
    return value[:8].lower().startswith(schemes)


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
        DELIVERY_POLICY_HEADER.lower().encode(),
    )
)
"""The request headers of the API, and those of HTTP and of tracing that every client may send."""


def printable_header(name: bytes) -> str:
    """Return the name of a header, or what stands for it if it may be a secret."""
    # `printable_name` knows the names of fields, which have underscores.
    return printable_name(name.decode("latin-1").replace("-", "_")).replace("_", "-")
