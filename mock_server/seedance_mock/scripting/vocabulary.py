"""Every word of the language, documented where it is declared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from seedance_contract.declared.errors import (
    ALL_CHANNELS_FAILED,
    LINK_EXPIRED,
    SERVER_ERROR,
    TASK_NOT_FOUND,
    ErrorKind,
)
from seedance_contract.declared.routes import (
    CANCEL,
    CREATE,
    EVERYWHERE,
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_MODELS,
    LIST_PRICING,
    READ,
)


@dataclass(frozen=True, slots=True)
class Place:
    """The requests that a clause counts, and the refusals it can answer them with."""

    name: str
    description: str
    errors: tuple[ErrorKind, ...]


@dataclass(frozen=True, slots=True)
class TransportFault:
    """What a transport fault does. `applied`: the request always is, else only with `+`."""

    name: str
    description: str
    applied: bool = False


@dataclass(frozen=True, slots=True)
class SettingKind:
    """A setting: what its values look like, and which member of a script it sets."""

    name: str
    pattern: str
    description: str
    example_values: tuple[str, ...]

    def examples(self) -> tuple[str, ...]:
        """Return whole words that use the setting."""
        return tuple(f"{self.name}-{value}" for value in self.example_values)

    def accepts(self, value: str) -> bool:
        """Tell whether `value` can be given."""
        return re.fullmatch(self.pattern, value, re.ASCII) is not None


@dataclass(frozen=True, slots=True)
class PresetKind:
    """A preset: the words it stands for, and what it is good for."""

    name: str
    words: str
    description: str


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        place.name: place
        for place in (
            Place("create", "POST /v1/videos/generations", CREATE.refusals),
            Place("poll", "GET of a task; counted for each task", READ.refusals),
            Place("cancel", "DELETE of a task; counted for each task", CANCEL.refusals),
            Place(
                "models",
                "GET /v1/models and /v1/models/{model}",
                (*LIST_MODELS.refusals, *GET_MODEL.refusals),
            ),
            Place(
                "pricing",
                "GET /v1/pricing and /v1/models/{model}/pricing",
                (*LIST_PRICING.refusals, *GET_MODEL_PRICING.refusals),
            ),
            Place(
                "asset",
                "the download of a result; counted for each task",
                (LINK_EXPIRED, TASK_NOT_FOUND, SERVER_ERROR, ALL_CHANNELS_FAILED),
            ),
            Place("any", "every request of the API with the account's key", EVERYWHERE),
        )
    }
)


@cache
def errors_at(place: str) -> Mapping[str, ErrorKind]:
    """Return what can be refused at a place: by status, and by the id of the error."""
    refusals = PLACES[place].errors
    by_id = {kind.id: kind for kind in refusals}
    by_status: dict[str, ErrorKind] = {}
    for kind in refusals:
        by_status.setdefault(str(kind.status), kind)
    return by_status | by_id


TRANSPORT_FAULTS: Mapping[str, TransportFault] = MappingProxyType(
    {
        effect.name: effect
        for effect in (
            TransportFault("reset", "the connection is reset before the first byte of an answer"),
            TransportFault("close", "the connection is closed without an answer"),
            TransportFault("hang", "no answer ever comes"),
            TransportFault("garbage", "bytes that are not HTTP, then the connection is closed"),
            TransportFault("empty", "200 with an empty body"),
            TransportFault("html", "502 with an HTML page"),
            TransportFault("redirect", "307 to the same path on another origin, see to-host"),
            TransportFault("found", "302 to the same path on another origin, see to-host"),
            TransportFault("cut", "the answer ends in the middle of its body", applied=True),
            TransportFault("longer", "Content-Length promises more than comes", applied=True),
            TransportFault("drip", "the body comes one byte per 20 ms", applied=True),
            TransportFault("delay", "the answer comes late, see delay-12s", applied=True),
            TransportFault("chunks", "the body comes in chunks of one byte", applied=True),
            TransportFault("early", "103 Early Hints come before the answer", applied=True),
            TransportFault(
                "charset", "a charset in Content-Type, header names in odd case", applied=True
            ),
            TransportFault("closing", "the answer says Connection: close", applied=True),
            TransportFault(
                "lapse", "the connection ends after the answer, unannounced", applied=True
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
"""Familiar names of transport faults, and the faults they stand for."""


def _setting(name: str, pattern: str, text: str, *shown: str) -> SettingKind:
    return SettingKind(name, pattern, text, shown or tuple(pattern.split("|")))


SETTINGS: Mapping[str, SettingKind] = MappingProxyType(
    {
        setting.name: setting
        for setting in (
            _setting("queue", r"\d{1,6}s", "tasks wait so long", "10s"),
            _setting("run", r"\d{1,6}s", "tasks run so long", "40s"),
            _setting("after", r"[1-9]\d{0,2}polls", "tasks end at this poll", "3polls"),
            _setting("end", "completed|failed|cancelled|expired|never", "how tasks end"),
            _setting(
                "out", "both|url|video|videos|content|data|none", "where results name the file"
            ),
            _setting("files", "api|host", "results lie at the API, or under another host name"),
            _setting(
                "download", "plain|whole|get", "whole: Range is ignored; get: HEAD answers 405"
            ),
            _setting("err", "string|object|rich|null|none", "the form of a failed task's error"),
            _setting(
                "status",
                "plain|queued|back|done",
                "queued: so called while it waits; back: the third poll says pending; "
                "done: create answers what a poll would",
            ),
            _setting(
                "progress",
                "none|real|lie|null|text|over",
                'progress: absent, true, or 100 from the start; null, "42", 150',
            ),
            _setting(
                "shape",
                "plain|odd|large",
                "odd: unusual but legal: unknown members, null, emoji; large: 2 MB",
            ),
            _setting("billing", "plain|task|none", "task: its id looks like a task's"),
            _setting(
                "at",
                "path|query|absolute|foreign|userinfo|file|slashes|none",
                "the form of poll_url",
            ),
            _setting("to", "host|port|third", "where redirects lead: another host, port, or both"),
            _setting("id", "both|id|task", "create answers both ids, or one of them"),
            _setting(
                "retry",
                r"\d{1,5}s|none|date|soon|minus|body|mixed|never",
                "Retry-After of faults; body: only there, 2; mixed: 3 in the header, 1 in the "
                "body; never: not retryable",
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
                "the error of faults: bare: message and type; rich: 20 members that nobody knows; "
                "swapped: type and code; foreign: another language",
            ),
            _setting(
                "catalogue",
                "true|invented|odd|less",
                "models and prices: invented ones, odd values, or without the first model",
            ),
            _setting("delay", r"\d{1,4}s", "how late `delay` answers", "12s"),
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
            _setting("keep", r"\d{1,7}s", "ended tasks are forgotten after so long", "60s"),
            _setting("key", "ok|revoked|expired", "the state of the key"),
            _setting("seed", r"\d{1,9}", "ids repeat for the same key and requests", "7"),
            _setting("storm", r"\d{1,9}", "a mix of faults that repeats for the same number", "7"),
        )
    }
)

PRESETS: Mapping[str, PresetKind] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            PresetKind("ok", "", "pending, processing, completed"),
            PresetKind("slow", "queue-90s run-180s", "90 s in the queue, 3 min running"),
            PresetKind("stuck", "end-never", "processing for ever"),
            PresetKind("policy", "end-failed", "the task fails, with a string"),
            PresetKind("crash", "end-failed err-object", "the task fails, with an object"),
            PresetKind("odd", "shape-odd", "unusual but legal answers"),
            PresetKind("broke", "balance-0c", "402 insufficient_balance"),
            PresetKind("capped", "quota-0c", "402 quota_exceeded"),
            PresetKind("revoked", "key-revoked", "401 invalid_api_key"),
            PresetKind("expired", "key-expired", "401 expired_api_key"),
            PresetKind("locked", "create-model-not-allowedx0", "403 model_not_allowed"),
            PresetKind("race", "cancel-409x0", "cancel is too late, the task completes"),
            PresetKind("nocancel", "cancel-400x0", "the model cannot be cancelled"),
            PresetKind("material", "create-409x2", "409 preparing, twice"),
            PresetKind("busy", "any-429x2 retry-2s", "the first two requests are 429"),
            PresetKind(
                "flaky",
                "create-503 poll-503 cancel-503 models-503 pricing-503 asset-503",
                "503 at the first request of each kind",
            ),
            PresetKind("down", "any-503x0", "503 for ever"),
            PresetKind("lostreply", "create-reset+", "create is applied, its answer lost"),
            PresetKind("lostreq", "create-reset", "create is lost before it is applied"),
            PresetKind("hang", "create-hang+", "create is applied and never answered"),
            PresetKind("cut", "create-cut poll-cut", "answers end in the middle, once"),
            PresetKind("html", "create-html poll-html", "502 with an HTML page, once"),
            PresetKind("drip", "any-dripx0", "one byte per 20 ms"),
            PresetKind("stray", "at-foreign poll-redirect", "poll_url and redirects lead away"),
            PresetKind("gone", "poll-404x0~3", "the task is 404 after two polls"),
            PresetKind("stranger", "poll-403x0 cancel-403x0", "the task is somebody else's"),
        )
    }
)
"""Situations with a name; `storm-7` is a setting."""


def vocabulary_json() -> dict[str, list[dict[str, object]]]:
    """Return the whole language, as JSON."""
    return {
        "presets": [
            {"word": one.name, "means": one.words, "does": one.description}
            for one in PRESETS.values()
        ],
        "settings": [
            {"word": one.examples()[0], "examples": list(one.examples()), "does": one.description}
            for one in SETTINGS.values()
        ],
        "places": [
            {"word": one.name, "does": one.description, "refusals": list(errors_at(one.name))}
            for one in PLACES.values()
        ],
        "faults": [
            {"word": one.name, "does": one.description, "always_applied": one.applied}
            for one in TRANSPORT_FAULTS.values()
        ],
        "other_names": [{"word": name, "means": means} for name, means in FAULT_ALIASES.items()],
    }
