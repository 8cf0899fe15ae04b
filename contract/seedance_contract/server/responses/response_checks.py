"""What every response must fulfil, whatever was requested. Pure functions of request and response.

The response monitor applies them to all responses of a run, the OpenAPI run to the exchanges that
Schemathesis makes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from seedance_contract.case import Mismatch
from seedance_contract.declared.errors import ERROR_TYPES
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.routes import ENDPOINTS, Endpoint
from seedance_contract.declared.v3.routes import V3_DELETE, V3_ENDPOINTS, V3_PREFIX
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.overview import OVERVIEW_PATH
from seedance_contract.derived.v3.openapi import v3_openapi_document, v3_statuses
from seedance_contract.server.http.exchange import ReceivedResponse, SentRequest, member
from seedance_contract.server.responses.status_causes import status_cause

ENVELOPE_LOST = "error-envelope-lost"
"""The cause of every error without the documented form."""

ResponseCheck = Callable[[SentRequest, ReceivedResponse], bool]
"""Returns True if the response passes, False if it has nothing to check. Raises Mismatch."""


def expect_status(
    response: ReceivedResponse, status: int, code: str | None = None, *, cause: str = ""
) -> ReceivedResponse:
    """Return the response if it has this status and error code. Raises Mismatch otherwise.

    Args:
        response: the response.
        status: the status that it must have.
        code: the error code that it must have; None for any.
        cause: the cause of another status, unless that is a failure of the server.
    """
    if response.status != status:
        expected = f"{status} {code}" if code else f"{status}"
        cause = status_cause(status, response) or cause
        raise Mismatch(expected, response.summary, cause=cause)
    if code is not None and error_object(response).get("code") != code:
        raise Mismatch(f"the code {code}", response.summary, cause="wrong-error")
    return response


def error_object(response: ReceivedResponse) -> Mapping[str, Any]:
    """Return the error object of an error response. Raises Mismatch if it is malformed."""
    error = member(response.json, "error")
    if not isinstance(error, dict):
        expected = 'an object {"error": {…}}'
        raise Mismatch(expected, response.summary, cause=ENVELOPE_LOST)
    if not isinstance(error.get("message"), str) or not error["message"]:
        expected = "error.message, a text that is not empty"
        raise Mismatch(expected, response.summary, cause=ENVELOPE_LOST)
    if error.get("type") not in ERROR_TYPES:
        expected = "error.type, a documented type"
        raise Mismatch(expected, response.summary, cause=ENVELOPE_LOST)
    return error


def request_id(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that the response has an X-Request-ID."""
    if not response.headers.get("x-request-id"):
        raise Mismatch("an X-Request-ID", f"{response.summary} without one")
    return True


