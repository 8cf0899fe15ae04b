"""The words of the scripting language, each with its description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from seedance_contract.declared.errors import (
    ALL_CHANNELS_FAILED,
    LINK_EXPIRED,
    SERVER_ERROR,
    TASK_NOT_FOUND,
    ErrorKind,
)
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.routes import (
    CANCEL,
    COMMON_ERRORS,
    CREATE,
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_MODELS,
    LIST_PRICING,
    READ,
)
from seedance_contract.declared.v3.routes import V3_LIST
from seedance_mock.scripting.presets import PRESETS


class Place(NamedTuple):
    """A group of requests that clauses count together, and the errors they can inject there."""

    name: str
    description: str
    errors: tuple[ErrorKind, ...]


class TransportFault(NamedTuple):
    """A fault in how a response is sent.

    A request with the fault is applied always if `applied` is true, else only with `+`.
    """

    name: str
    description: str
    applied: bool = False


class SettingKind(NamedTuple):
    """A setting. `pattern` is the regular expression of its values."""

    name: str
    pattern: str
    description: str
    example_values: tuple[str, ...]

    def examples(self) -> tuple[str, ...]:
        """Return example words that use the setting."""
        return tuple(f"{self.name}-{value}" for value in self.example_values)

    def accepts(self, value: str) -> bool:
        """Return whether `value` is a value of the setting."""
        # ASCII only: \d also matches the digits of other alphabets, which no client means.
        return re.fullmatch(self.pattern, value, re.ASCII) is not None


ANY_PLACE = "any"
"""The place of clauses that count every request. Each request has another place, too."""

PLACES: Mapping[str, Place] = MappingProxyType(
    {
        place.name: place
        for place in (
            Place("create", "the create request, of v1 and of v3", CREATE.errors),
            Place("poll", "GET of a task; counted for each task", READ.errors),
            Place("cancel", "DELETE of a task; counted for each task", CANCEL.errors),
            Place("list", "GET of the list of tasks in v3", V3_LIST.errors),
            Place(
                "models",
                "GET /v1/models and /v1/models/{model}",
                (*LIST_MODELS.errors, *GET_MODEL.errors),
            ),
            Place(
                "pricing",
                "GET /v1/pricing and /v1/models/{model}/pricing",
                (*LIST_PRICING.errors, *GET_MODEL_PRICING.errors),
            ),
            Place(
                "asset",
                "the download of a result; counted for each task",
                (LINK_EXPIRED, TASK_NOT_FOUND, SERVER_ERROR, ALL_CHANNELS_FAILED),
            ),
            Place(
                "materials",
                "the routes of the material library",
                tuple(dict.fromkeys(kind for route in MATERIAL_ENDPOINTS for kind in route.errors)),
            ),
            Place(ANY_PLACE, "every request of the API with the account's key", COMMON_ERRORS),
        )
    }
)


@cache
def errors_at(place: str) -> Mapping[str, ErrorKind]:
    """Return the errors that can be injected at a place: by status, and by the id of the error."""
    errors = PLACES[place].errors
    by_id = {kind.id: kind for kind in errors}
    by_status: dict[str, ErrorKind] = {}
    for kind in errors:
        # A place can have several errors with one status: the first is what a bare status means.
        by_status.setdefault(str(kind.status), kind)
    return by_status | by_id


TRANSPORT_FAULTS: Mapping[str, TransportFault] = MappingProxyType(
    {
        fault.name: fault
        for fault in (
            TransportFault("reset", "the connection is reset before the first byte of a response"),
            TransportFault("close", "the connection is closed without a response"),
            TransportFault("hang", "no response is ever sent"),
            TransportFault("garbage", "bytes that are not HTTP, then the connection is closed"),
            TransportFault("empty", "200 with an empty body"),
            TransportFault("html", "502 with an HTML page"),
            TransportFault("redirect", "307 to the same path on another origin, see to-host"),
            TransportFault("found", "302 to the same path on another origin, see to-host"),
            TransportFault("cut", "the response ends in the middle of its body", applied=True),
            TransportFault("longer", "Content-Length is larger than the body", applied=True),
            TransportFault("drip", "the body is sent one byte per 20 ms", applied=True),
            TransportFault("delay", "the response is sent late, see delay-12s", applied=True),
            TransportFault("chunks", "the body is sent in chunks of one byte", applied=True),
            TransportFault("early", "103 Early Hints is sent before the response", applied=True),
            TransportFault(
                "charset", "a charset in Content-Type, header names in unusual case", applied=True
            ),
            TransportFault("closing", "the response has Connection: close", applied=True),
            TransportFault(
                "lapse", "the connection is closed after the response without notice", applied=True
            ),
        )
    }
)

FAULT_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "lostreply": "reset+",
        "lostreq": "reset",
        "rst": "reset",
        "fin": "close",
        "redir": "redirect",
    }
)
"""Familiar names of transport faults, and what they stand for."""


# The values of most settings are a list, and the pattern `a|b|c` is that list.
def _setting(name: str, pattern: str, description: str, *example_values: str) -> SettingKind:
    """Return a setting. Without example values its pattern must be a plain list of values."""
    return SettingKind(name, pattern, description, example_values or tuple(pattern.split("|")))


SETTINGS: Mapping[str, SettingKind] = MappingProxyType(
    {
        setting.name: setting
        for setting in (
            _setting("queue", r"\d{1,6}s", "how long tasks wait in the queue", "10s"),
            _setting("run", r"\d{1,6}s", "how long tasks run", "40s"),
            _setting("after", r"[1-9]\d{0,2}polls", "the poll at which tasks end", "3polls"),
            _setting("end", "completed|failed|cancelled|expired|never", "how tasks end"),
            _setting(
                "out",
                "both|url|video|videos|content|data|none",
                "the members of a result that name the file",
            ),
            _setting("files", "api|host", "the origin of result URLs: the API, or another host"),
            _setting(
                "download",
                "plain|whole|get",
                "whole: Range is ignored; get: HEAD is refused with 405",
            ),
            _setting("err", "string|object|rich|null|none", "the form of a failed task's error"),
            _setting(
                "status",
                "plain|queued|back|done",
                "queued: the status of a task that waits; back: the third poll says pending; "
                "done: create responds like a poll",
            ),
            _setting(
                "progress",
                "none|real|lie|null|text|over",
                "none: no progress; real: the true one; lie: 100 from the start; null: null; "
                'text: "42"; over: 150',
            ),
            _setting(
                "shape",
                "plain|odd|large",
                "odd: unusual but legal: unknown members, null, emoji; large: 2 MB",
            ),
            _setting(
                "billing",
                "plain|task|none",
                "task: the billing id looks like a task id; none: no billing id",
            ),
            _setting(
                "at",
                "path|query|absolute|foreign|userinfo|file|slashes|none",
                "the form of poll_url",
            ),
            _setting(
                "to", "host|port|third", "where redirects lead: another host, another port, or both"
            ),
            _setting("id", "both|id|task", "create returns both ids, or one of them"),
            _setting(
                "retry",
                r"\d{1,5}s|none|date|soon|minus|body|mixed|never",
                "Retry-After of injected errors; body: 2, in the body only; mixed: 3 in the "
                "header, 1 in the body; never: not retryable",
                "5s",
                "none",
                "date",
                "soon",
                "minus",
                "body",
                "mixed",
                "never",
            ),
            _setting(
                "refusal",
                "plain|bare|rich|swapped|foreign",
                "the form of injected errors: bare: message and type only; rich: 20 unknown "
                "members; swapped: type and code exchanged; foreign: a message in another language",
            ),
            _setting(
                "catalogue",
                "true|invented|odd|less",
                "models and prices: invented ones, odd values, or without the first model",
            ),
            _setting("delay", r"\d{1,4}s", "how late the fault `delay` responds", "12s"),
            _setting(
                "clock",
                r"real|frozen|polls|x[1-9]\d{0,4}",
                "the account's clock",
                "real",
                "x20",
                "frozen",
                "polls",
            ),
            _setting("balance", r"\d{1,9}c", "credit in US cents", "50c"),
            _setting("quota", r"\d{1,9}c", "the key's own spending limit in US cents", "50c"),
            _setting("limit", r"[1-9]\d{0,5}", "requests a minute, then 429", "60"),
            _setting("keep", r"\d{1,7}s", "how long ended tasks are kept", "60s"),
            _setting("key", "ok|revoked|expired", "the state of the key"),
            _setting(
                "tiers",
                "all|verified|official",
                "the available delivery tiers: a create request with a delivery policy for "
                "another tier is 503",
            ),
            _setting(
                "wire", "tokenlab|ark", "the forms of v3: of TokenLab, or of the model's maker"
            ),
            _setting(
                "idempotency",
                r"hold-\d{1,5}s",
                "how long a create with an Idempotency-Key is refused as still in progress",
                "hold-5s",
            ),
            _setting("asset-ready", r"\d{1,6}s", "how long materials are processed", "10s"),
            _setting("asset", "active|failed", "how the import of materials ends"),
            _setting(
                "callback",
                r"plain|twice|late-\d{1,4}s|shuffled|never|fail-x[1-9]",
                "callbacks of v3: each twice, later, in reverse order after the end, none, or with "
                "the first responses ignored",
                "twice",
                "late-5s",
                "shuffled",
                "never",
                "fail-x3",
            ),
            _setting("seed", r"\d{1,9}", "ids repeat for the same key and requests", "7"),
            _setting("storm", r"\d{1,9}", "a mix of faults that repeats for the same number", "7"),
        )
    }
)


def vocabulary_json() -> dict[str, list[dict[str, object]]]:
    """Return the whole language, as JSON."""
    return {
        "presets": [
            {"word": preset.name, "means": preset.words, "does": preset.description}
            for preset in PRESETS.values()
        ],
        "settings": [
            {
                "word": setting.examples()[0],
                "examples": list(setting.examples()),
                "does": setting.description,
            }
            for setting in SETTINGS.values()
        ],
        "places": [
            {
                "word": place.name,
                "does": place.description,
                "refusals": list(errors_at(place.name)),
            }
            for place in PLACES.values()
        ],
        "faults": [
            {"word": fault.name, "does": fault.description, "always_applied": fault.applied}
            for fault in TRANSPORT_FAULTS.values()
        ],
        "other_names": [{"word": name, "means": means} for name, means in FAULT_ALIASES.items()],
    }
