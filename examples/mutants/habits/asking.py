"""Habits of asking for something else than what the job says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import seedance_client
from seedance_client import JSON, Answer, Client, Job, Refused

Change = Callable[[JSON], JSON]


def asks(change: Change) -> type[Client]:
    """Return a client that changes every request before it is sent."""

    class Asks(Client):
        def create(self, request: JSON, state: Path | None = None) -> Job:
            return super().create(change(request), state)

    return Asks


def posts(change: Change) -> type[Client]:
    """Return a client that changes the body after the operation was added to it."""

    class Posts(Client):
        def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
            sent = json.dumps(change(json.loads(body))).encode() if body else None
            return super().call(method, path, sent, until)

    return Posts


def without(*names: str) -> Change:
    """Drop members."""
    return lambda request: {name: value for name, value in request.items() if name not in names}


def having(**members: object) -> Change:
    """Set members."""
    return lambda request: {**request, **members}


def as_text(request: JSON) -> JSON:
    """Write the duration as text."""
    return {**request, "duration": str(request.get("duration", 5))}


def disagreeing(request: JSON) -> JSON:
    """Send an alias that says something else."""
    return {**request, "duration": request.get("duration", 5), "seconds": 9}


def after_refusal(code: str, change: Callable[[JSON, Answer], JSON]) -> type[Client]:
    """Return a client that answers a refusal with a request that nobody asked for."""

    class Tries(Client):
        def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
            answer = super().call(method, path, body, until)
            if body is None or answer.error()[0] != code:
                return answer
            other = json.dumps(change(json.loads(body), answer)).encode()
            return super().call(method, path, other, until)

    return Tries


def hinted(request: JSON, answer: Answer) -> JSON:
    """Take the model that the answer recommends."""
    error = (answer.data or {}).get("error") or {}
    meant = error.get("did_you_mean")
    model = meant if isinstance(meant, str) else "seedance-2.0-fast"
    return {**request, "model": model}


def cheaper(request: JSON, answer: Answer) -> JSON:
    """Take the cheapest model."""
    return {**request, "model": "seedance-2.0-mini"}


def shorter(request: JSON, answer: Answer) -> JSON:
    """Ask for something else than before."""
    return {**request, "duration": 4}


class PostsAForm(Client):
    """Sends a form instead of JSON."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        form = urlencode(json.loads(body)).encode() if body else None
        return super().call(method, path, form, until)


class ChecksForTheModel(Client):
    """Takes another model where the list does not name the one that was asked for."""

    def create(self, request: JSON, state: Path | None = None) -> Job:
        try:
            listed = [str(one.get("id")) for one in self.models()]
        except Refused:
            listed = []
        swap = bool(listed) and request.get("model") not in listed
        return super().create({**request, "model": listed[0]} if swap else request, state)


class BakedInModels(Client):
    """Knows models and prices by heart."""

    def models(self) -> list[JSON]:
        return [{"id": "seedance-2.0"}, {"id": "seedance-2.0-fast"}]

    def prices(self) -> list[JSON]:
        return [{"model": "seedance-2.0", "price": "6.76"}]


class ShowsModelsItKnows(Client):
    """Asks for the models, and shows those that it knows."""

    def models(self) -> list[JSON]:
        return [one for one in super().models() if one.get("id") == "seedance-2.0"]


class NeedsSummaries(Client):
    """Breaks where a price has no summary."""

    def prices(self) -> list[JSON]:
        return [one for one in super().prices() if len(one["pricing_summary"])]


class PricesAsFloats(Client):
    """Turns every price into a binary fraction."""

    def prices(self) -> list[JSON]:
        return [_floats(one) for one in super().prices()]


def _floats(value: object) -> JSON:
    told: JSON = {}
    for name, one in value.items() if isinstance(value, dict) else ():
        told[name] = _floats(one) if isinstance(one, dict) else one
        if isinstance(one, str) and one.replace(".", "", 1).isdigit():
            told[name] = float(one) * 1.1 / 1.1
    return told


class AsksForModelsEachTime(Client):
    """Lists the models before every poll."""

    def look(self, job: Job) -> tuple[JSON | None, float]:
        self.models()
        return super().look(job)


class OneOperationOnly(Client):
    """Leaves it to the server to guess the operation."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        request = json.loads(body) if body else {}
        request.pop("operation", None)
        return super().call(method, path, json.dumps(request).encode() if body else None, until)


class CrashesOnHtml(Client):
    """Takes every answer for JSON."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        answer = super().call(method, path, body, until)
        json.loads(answer.body)
        return answer


class ReadsMessages(Client):
    """Decides by what a message says in English."""

    def may_repeat(self, answer: Answer) -> bool:
        return "rate limit" in seedance_client.Answer.error(answer)[1].lower()
