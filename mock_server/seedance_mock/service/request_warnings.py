"""The warnings of the journal: what is legal in a request, but may not be meant."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from seedance_contract.declared.fields import ALIASES, PRIVATE_FIELDS
from seedance_contract.declared.operations import Body
from seedance_contract.declared.v3.routes import CLIENT_REQUEST_ID_HEADER, IDEMPOTENCY_HEADER
from seedance_mock.service.redaction import (
    KNOWN_HEADERS,
    has_scheme,
    printable_header,
)

MAX_LISTED_NAMES = 16
"""How many headers, and how many ignored fields, the warnings name. They count the others."""

IGNORED_FIELD = " is not documented and was ignored"
"""What the warning about an ignored field says after the name of the field."""


def request_warnings(body: Body, ignored: Sequence[str] = ()) -> list[str]:
    """Return warnings about a create request: what is legal in it but may not be meant.

    `ignored` are the undocumented fields that were ignored.
    """
    messages = [f"{name} is an alias of {ALIASES[name]}" for name in body if name in ALIASES]
    messages += [name + IGNORED_FIELD for name in ignored[:MAX_LISTED_NAMES]]
    if len(ignored) > MAX_LISTED_NAMES:
        omitted = len(ignored) - MAX_LISTED_NAMES
        messages.append(f"{omitted} more fields are not documented and were ignored")
    if "operation" not in body:
        messages.append("the operation was inferred; sending it explicitly is recommended")
    if len(set(_media_forms(body))) > 1:
        messages.append("inline and remote media are mixed")
    return messages


def _media_forms(body: Body) -> list[str]:
    """Return `inline` or `remote` for each image and video of a request."""
    values = [value for name, value in body.items() if ALIASES.get(name, name) in PRIVATE_FIELDS]
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    schemes = ("data:", "http://", "https://")
    urls = [item for item in items if isinstance(item, str) and has_scheme(item, *schemes)]
    return ["inline" if has_scheme(url, "data:") else "remote" for url in urls]


def header_warnings(names: Collection[bytes]) -> Sequence[str]:
    """Return a warning for each header that means nothing to the API, for example a typo.

    A name that may be a secret is not shown. `names` are in the reverse order of the request, as
    `RequestContext.headers` has them.
    """
    # Nearly every request has known headers only, and one call in C finds that out. A tuple, as the
    # garbage collector would visit the empty lists of thousands of journal entries.
    if KNOWN_HEADERS.issuperset(names):
        return ()
    # Browsers add headers that begin with Sec- to every request.
    unknown = [
        name for name in names if name not in KNOWN_HEADERS and not name.startswith(b"sec-")
    ][::-1]
    printable_names = [printable_header(name) for name in unknown[:MAX_LISTED_NAMES]]
    messages = [f"the header {name} is not documented" for name in printable_names]
    omitted = len(unknown) - len(messages)
    return messages + ([f"{omitted} more headers are not documented"] if omitted else [])


_V3_HEADERS = frozenset(
    name.lower().encode() for name in (IDEMPOTENCY_HEADER, CLIENT_REQUEST_ID_HEADER)
)
_KNOWN_V3_HEADERS = KNOWN_HEADERS | _V3_HEADERS


def v3_header_warnings(names: Collection[bytes]) -> Sequence[str]:
    """Return the warnings of `header_warnings` without those about the headers of v3."""
    if _KNOWN_V3_HEADERS.issuperset(names):
        return ()
    return header_warnings([name for name in names if name not in _V3_HEADERS])
