"""The script: the meaning of words, as an immutable value that accounts and tasks carry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from seedance_contract.declared.errors import ErrorKind
from seedance_mock.scripting.presets import PRESETS
from seedance_mock.scripting.vocabulary import TRANSPORT_FAULTS, TransportFault, errors_at
from seedance_mock.scripting.words import Clause, Preset, Setting, Word, WordError, parse

UNLIMITED = 10**9
"""The last request of a fault that never ends."""


class Fault(NamedTuple):
    """A fault for the requests `first_request`..`last_request` of a place, counted from 1.

    It is either an `error` response or a `transport_fault`; the other one is None. `word` is
    the clause as text. `applied` tells whether the request takes effect in spite of the fault.
    """

    place: str
    word: str
    first_request: int
    last_request: int
    applied: bool
    error: ErrorKind | None = None
    transport_fault: TransportFault | None = None

    @property
    def name(self) -> str:
        """The id of the error, or the name of the transport fault. There are some dozens."""
        if self.error is not None:
            return self.error.id
        assert self.transport_fault is not None, "a fault is one of the two"
        return self.transport_fault.name


# A named tuple: it is defined in a sixth of the time of a frozen dataclass with as many fields, and
# every server defines it at its start.
class Script(NamedTuple):
    """How an account and its tasks behave. None leaves a choice to the server's settings.

    Amounts are in USD. `end_at_poll` is the poll at which tasks end. `rate_limit` is in requests
    a minute. `retry_hint` is a number of seconds as text, or a value of the setting `retry`. A
    field named `…_form` holds the value of a setting that changes the form of responses.
    """

    faults: tuple[Fault, ...] = ()
    queue_seconds: float | None = None
    run_seconds: float | None = None
    end_at_poll: int | None = None
    end: str = "completed"
    result_form: str = "both"
    failure_form: str = "string"
    progress_form: str = "none"
    file_origin: str = "api"
    download_form: str = "plain"
    status_form: str = "plain"
    body_form: str = "plain"
    billing_form: str = "plain"
    poll_url_form: str = "path"
    redirect_origin: str = "host"
    created_ids: str = "both"
    retry_hint: str | None = None
    error_form: str = "plain"
    catalogue: str = "true"
    delay_seconds: float = 12.0
    clock_mode: str | None = None
    balance: Decimal | None = None
    quota: Decimal | None = None
    rate_limit: int | None = None
    retention_seconds: float | None = None
    key_state: str = "ok"
    delivery_tiers: str = "all"
    wire: str | None = None
    idempotency_hold_seconds: float = 0.0
    material_seconds: float | None = None
    material_end: str = "active"
    callback_form: str = "plain"
    seed: int | None = None
    storm: int | None = None


PLAIN = Script()
"""The script without words."""


def is_plain(script: Script) -> bool:
    """Return whether the script changes nothing."""
    # This runs for every request. Nearly all plain scripts are `PLAIN` itself, and comparing the
    # fields takes ten times as long (0.4 µs) as finding that out.
    return script is PLAIN or script == PLAIN


class _Conversion(NamedTuple):
    """The conversion between the value of a setting and the value of a field."""

    parse: Callable[[str], object]
    format: Callable[..., str]


def _parse_retry(value: str) -> str:
    """Return the seconds of a value such as `05s` without leading zeros, else the value."""
    return str(int(value[:-1])) if value[0].isdecimal() else value


_TEXT = _Conversion(str, str)
_NUMBER = _Conversion(int, str)
_SECONDS = _Conversion(
    lambda value: float(value.removesuffix("s")), lambda seconds: f"{seconds:.0f}s"
)
_HOLD = _Conversion(
    lambda value: float(value.removeprefix("hold-").removesuffix("s")),
    lambda seconds: f"hold-{seconds:.0f}s",
)
_POLLS = _Conversion(lambda value: int(value.removesuffix("polls")), lambda polls: f"{polls}polls")
_CENTS = _Conversion(
    lambda value: Decimal(value.removesuffix("c")) / 100,
    lambda dollars: f"{(dollars * 100).to_integral_value()}c",
)
_RETRY = _Conversion(_parse_retry, lambda hint: f"{hint}s" if hint.isdecimal() else hint)

_SCRIPT_FIELDS: Mapping[str, tuple[str, _Conversion]] = MappingProxyType(
    {
        "queue": ("queue_seconds", _SECONDS),
        "run": ("run_seconds", _SECONDS),
        "after": ("end_at_poll", _POLLS),
        "end": ("end", _TEXT),
        "out": ("result_form", _TEXT),
        "err": ("failure_form", _TEXT),
        "progress": ("progress_form", _TEXT),
        "files": ("file_origin", _TEXT),
        "download": ("download_form", _TEXT),
        "status": ("status_form", _TEXT),
        "shape": ("body_form", _TEXT),
        "billing": ("billing_form", _TEXT),
        "at": ("poll_url_form", _TEXT),
        "to": ("redirect_origin", _TEXT),
        "id": ("created_ids", _TEXT),
        "retry": ("retry_hint", _RETRY),
        "refusal": ("error_form", _TEXT),
        "catalogue": ("catalogue", _TEXT),
        "delay": ("delay_seconds", _SECONDS),
        "clock": ("clock_mode", _TEXT),
        "balance": ("balance", _CENTS),
        "quota": ("quota", _CENTS),
        "limit": ("rate_limit", _NUMBER),
        "keep": ("retention_seconds", _SECONDS),
        "key": ("key_state", _TEXT),
        "tiers": ("delivery_tiers", _TEXT),
        "wire": ("wire", _TEXT),
        "idempotency": ("idempotency_hold_seconds", _HOLD),
        "asset-ready": ("material_seconds", _SECONDS),
        "asset": ("material_end", _TEXT),
        "callback": ("callback_form", _TEXT),
        "seed": ("seed", _NUMBER),
        "storm": ("storm", _NUMBER),
    }
)
"""Setting to the field of a script that it sets, and the conversion of its value."""


# Scripts are immutable, and clients send the same words again and again. The size is bounded
# because clients choose the words.
@lru_cache(maxsize=4096)
def script_of(text: str) -> Script:
    """Return the script that a text of words means. Raises WordError."""
    return with_words(PLAIN, parse(text))


def words_of(script: Script) -> str | None:
    """Return words that mean exactly this script, or None if no words do.

    Every script that was made from words has some, unless it has more than `MAX_WORDS` of them.
    """
    if is_plain(script):
        return ""
    try:
        text = " ".join([*_setting_words(script), *(fault.word for fault in script.faults)])
        return text if script_of(text) == script else None
    except (WordError, ArithmeticError):
        # A value that no word can have. Amounts can even be too large to convert.
        return None


def _setting_words(script: Script) -> Iterator[str]:
    for setting, (field, conversion) in _SCRIPT_FIELDS.items():
        value = getattr(script, field)
        if value != getattr(PLAIN, field):
            yield f"{setting}-{conversion.format(value)}"


def with_words(script: Script, words: tuple[Word, ...]) -> Script:
    """Return `script` with further words applied to it, in order."""
    for word in words:
        script = _with_word(script, word)
    return script


def _with_word(script: Script, word: Word) -> Script:
    match word:
        case Preset(name):
            return with_words(script, parse(PRESETS[name].words))
        case Setting(name, value):
            field, conversion = _SCRIPT_FIELDS[name]
            changed: Script = script._replace(**{field: conversion.parse(value)})  # type: ignore[arg-type] # by the table
            return changed
    return script._replace(faults=(*script.faults, _clause_fault(script, word)))


def _clause_fault(script: Script, clause: Clause) -> Fault:
    """Return the fault of a clause that is read after the words of `script`."""
    first_request = clause.first_request
    if first_request is None:
        # A clause without `~` begins where the clauses before it with the same place end.
        last_requests = [
            fault.last_request for fault in script.faults if fault.place == clause.place
        ]
        first_request = max(last_requests, default=0) + 1
    transport_fault = TRANSPORT_FAULTS.get(clause.fault_name)
    return Fault(
        place=clause.place,
        word=str(clause),
        first_request=first_request,
        last_request=UNLIMITED if clause.times == 0 else first_request + clause.times - 1,
        applied=clause.applied or (transport_fault is not None and transport_fault.applied),
        error=None if transport_fault else errors_at(clause.place)[clause.fault_name],
        transport_fault=transport_fault,
    )


def matching_fault(script: Script, place: str, ordinal: int) -> Fault | None:
    """Return the fault for request number `ordinal` at a place, counted from 1, or None."""
    for fault in script.faults:
        if fault.place == place and fault.first_request <= ordinal <= fault.last_request:
            return fault
    return None


STORM_FAULTS = ("503", "429", "500", "reset", "close", "cut", "drip")
"""The faults of a storm. About every third request gets one."""


def storm_fault(seed: int, place: str, ordinal: int) -> Fault | None:
    """Return the fault of a storm for request number `ordinal` at a place, or None.

    The result depends on the arguments only, so that a run with the same seed repeats.
    """
    digest = hashlib.blake2b(f"{seed}/{place}/{ordinal}".encode(), digest_size=2).digest()
    if digest[0] % 3:
        return None
    fault_name = STORM_FAULTS[digest[1] % len(STORM_FAULTS)]
    fault = _clause_fault(PLAIN, Clause(place, fault_name))
    return fault._replace(word=f"storm-{seed}: {place}-{fault_name}")
