"""What words mean: a frozen value that says how an account and its tasks behave."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from seedance_contract.declared.errors import ErrorKind
from seedance_mock.scripting.vocabulary import PRESETS, TRANSPORT_FAULTS, TransportFault, errors_at
from seedance_mock.scripting.words import Clause, Preset, Setting, Word, parse

UNLIMITED = 10**9


@dataclass(frozen=True, slots=True)
class Fault:
    """A clause with its place in the order: it strikes the requests `first`..`last`.

    It is a refusal (`kind`) or a transport fault (`effect`), the other is None.
    """

    place: str
    word: str
    first_request: int
    last_request: int
    applied: bool
    error: ErrorKind | None = None
    transport_fault: TransportFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How an account behaves. None leaves a choice to the server's settings.

    Spans are in seconds, amounts in USD. `polls` is the poll at which tasks end. `limit` is in
    requests a minute. `retry` is a number of seconds, or a value of the setting.
    """

    faults: tuple[Fault, ...] = ()
    queue_seconds: float | None = None
    run_seconds: float | None = None
    end_at_poll: int | None = None
    end: str = "completed"
    out: str = "both"
    err: str = "string"
    progress: str = "none"
    files: str = "api"
    download: str = "plain"
    status: str = "plain"
    shape: str = "plain"
    billing: str = "plain"
    at: str = "path"
    to: str = "host"
    ids: str = "both"
    retry: str | None = None
    refusal: str = "plain"
    catalogue: str = "true"
    delay: float = 12.0
    clock: str | None = None
    balance: Decimal | None = None
    quota: Decimal | None = None
    rate_limit: int | None = None
    retention_seconds: float | None = None
    key: str = "ok"
    seed: int | None = None
    storm: int | None = None


PLAIN = Script()
"""The script of no words."""


def _seconds(value: str) -> float:
    return float(value.removesuffix("s"))


def _retry_value(value: str) -> str:
    return str(int(value[:-1])) if value[0].isdecimal() else value


def _dollars(value: str) -> Decimal:
    return Decimal(value.removesuffix("c")) / 100


_SCRIPT_FIELDS: Mapping[str, tuple[str, Callable[[str], object]]] = MappingProxyType(
    {
        "queue": ("queue_seconds", _seconds),
        "run": ("run_seconds", _seconds),
        "after": ("end_at_poll", lambda value: int(value.removesuffix("polls"))),
        "end": ("end", str),
        "out": ("out", str),
        "err": ("err", str),
        "progress": ("progress", str),
        "files": ("files", str),
        "download": ("download", str),
        "status": ("status", str),
        "shape": ("shape", str),
        "billing": ("billing", str),
        "at": ("at", str),
        "to": ("to", str),
        "id": ("ids", str),
        "retry": ("retry", _retry_value),
        "refusal": ("refusal", str),
        "catalogue": ("catalogue", str),
        "delay": ("delay", _seconds),
        "clock": ("clock", str),
        "balance": ("balance", _dollars),
        "quota": ("quota", _dollars),
        "limit": ("rate_limit", int),
        "keep": ("retention_seconds", _seconds),
        "key": ("key", str),
        "seed": ("seed", int),
        "storm": ("storm", int),
    }
)
"""Setting to the member of a script that it sets, and how."""


@lru_cache(maxsize=4096)
def script_of(text: str) -> Script:
    """Return what a text of words means. Raises WordError."""
    return with_words(PLAIN, parse(text))


def with_words(script: Script, words: tuple[Word, ...]) -> Script:
    """Return `script` with further words read after it."""
    for word in words:
        script = _with_word(script, word)
    return script


def _with_word(script: Script, word: Word) -> Script:
    match word:
        case Preset(name):
            return with_words(script, parse(PRESETS[name].words))
        case Setting(name, value):
            member, convert = _SCRIPT_FIELDS[name]
            changed: Script = replace(script, **{member: convert(value)})  # type: ignore[arg-type] # by the table
            return changed
    return replace(script, faults=(*script.faults, _clause_fault(script, word)))


def _clause_fault(script: Script, clause: Clause) -> Fault:
    before = [fault.last_request for fault in script.faults if fault.place == clause.place]
    first = clause.first_request if clause.first_request is not None else max(before, default=0) + 1
    last = UNLIMITED if clause.times == 0 else first + clause.times - 1
    effect = TRANSPORT_FAULTS.get(clause.fault_name)
    return Fault(
        place=clause.place,
        word=str(clause),
        first_request=first,
        last_request=last,
        applied=clause.applied or (effect is not None and effect.applied),
        error=None if effect else errors_at(clause.place)[clause.fault_name],
        transport_fault=effect,
    )


def matching_fault(script: Script, place: str, ordinal: int) -> Fault | None:
    """Return the fault that strikes the `ordinal`-th request of a kind, counted from 1."""
    for fault in script.faults:
        if fault.place == place and fault.first_request <= ordinal <= fault.last_request:
            return fault
    return None


STORM_FAULTS = ("503", "429", "500", "reset", "close", "cut", "drip")
"""What a storm is made of; about every third request is struck."""


def storm_fault(seed: int, place: str, ordinal: int) -> Fault | None:
    """Return the fault of a storm: the same for the same seed, place and ordinal."""
    digest = hashlib.blake2b(f"{seed}/{place}/{ordinal}".encode(), digest_size=2).digest()
    if digest[0] % 3:
        return None
    what = STORM_FAULTS[digest[1] % len(STORM_FAULTS)]
    return replace(_clause_fault(PLAIN, Clause(place, what)), word=f"storm-{seed}: {place}-{what}")
