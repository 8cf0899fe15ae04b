"""The header that names the undocumented fields that a tolerant server has ignored."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_contract.declared.rules.unsupported_rules import printable_name
from seedance_mock.web.context import RequestContext

IGNORED_HEADER = "Mock-Ignored"

MAX_LISTED_NAMES = 16
"""The number of ignored fields that the header names."""


def name_ignored_fields(context: RequestContext, names: Sequence[str]) -> None:
    """Name the ignored fields of a request in a header of its response. None without names."""
    if names:
        context.log_entry.add_headers({IGNORED_HEADER: _header_list(names)})


def _header_list(names: Sequence[str]) -> str:
    """Return the names of fields as the value of a response header."""
    # A name comes from the client: it may have line breaks, or be a secret in the wrong place.
    printable_names = list(dict.fromkeys(map(printable_name, names)))
    ellipsis = ["..."] if len(printable_names) > MAX_LISTED_NAMES else []
    return ", ".join([*printable_names[:MAX_LISTED_NAMES], *ellipsis])
