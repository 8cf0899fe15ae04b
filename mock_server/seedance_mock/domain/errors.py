"""The exception that carries an error of the API from any layer to the renderer in `web`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedance_contract.declared.errors import (
    INVALID_REQUEST,
    MODEL_NOT_FOUND,
    ErrorKind,
)
from seedance_contract.declared.routes import CREATE
from seedance_contract.derived.recommendation import recommended_request
from seedance_contract.derived.validation import Rejected


class ApiError(Exception):
    """The API refuses a request.

    Args:
        kind: the entry of the error catalogue.
        message: replaces the message of the catalogue.
        details: further members of the error object; None removes a member. Only the envelope of v1
            has room for them.
        violations: the entries of `validation_errors`.
        headers: headers of the response; None removes a header.
        rules: ids of the rules that the request breaks.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str | None = None,
        *,
        details: Mapping[str, object] | None = None,
        violations: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str | None] | None = None,
        rules: Sequence[str] = (),
    ) -> None:
        super().__init__(message or kind.message)
        self.kind = kind
        self.violations = violations
        self.headers = headers or {}
        self.details = details or {}
        self.rules = rules


def invalid_request(rejected: Rejected) -> ApiError:
    """Return the error for a body that breaks rules: the first in detail, all in a list."""
    first = rejected.violations[0]
    is_unknown_model = first.rule.code == MODEL_NOT_FOUND.code
    return ApiError(
        MODEL_NOT_FOUND if is_unknown_model else INVALID_REQUEST,
        first.breach.message,
        violations=[violation.error_entry() for violation in rejected.violations],
        details={
            "param": first.breach.field,
            "request_endpoint": CREATE.path,
            "recommended_request": recommended_request(rejected),
            **first.breach.details,
        },
        # A rule can be broken in several fields. `dict.fromkeys` removes repeated ids in order.
        rules=tuple(dict.fromkeys(violation.rule.id for violation in rejected.violations)),
    )


def invalid_field(field: str, message: str) -> ApiError:
    """Return the error for a field that is refused for a reason outside the body."""
    return ApiError(
        INVALID_REQUEST,
        f"{field}: {message}",
        violations=[{"field": field, "message": message, "code": "invalid_value"}],
        details={"param": field},
    )
