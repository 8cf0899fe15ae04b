"""The bodies of errors: one form for each dialect of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from seedance_contract.declared.errors import MAX_VALIDATION_ERRORS
from seedance_mock.domain.errors import ApiError


class ErrorBody(NamedTuple):
    """What a dialect makes of an error: the status, the code in the body, and the body as JSON."""

    status: int
    code: str
    content: dict[str, object]


ErrorForm = Callable[[ApiError, str], ErrorBody]
"""Returns the form of an error in a dialect. The text is the id of the request."""


def v1_error_body(error: ApiError, request_id: str) -> ErrorBody:
    """Return an error in the form of v1: one object, and the list of violations beside it."""
    members: dict[str, object] = {
        "message": str(error),
        "type": error.kind.type,
        "code": error.kind.code,
        "retryable": error.kind.retryable,
        "retry_after": error.kind.retry_after,
        **error.details,
        # Details may remove the id (None), so it is not added again.
        **({} if "request_id" in error.details else {"request_id": request_id}),
    }
    omitted = len(error.violations) - MAX_VALIDATION_ERRORS
    if omitted > 0:
        members["validation_errors_omitted"] = omitted
    shown = list(error.violations[:MAX_VALIDATION_ERRORS])
    content: dict[str, object] = {
        "error": {name: value for name, value in members.items() if value is not None},
        **({"validation_errors": shown} if shown else {}),
    }
    return ErrorBody(error.kind.status, error.kind.code, content)
