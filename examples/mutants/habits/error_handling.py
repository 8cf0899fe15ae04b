"""Habits of reacting to an error response with something that the job does not contain."""

from __future__ import annotations

import json
from collections.abc import Callable

from habits.habit import Habit
from seedance_client import JSON, Client, Response

ErrorReaction = Callable[[JSON, Response], JSON]
"""Returns the request to send after an error response to a request."""


def changes_after(code: str, change: ErrorReaction) -> type[Client]:
    """Return a client that sends a changed create after an error with this code."""

    class ChangesAfterError(Client):
        def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
            response = super().send(method, path, body, deadline)
            if body is None or response.error()[0] != code:
                return response
            changed = json.dumps(change(json.loads(body), response)).encode()
            return super().send(method, path, changed, deadline)

    return ChangesAfterError


def suggested_model(request: JSON, response: Response) -> JSON:
    """Return the request with the model that the error suggests."""
    error = (response.data or {}).get("error") or {}
    suggestion = error.get("did_you_mean")
    model = suggestion if isinstance(suggestion, str) else "seedance-2.0-fast"
    return {**request, "model": model}


def cheapest_model(request: JSON, response: Response) -> JSON:
    """Return the request with the cheapest model."""
    return {**request, "model": "seedance-2.0-mini"}


def shorter_duration(request: JSON, response: Response) -> JSON:
    """Return the request with another duration."""
    return {**request, "duration": 4}


class CrashesOnHtml(Client):
    """Parses every body as JSON."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        response = super().send(method, path, body, deadline)
        json.loads(response.body)
        return response


class ReadsMessages(Client):
    """Decides about a retry by the English text of the error message."""

    def may_retry_create(self, response: Response) -> bool:
        return "rate limit" in response.error()[1].lower()


HABITS = (
    Habit(
        "--follow-hint",
        "orders the model that an error suggests",
        changes_after("model_not_found", suggested_model),
    ),
    Habit(
        "--cheaper-model",
        "orders a cheaper model if the balance is too low",
        changes_after("insufficient_balance", cheapest_model),
    ),
    Habit(
        "--other-model-if-locked",
        "orders another model if the requested one is not allowed",
        changes_after("model_not_allowed", cheapest_model),
    ),
    Habit("--crash-on-html", "parses every body as JSON", CrashesOnHtml),
    Habit("--read-messages", "decides by the English text of an error message", ReadsMessages),
    Habit(
        "--change-after-409",
        "sends another create after 409",
        changes_after("seedance_material_preparing", shorter_duration),
    ),
)
