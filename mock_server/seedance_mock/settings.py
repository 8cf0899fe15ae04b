"""What can be chosen about a server. Read by `cli` and `create_app` only."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from seedance_contract.declared.prices import INPUT_SECONDS
from seedance_contract.declared.routes import LARGEST_BODY

CORS_MODES = ("localhost", "any", "none")
LIFECYCLE_NAMES = ("quick", "realistic", "instant", "manual")
LOG_FORMATS = ("text", "json", "none")

Constraint = tuple[str, Callable[[object], bool]]
"""What is allowed, in words and as a test."""


def _choice(names: tuple[str, ...]) -> Constraint:
    return f"one of {', '.join(names)}", lambda value: value in names


def _integer(minimum: int) -> Constraint:
    def holds(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= minimum

    return f"a whole number, {minimum} or more", holds


def _optional(constraint: Constraint) -> Constraint:
    allowed, holds = constraint
    return f"{allowed}, or None", lambda value: value is None or holds(value)


def _is_duration(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator] # a number


def _is_amount(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and value >= 0


def _is_url(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s?#]+", value) is not None


def _are_keys(value: object) -> bool:
    return isinstance(value, frozenset | set) and all(
        isinstance(key, str) and key.startswith("sk-") for key in value
    )


KEYS: Constraint = ("a set of API keys, which start with sk-", _are_keys)

CONSTRAINTS: Mapping[str, Constraint] = MappingProxyType(
    {
        "keys": KEYS,
        "expired_keys": KEYS,
        "lifecycle": _choice(LIFECYCLE_NAMES),
        "rate_limit": _optional(_integer(1)),
        "retention": _optional(("seconds, 0 or more", _is_duration)),
        "journal": _integer(0),
        "max_tasks": _integer(1),
        "max_body": _integer(1),
        "public_url": _optional(("a URL such as https://mock.example.com", _is_url)),
        "balance": _optional(("a Decimal, 0 or more", _is_amount)),
        "input_seconds": _integer(0),
        "cors": _choice(CORS_MODES),
        "log_format": _choice(LOG_FORMATS),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The choices. Every default suits a person who tries the server out.

    `keys` are the accepted API keys, none for any that is well formed; `expired_keys` answer
    401 expired_api_key. `max_body` is in bytes. `tolerant` lets undocumented fields through.
    `public_url` replaces the request's own host in result URLs. `elsewhere` are URLs of other
    origins by the values of the word `to`, this machine under another name where missing.
    `keyless` are words for models and prices that are asked for without a key. `balance` is
    what every key is granted, in USD, None for unlimited credit. `input_seconds` is the
    assumed length of an input video. `rate_limit` is in requests a minute and key, `retention`
    in seconds after a task has ended; None for neither. `journal` is how many exchanges are
    remembered. `control` opens /_mock to this machine, and to others who have the
    `control_token`. `explain` adds a header that names the fault of an answer. `cors` is one of
    `CORS`, `log_format` one of `LOG_FORMATS`, `lifecycle` one of `LIFECYCLES`.

    Raises ValueError for a choice that is not allowed, naming what is; a key is not repeated.
    """

    keys: frozenset[str] = frozenset()
    expired_keys: frozenset[str] = frozenset()
    lifecycle: str = "quick"
    rate_limit: int | None = None
    retention: float | None = None
    journal: int = 10_000
    control: bool = True
    control_token: str | None = None
    explain: bool = False
    max_tasks: int = 100_000
    max_body: int = LARGEST_BODY
    tolerant: bool = False
    public_url: str | None = None
    redirect_origins: Mapping[str, str] = field(default_factory=dict)
    keyless_words: str = ""
    balance: Decimal | None = None
    input_seconds: int = INPUT_SECONDS
    cors: str = "localhost"
    log_format: str = "none"

    def __post_init__(self) -> None:
        for name, (allowed, holds) in CONSTRAINTS.items():
            given = getattr(self, name)
            if not holds(given):
                told = "" if "keys" in name else f", not {given!r}"
                raise ValueError(f"{name} must be {allowed}{told}")
