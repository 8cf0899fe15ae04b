"""The exception that carries a refusal from anywhere inside to the renderer in `web.errors`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedance_contract.declared.errors import INVALID_REQUEST, MODEL_NOT_FOUND, ErrorKind
from seedance_contract.declared.routes import CREATE
from seedance_contract.derived.check import Refused
from seedance_contract.derived.recommend import recommended


class ApiError(Exception):
    """The API refuses a request.

    `details` are further members of the error object, where None removes one; `violations` are
    entries of `validation_errors`; `headers` go into the answer, where None keeps one out;
    `rules` are the ids of the rules that were broken.
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

    def body(self, request_id: str) -> dict[str, object]:
        """Return the error as the API shows it."""
        error: dict[str, object] = {
            "message": str(self),
            "type": self.kind.type,
            "code": self.kind.code,
            "retryable": self.kind.retryable,
            "retry_after": self.kind.retry_after,
            **self.details,
            **({} if "request_id" in self.details else {"request_id": request_id}),
        }
        error = {name: value for name, value in error.items() if value is not None}
        listed = {"validation_errors": list(self.violations)} if self.violations else {}
        return {"error": error, **listed}


def invalid_request(rejected: Refused) -> ApiError:
    """Return the refusal of a body that breaks rules: the first described, all listed."""
    first = rejected.violations[0]
    known = first.rule.code != MODEL_NOT_FOUND.code
    return ApiError(
        INVALID_REQUEST if known else MODEL_NOT_FOUND,
        first.breach.message,
        violations=[violation.entry() for violation in rejected.violations],
        details={
            "param": first.breach.field,
            "request_endpoint": CREATE.path,
            "recommended_request": recommended(rejected.reading),
            **first.breach.details,
        },
        rules=list(dict.fromkeys(violation.rule.id for violation in rejected.violations)),
    )


def invalid_field(field: str, message: str) -> ApiError:
    """Return the refusal of one field for a reason that is not in the body itself."""
    return ApiError(
        INVALID_REQUEST,
        f"{field}: {message}",
        violations=[{"field": field, "message": message, "code": "invalid_value"}],
        details={"param": field},
    )
