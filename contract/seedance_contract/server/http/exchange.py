"""A request to the server under test and the response to it. Values only; nothing is sent here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seedance_contract.case import Mismatch
from seedance_contract.declared.routes import Endpoint
from seedance_contract.reports.text import one_line

MAX_SUMMARY_LENGTH = 300
"""The number of characters of a response body that a report shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRequest:
    """A request as it was sent.

    Args:
        path: path and query below the base URL of the server. If the request is for a result
            file, which lies outside the API, this is the whole URL.
        url: the whole URL.
        key: the API key of the account that is used, None if there is none. A response must not
            repeat it, and reports must not show it.
    """

    method: str
    path: str
    url: str
    key: str | None = None
    headers: Mapping[str, str]
    body: bytes | None = None

    @property
    def size(self) -> int:
        """The number of characters and bytes that a reader has to look at."""
        return len(self.url) + len(self.body or b"")


# Without slots: `cached_property` keeps the parsed body in the instance's `__dict__`.
@dataclass(frozen=True)
class ReceivedResponse:
    """A response. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body as JSON. Raises Mismatch if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            # Python's parser recurses: a body of 100,000 brackets exceeds the recursion limit.
            raise Mismatch("a JSON body", self.summary) from None

    @cached_property
    def json_object(self) -> Mapping[str, Any]:
        """The body as JSON, empty if it is not a JSON object."""
        body = parse_json(self.body)
        return body if isinstance(body, dict) else {}

    def require_object(self) -> Mapping[str, Any]:
        """Return the body as JSON. Raises Mismatch if it is not a JSON object."""
        if not isinstance(self.json, dict):
            raise Mismatch("a JSON object", self.summary)
        return self.json

    @property
    def summary(self) -> str:
        """The status and the beginning of the body, in one line."""
        text = self.body.decode(errors="replace")
        return f"{self.status} {shortened(text)}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its response, with times in seconds on the monotonic clock.

    Args:
        response: None if there was none.
        started_at: before the first byte of the request was sent.
        answered_at: when the head of the response was read; equal to `ended_at` if there was none.
        ended_at: when the whole response was read, or when it was clear that there is none.
    """

    request: SentRequest
    response: ReceivedResponse | None
    started_at: float
    answered_at: float
    ended_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExchange:
    """A request of the OpenAPI run, its response, and the endpoint that the request is for.

    The endpoint comes from the operation under test. It cannot be derived from the URL, because
    generated path parameters may be empty or contain a slash.

    Args:
        before: the exchanges before it in the same sequence, whose ids it may use.
    """

    endpoint: Endpoint
    request: SentRequest
    response: ReceivedResponse
    before: tuple[Exchange, ...] = ()

    @property
    def has_documented_method(self) -> bool:
        """Whether the request uses the method of its endpoint. Probes use another one."""
        return self.request.method == self.endpoint.method

    @property
    def untimed(self) -> Exchange:
        """The exchange as an entry of a log, without times."""
        return untimed_exchange(self.request, self.response)


def untimed_exchange(request: SentRequest, response: ReceivedResponse | None) -> Exchange:
    """Return an exchange whose times are not known."""
    return Exchange(
        request=request, response=response, started_at=0.0, answered_at=0.0, ended_at=0.0
    )


def parse_json(content: bytes | str | None) -> object:
    """Return the JSON value of a body, None if it is not JSON."""
    try:
        return json.loads(content or b"")
    except (ValueError, RecursionError):
        return None


def member(value: object, *names: str) -> object:
    """Return the value at a path of member names in nested objects, None if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in a JSON array. Nothing else in it, and no other value, has any."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """Return the strings in a JSON array. Nothing else in it, and no other value, has any."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def shortened(text: str) -> str:
    """Return the beginning of a text in one line, for messages."""
    return one_line(text, MAX_SUMMARY_LENGTH)
