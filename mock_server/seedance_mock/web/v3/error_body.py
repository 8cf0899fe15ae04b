"""Errors in the form of v3: four strings, whatever the error."""

from __future__ import annotations

from seedance_contract.declared.errors import INVALID_REQUEST, MODEL_NOT_FOUND
from seedance_contract.declared.v3.errors import v3_form
from seedance_contract.derived.v3.v3_validation import V3Rejected
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.errors.bodies import ErrorBody

MAX_LISTED_VIOLATIONS = 20
"""How many violations the message of an error lists."""


def v3_error_body(error: ApiError, request_id: str) -> ErrorBody:
    """Return an error in the form of v3.

    The object is closed, and the SDKs of the model's maker read these four members: so the id of
    the request is a header only.
    """
    form = v3_form(error.kind)
    members: dict[str, object] = {
        "code": str(error.details.get("code") or form.code),
        "message": str(error),
        "param": str(error.details.get("param") or ""),
        "type": form.type,
    }
    return ErrorBody(form.status, str(members["code"]), {"error": members})


def invalid_v3_request(rejected: V3Rejected) -> ApiError:
    """Return the error for a body that breaks rules: the first is its code, the message has all."""
    first = rejected.violations[0]
    is_unknown_model = first.rule.code == v3_form(MODEL_NOT_FOUND).code
    messages = [violation.breach.message for violation in rejected.violations]
    omitted = len(messages) - MAX_LISTED_VIOLATIONS
    shown = messages[:MAX_LISTED_VIOLATIONS] + ([f"{omitted} more"] if omitted > 0 else [])
    return ApiError(
        MODEL_NOT_FOUND if is_unknown_model else INVALID_REQUEST,
        "; ".join(shown),
        details={"code": first.rule.code, "param": first.breach.field},
        rules=list(dict.fromkeys(violation.rule.id for violation in rejected.violations)),
    )


def invalid_parameter(name: str, requirement: str) -> ApiError:
    """Return the error for a parameter outside the body, such as one of the query."""
    return ApiError(INVALID_REQUEST, f"{name} {requirement}", details={"param": name})