def json_content_type(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that the content type of the response is JSON."""
    content_type = response.headers.get("content-type", "")
    if request.method == "HEAD" or _is_overview(request, response):
        return False
    if is_v3(request) and request.method == V3_DELETE.method and response.status == 200:
        # Such a response has no body, and so no content type.
        return False
    if content_type.partition(";")[0].strip() != "application/json":
        raise Mismatch("Content-Type: application/json", content_type or "none")
    return True


def _is_overview(request: SentRequest, response: ReceivedResponse) -> bool:
    """Return whether this is the only response that is plain text."""
    return request.path.partition("?")[0] == OVERVIEW_PATH and response.status == 200


def error_envelope(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that an error response has an error object with a message and a documented type."""
    if not _has_error_body(request, response):
        return False
    if is_v3(request):
        v3_error_object(response)
    else:
        error_object(response)
    return True


V3_ERROR_MEMBERS = ("code", "message", "param", "type")
"""The members of every error under /api/v3: strings, and no others."""


def is_v3(request: SentRequest) -> bool:
    """Return whether a request is for a route under /api/v3, whose responses have other forms."""
    return request.path.startswith(V3_PREFIX)


def v3_error_object(response: ReceivedResponse) -> Mapping[str, Any]:
    """Return the error object of a response under /api/v3. Raises Mismatch if it is malformed."""
    error = member(response.json, "error")
    members = error if isinstance(error, dict) else {}
    are_texts = all(isinstance(value, str) for value in members.values())
    if sorted(members) != sorted(V3_ERROR_MEMBERS) or not are_texts:
        expected = f"an error with {', '.join(V3_ERROR_MEMBERS)}, all strings"
        raise Mismatch(expected, response.summary, cause=ENVELOPE_LOST)
    return members


def error_request_id(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that an error response repeats its X-Request-ID in the body.

    The id may be a member of the body or of its error object. If both have one, both are checked.
    """
    # The errors of v3 have four members, and this is none of them.
    if is_v3(request) or not _has_error_body(request, response):
        return False
    body, header = response.json, response.headers.get("x-request-id")
    ids = [member(body, "request_id"), member(body, "error", "request_id")]
    present = [id for id in ids if id is not None]
    if not present or any(id != header for id in present):
        actual = f"{response.summary}, with X-Request-ID {header}"
        raise Mismatch("request_id in the body, equal to X-Request-ID", actual)
    return True


def _has_error_body(request: SentRequest, response: ReceivedResponse) -> bool:
    # A response to HEAD never has a body: RFC 9110, section 9.3.2.
    return response.status >= 400 and request.method != "HEAD"


def task_id_header(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that a response with a task names the task in X-Task-ID."""
    # Only a task has a poll_url: that tells it from a model or a price list.
    if response.status != 200 or _is_overview(request, response):
        return False
    if "poll_url" not in response.json_object:
        return False
    task_id, header = response.json_object.get("id"), response.headers.get("x-task-id")
    if header != task_id:
        raise Mismatch(f"X-Task-ID: {task_id}", f"{header}")
    return True


def no_key_echo(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that neither a header nor the body repeats the API key."""
    if request.key is None:
        return False
    for name, value in response.headers.items():
        if request.key in value:
            raise Mismatch("no API key in the response", f"the key in the header {name}")
    if request.key.encode() in response.body:
        actual = f"the key in the body of a {response.status}"
        raise Mismatch("no API key in the response", actual)
    return True


def no_input_echo(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that an error response repeats neither the prompt nor a media URL."""
    if response.status < 400 or request.body is None:
        return False
    for text in _private_texts(request.body):
        if text in response.body:
            raise Mismatch("no prompt and no media URL in the response", response.summary)
    return True


# Shorter texts, such as "a" or "boat", occur in any error message by chance.
_PRIVATE_TEXT = re.compile(rb'"((?:https?|data):[^"\\]{12,})"|"(?:prompt|text)": "([^"\\]{12,})"')


def _private_texts(body: bytes) -> Iterator[bytes]:
    # Only the beginning is searched: the body of the size check has 32 MiB.
    for match in _PRIVATE_TEXT.finditer(body[:4_000]):
        text = match[1] or match[2]
        if text not in _public_texts():
            yield text


@cache
def _public_texts() -> bytes:
    """Return our own example requests: a server may recommend them word for word."""
    examples = [dict(example_request(operation)) for operation in OPERATIONS.values()]
    return json.dumps(examples).encode()


# Nine digits are enough for any wait. Python refuses to convert more than 4,300 digits, and
# `str.isdecimal` takes digits of other scripts, which RFC 9110, section 10.2.3, does not allow.
_WHOLE_SECONDS = re.compile(r"0*[1-9][0-9]{0,8}").fullmatch


def retry_after(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that a 429 gives the seconds to wait in Retry-After and error.retry_after alike."""
    if response.status != 429:
        return False
    header = response.headers.get("retry-after")
    if header is None or _WHOLE_SECONDS(header) is None:
        raise Mismatch("Retry-After: whole seconds, 1 or more", f"Retry-After: {header}")
    if request.method == "HEAD" or is_v3(request):
        return True
    seconds = member(response.json, "error", "retry_after")
    # `True == 1` and `2.0 == 2` in Python; neither is a JSON integer.
    if type(seconds) is not int or seconds != int(header):
        raise Mismatch(f"error.retry_after {header}, as in the header", f"{seconds!r}")
    return True


def documented_status(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that the status is one that the endpoint documents."""
    endpoint = _endpoint_of(request)
    if endpoint is None:
        return False
    statuses = _statuses(endpoint)
    if response.status not in statuses:
        expected = ", ".join(map(str, statuses))
        raise Mismatch(f"one of {expected}", response.summary)
    return True


def documented_schema(request: SentRequest, response: ReceivedResponse) -> bool:
    """Check that the body matches the documented schema of its endpoint and status."""
    endpoint = _endpoint_of(request)
    if endpoint is None or response.status not in _statuses(endpoint):
        return False
    if endpoint is V3_DELETE and response.status == 200:
        return _is_empty(response)
    validator = _validator(endpoint, response.status)
    try:
        error = next(iter(validator.iter_errors(response.json)), None)
    except ValueError as problem:
        # Python's parser takes what is no JSON for others: NaN, and halves of characters.
        raise Mismatch("a JSON body", f"{response.summary}: {type(problem).__name__}") from None
    if error is not None:
        place = "/".join(map(str, error.instance_path)) or "the body"
        raise Mismatch(f"{place} as documented", error.message[:300])
    return True


def _is_empty(response: ReceivedResponse) -> bool:
    if response.body:
        raise Mismatch("an empty body", response.summary)
    return True


_PATH_PATTERNS = [
    (endpoint, re.compile(re.sub(r"{\w+}", "[^/]+", endpoint.path)))
    for endpoint in (*ENDPOINTS, *MATERIAL_ENDPOINTS, *V3_ENDPOINTS)
]


def _statuses(endpoint: Endpoint) -> tuple[int, ...]:
    return v3_statuses(endpoint) if endpoint in V3_ENDPOINTS else endpoint.statuses


def _endpoint_of(request: SentRequest) -> Endpoint | None:
    path = urlsplit(request.path).path
    for endpoint, pattern in _PATH_PATTERNS:
        if endpoint.method == request.method and pattern.fullmatch(path):
            return endpoint
    return None


@cache
def _validator(endpoint: Endpoint, status: int) -> jsonschema_rs.Draft202012Validator:
    is_v3_endpoint = endpoint in V3_ENDPOINTS
    document: Any = v3_openapi_document() if is_v3_endpoint else openapi_document()
    operation = document["paths"][endpoint.path][endpoint.method.lower()]
    response = operation["responses"][str(status)]
    schema = response["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


RESPONSE_CHECKS: Mapping[str, ResponseCheck] = {
    "request-id": request_id,
    "json": json_content_type,
    "envelope": error_envelope,
    "error-id": error_request_id,
    "task-id": task_id_header,
    "no-key": no_key_echo,
    "no-secrets": no_input_echo,
    "retry-after": retry_after,
    "status": documented_status,
    "schema": documented_schema,
}
"""The checks of the group `answers`, by the second part of their ids."""
