"""The identifiers in responses: ids, and the URLs that contain them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from seedance_contract.declared.models import MODELS
from seedance_contract.server.http.exchange import Exchange, parse_json
from seedance_contract.server.http.log import LogEntry

MAX_SEARCHED_BYTES = 50_000
"""The number of bytes of a body in which identifiers are looked for."""

# No spaces, and a digit, which tells ids from words such as "processing".
_IDENTIFIER = re.compile(r"(?=.*\d)[\w.:/?=&%~+@-]{8,}", re.ASCII).fullmatch
_OPAQUE_ID = re.compile(r"(?=.*\d)[\w-]{8,}", re.ASCII).fullmatch

MAX_EXTRACTED = 50
"""The number of names whose values are looked for in later requests. A task has eight."""

_TASK_MEMBERS = ("id", "task_id")
"""The members that are preferred if several contain the same id."""


def response_identifiers(entry: LogEntry) -> set[str]:
    """Return the ids in the response of an exchange, without URLs; none for a control step."""
    if not isinstance(entry, Exchange) or entry.response is None:
        return set()
    request_id = entry.response.headers.get("x-request-id", "")
    values = {request_id, *(value for _, value in _members(entry.response.body))}
    # Many responses recommend the same model and the same URL.
    return {value for value in values if _OPAQUE_ID(value)}


def identifiers_of_resource(entry: LogEntry) -> set[bytes]:
    """Return the identifiers in the URL of a read that succeeded: what it was about.

    Other requests have none. A refused read has no effect on what follows.
    """
    if not isinstance(entry, Exchange) or entry.request.method != "GET":
        return set()
    if entry.response is None or entry.response.status != 200:
        return set()
    segments = urlsplit(entry.request.url).path.split("/")
    return {segment.encode() for segment in segments if _IDENTIFIER(segment)}


def extractable_members(entry: LogEntry) -> list[tuple[str, str]]:
    """Return the names and values of the identifiers that a script can take from a response."""
    if not isinstance(entry, Exchange) or entry.response is None:
        return []
    identifiers = {value for _, value in _members(entry.response.body)}
    first = first_members(entry.response.body[:MAX_SEARCHED_BYTES])
    found = [(name, value) for name, value in first.items() if value in identifiers]
    return sorted(found[:MAX_EXTRACTED], key=lambda pair: pair[0] not in _TASK_MEMBERS)


_TEXT_MEMBER = re.compile(rb'\s*"(\w+)"\s*:\s*"([^"]*)"')


def first_members(body: bytes) -> dict[str, str]:
    """Return the first text member of each name in a JSON text.

    The values are those of the function `member` in `functions.sh`, which knows no JSON.
    """
    members: dict[str, str] = {}
    for line in re.split(rb"[,{}\n]", body):
        if match := _TEXT_MEMBER.match(line.replace(rb"\/", b"/")):
            name = match[1].decode("ascii", errors="replace")
            members.setdefault(name, match[2].decode(errors="replace"))
    return members


def _members(body: bytes) -> Iterator[tuple[str, str]]:
    if len(body) <= MAX_SEARCHED_BYTES:
        yield from _identifier_members(parse_json(body))


def _identifier_members(document: object) -> Iterator[tuple[str, str]]:
    """Yield the members of nested JSON objects whose values are identifiers."""
    # A stack, because a response can be nested as deeply as the parser allows.
    stack = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += reversed(value)
        elif isinstance(value, Mapping):
            for name, content in value.items():
                if isinstance(content, str) and _is_identifier(content):
                    yield name, content
            stack += reversed(list(value.values()))


def _is_identifier(text: str) -> bool:
    # The ids of the models are known before any response.
    return _IDENTIFIER(text) is not None and text not in MODELS
