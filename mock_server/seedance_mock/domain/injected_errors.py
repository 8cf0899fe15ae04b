"""The error responses that words inject. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from seedance_contract.declared.errors import (
    ALL_CHANNELS_FAILED,
    INSUFFICIENT_BALANCE,
    MATERIAL_PREPARING,
    MODEL_NOT_FOUND,
    RATE_LIMITED,
    ErrorKind,
)
from seedance_contract.declared.model import Models
from seedance_contract.declared.models import EXAMPLE_MODEL, MODELS
from seedance_contract.declared.rules.model_rules import model_suggestions
from seedance_contract.derived.cost import Video, cheaper_models
from seedance_mock.domain.clock import http_date
from seedance_mock.domain.errors import ApiError
from seedance_mock.scripting.script import Fault, Script

RETRY_DATE_SECONDS = 3
"""How far ahead the date of `retry-date` is."""


def injected_error(
    fault: Fault,
    script: Script,
    now: float,
    models: Models = MODELS,
    *,
    has_rate_limit: bool,
) -> ApiError:
    """Return the error that `fault` injects.

    Args:
        fault: a fault with an error.
        script: the script that the fault belongs to.
        now: the account's time, in seconds since the Unix epoch.
        models: those that the error may name.
        has_rate_limit: whether the response has the headers of a real rate limit. If not, an
            injected 429 gets invented ones.
    """
    assert fault.error is not None, "transport faults have no error"
    kind = fault.error
    headers, details = _retry_hints(kind, script.retry_hint, now)
    example = _example_details(kind, models)
    details |= _error_variant(script.error_form, kind, example)
    # By value: the fault may come from a store that returns copies.
    if kind == RATE_LIMITED and not has_rate_limit:
        retry_after = float(str(details.get("retry_after") or kind.retry_after))
        headers |= _exhausted_limit_headers(now + retry_after)
    return ApiError(kind, details={**example, **details}, headers=headers)


def _exhausted_limit_headers(reset: float) -> dict[str, str]:
    # An invented limit: the account has none.
    limit = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0"}
    return {**limit, "X-RateLimit-Reset": str(math.ceil(reset))}


def _retry_hints(
    kind: ErrorKind, retry: str | None, now: float
) -> tuple[dict[str, str | None], dict[str, object]]:
    """Return the header and the members that tell a client when to retry.

    Both are empty if the error has no `retry_after`, or if the script leaves it as declared.
    """
    if kind.retry_after is None or retry is None:
        return {}, {}
    if retry == "date":
        date = http_date(math.ceil(now) + RETRY_DATE_SECONDS)
        return {"Retry-After": date}, {"retry_after": RETRY_DATE_SECONDS}
    if retry in _RETRY_HINTS:
        header, members = _RETRY_HINTS[retry]
        return {"Retry-After": header}, dict(members)
    return {"Retry-After": retry}, {"retry_after": int(retry)}


_RETRY_HINTS: Mapping[str, tuple[str | None, Mapping[str, object]]] = {
    "none": (None, {"retry_after": None}),
    "soon": ("soon", {"retry_after": None}),
    "minus": ("-5", {"retry_after": None}),
    "body": (None, {"retry_after": 2}),
    "mixed": ("3", {"retry_after": 1}),
    "never": (None, {"retry_after": None, "retryable": False}),
}
"""Value of the setting `retry` to the header, and to the members of the error."""

FOREIGN_LANGUAGE_MESSAGE = "Anfrage abgelehnt: bitte später erneut versuchen"


def _error_variant(
    variant: str, kind: ErrorKind, example: Mapping[str, object]
) -> dict[str, object]:
    """Return the members that give an error the form of a value of the setting `refusal`."""
    match variant:
        case "bare":
            # None removes a member, see `ApiError`.
            removed = ("code", "retryable", "retry_after", "request_id", *example)
            return dict.fromkeys(removed)
        case "rich":
            return {f"x_{number}": {"note": "🎬", "of": number} for number in range(20)}
        case "swapped":
            return {"type": kind.code, "code": kind.type}
        case "foreign":
            return {"message": FOREIGN_LANGUAGE_MESSAGE}
    return {}


# Five seconds in 720p cost what the example says.
_EXAMPLE_VIDEO = Video(EXAMPLE_MODEL, "720p", "16:9", 5)


def _example_details(kind: ErrorKind, models: Models) -> dict[str, object]:
    """Return the documented further members of an error, with example values."""
    if kind == MODEL_NOT_FOUND:
        return {"param": "model", **model_suggestions("seedance-2.0-fest", models)}
    if kind == INSUFFICIENT_BALANCE:
        cheaper = [name for name in cheaper_models(_EXAMPLE_VIDEO) if name in models]
        return {
            "balance_usd": 0.01,
            "estimated_cost_usd": 0.74,
            "suggestions": [{"id": name} for name in cheaper],
            "hint": "A shorter or smaller video, or a cheaper model, costs less",
        }
    if kind == ALL_CHANNELS_FAILED:
        alternatives = [{"id": name, "status": "active", "tags": []} for name in models]
        return {"alternatives": alternatives, "hint": "Try again later, or another model"}
    if kind == MATERIAL_PREPARING:
        ids = ["asset-20260101000000-abcde"]
        return {
            "param": "material_asset_id",
            "auto_material_asset_ids": ids,
            "inactive_asset_ids": ids,
        }
    return {}
