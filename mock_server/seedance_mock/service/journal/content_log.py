"""The content of requests and responses: headers and bodies, for a developer's own machine.

`serve --journal-bodies` keeps it, in the memory of the process only. API keys are replaced before
anything is kept; prompts and media are what it is for. It is not a part of the journal, so that
neither a store nor an export of one can have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from seedance_contract.client.record import REDACTED_KEY, Headers
from seedance_contract.client.redaction import Secret

MAX_BODY_BYTES = 4 * 1024**2
"""How many bytes of a body are kept. An image of a reference has a megabyte or two."""

_CONTENT_BYTES = 3_000
"""About what the headers and the objects of an exchange take besides its bodies."""

REDACTED = "(redacted)"

_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "set-cookie")
"""Headers whose values are secret as a whole, unless it is the bearer token that was replaced."""

_KEY_LIKE = re.compile(
    rb"(?<![A-Za-z0-9_-])(?:(?:sk|mt)-[A-Za-z0-9._~+/=-]{3,}|%b[A-Za-z0-9_-]{3,})"
    % REDACTED_KEY.encode()
)
"""What may be another key: a request can have several, and a body any.

The key of the request is replaced first, and may be the beginning of another one.
"""

_TEXT_TYPE = re.compile(r"text/|application/(?:json|problem|x-www-form-urlencoded)")


class Message(NamedTuple):
    """The headers and the body of a request or a response.

    Args:
        headers: names and values in their order, without keys.
        body: the text, without keys; the size and the type if it is no text.
        is_truncated: whether the body was longer.
    """

    headers: Headers
    body: str
    is_truncated: bool = False

    def as_json(self) -> dict[str, object]:
        """Return the message as the control API shows it."""
        headers = [list(header) for header in self.headers]
        return {"headers": headers, "body": self.body, "truncated": self.is_truncated}


class Content(NamedTuple):
    """What was sent: the request, and the response if there was one."""

    account: str | None
    request: Message
    response: Message | None

    def as_json(self) -> dict[str, object]:
        """Return the content as the control API shows it."""
        response = None if self.response is None else self.response.as_json()
        return {"request": self.request.as_json(), "response": response}

    def memory_size(self) -> int:
        """Return about how many bytes of memory it takes."""
        bodies = [self.request.body, self.response.body if self.response else ""]
        return _CONTENT_BYTES + sum(map(len, bodies))


def message(raw_headers: Iterable[tuple[bytes, bytes]], body: bytes, key: str) -> Message:
    """Return a message without keys.

    Args:
        raw_headers: names and values as they were sent.
        body: at most one byte more than `MAX_BODY_BYTES`.
        key: the API key of the request; empty if it has none.
    """
    headers = tuple(_shown_header(*header, key) for header in raw_headers)
    types = [value for name, value in headers if name == "content-type"]
    if types and not _TEXT_TYPE.match(types[0]):
        text = f"({len(body)} bytes of {types[0]})"
    else:
        text = _without_keys(body, key)[:MAX_BODY_BYTES].decode("utf-8", "replace")
    return Message(headers, text, len(body) > MAX_BODY_BYTES)


def _shown_header(raw_name: bytes, raw_value: bytes, key: str) -> tuple[str, str]:
    name, value = raw_name.decode("latin-1").lower(), _without_keys(raw_value, key)
    text = value.decode("latin-1")
    is_plain_token = text.lower() == f"bearer {REDACTED_KEY}"
    return name, REDACTED if name in _SECRET_HEADERS and not is_plain_token else text


def _without_keys(data: bytes, key: str) -> bytes:
    # First the key of the request, also in its encodings.
    data = Secret(key).redact(data) if key else data
    return _KEY_LIKE.sub(REDACTED.encode(), data)


class ContentLog:
    """The latest contents by request id, bounded in bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._contents: dict[str, Content] = {}
        self._bytes = 0

    def add(self, request_id: str, content: Content) -> None:
        """Keep a content, and drop the oldest ones beyond the bound."""
        # Ids repeat under a seed: the latest request with an id counts.
        self._drop(request_id)
        self._contents[request_id] = content
        self._bytes += content.memory_size()
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._contents)))

    def find(self, request_id: str) -> Content | None:
        """Return the content of a request, None if it is not kept."""
        return self._contents.get(request_id)

    def clear(self, account: str | None = None) -> None:
        """Drop the contents of an account, or all."""
        for request_id, content in [*self._contents.items()]:
            if account in (None, content.account):
                self._drop(request_id)

    def _drop(self, request_id: str) -> None:
        content = self._contents.pop(request_id, None)
        if content is not None:
            self._bytes -= content.memory_size()
