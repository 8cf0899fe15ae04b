"""Habits of sending a create request that differs from the job."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from habits.habit import Habit
from seedance_client import JSON, Client, Response, Task

Change = Callable[[JSON], JSON]


def changes_request(change: Change) -> type[Client]:
    """Return a client that changes every request, before the operation is inferred."""

    class ChangesRequest(Client):
        def create(self, request: JSON, state_file: Path | None = None) -> Task:
            return super().create(change(request), state_file)

    return ChangesRequest


def changes_body(change: Change) -> type[Client]:
    """Return a client that changes the body of every create, after the operation is added."""

    class ChangesBody(Client):
        def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
            changed = json.dumps(change(json.loads(body))).encode() if body else None
            return super().send(method, path, changed, deadline)

    return ChangesBody


def without_members(*names: str) -> Change:
    """Return a change that removes members."""
    return lambda request: {name: value for name, value in request.items() if name not in names}


def with_members(**members: object) -> Change:
    """Return a change that sets members."""
    return lambda request: {**request, **members}


def duration_as_text(request: JSON) -> JSON:
    """Return the request with a string as its duration."""
    return {**request, "duration": str(request.get("duration", 5))}


def disagreeing_durations(request: JSON) -> JSON:
    """Return the request with an alias of `duration` that has another value."""
    return {**request, "duration": request.get("duration", 5), "seconds": 9}


class SendsForm(Client):
    """Sends a form instead of JSON."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        form = urlencode(json.loads(body)).encode() if body else None
        return super().send(method, path, form, deadline)


class OmitsOperation(Client):
    """Sends no operation, so that the server has to guess it."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        request = json.loads(body) if body else {}
        request.pop("operation", None)
        return super().send(method, path, json.dumps(request).encode() if body else None, deadline)


HABITS = (
    Habit("--form-encoded", "sends a form instead of JSON", SendsForm),
    Habit(
        "--swap-model",
        "always orders seedance-2.0-mini",
        changes_request(with_members(model="seedance-2.0-mini")),
    ),
    Habit(
        "--downgrade-resolution",
        "always orders 480p",
        changes_request(with_members(resolution="480p")),
    ),
    Habit("--drop-duration", "omits the duration", changes_body(without_members("duration"))),
    Habit("--duration-as-text", "sends the duration as a string", changes_body(duration_as_text)),
    Habit(
        "--undocumented-field",
        "sends a field that is not documented",
        changes_body(with_members(quality="high")),
    ),
    Habit(
        "--disagreeing-aliases",
        "sends two different durations",
        changes_body(disagreeing_durations),
    ),
    Habit("--no-operation", "omits the operation", OmitsOperation),
)
