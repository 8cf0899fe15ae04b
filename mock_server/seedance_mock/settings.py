"""The settings of a server. Only the command line and `create_app` read them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from seedance_contract.declared.model import models_named
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.prices import DEFAULT_INPUT_SECONDS, USD_STEP
from seedance_contract.declared.routes import MAX_BODY_BYTES

CORS_MODES = ("localhost", "any", "none")
# Of `domain.lifecycle`, a layer above this one. A test compares the two.
LIFECYCLE_NAMES = ("quick", "realistic", "instant", "manual")
LOG_FORMATS = ("text", "json", "none")

KEEP_ALIVE = 75
"""How long an idle connection is kept open by default, in seconds.

Longer than the documented polling interval of 5 s, which is also uvicorn's default: a client that
polls every 5 s on one connection would lose it just when it sends a request. 75 s is nginx's
default.
"""

MAX_INTEGER = 10**12
"""The highest integer of a setting. The stores keep no number of more than 64 bits, and the tokens
of a video are the product of several."""

AMOUNT_DIGITS, AMOUNT_DECIMALS = 9, -USD_STEP.adjusted()
"""The most digits of an amount of USD, before and after the point.

With more digits a sum would be rounded, and money would not be conserved.
"""

AMOUNT_LIMITS = f"0 or more, below {10**AMOUNT_DIGITS}, with at most {AMOUNT_DECIMALS} decimals"
"""The limits of an amount of USD, in words."""

Constraint = tuple[str, Callable[[object], bool]]
"""A description of the allowed values, and the function that tests a value."""


def _choice(names: tuple[str, ...]) -> Constraint:
    return f"one of {', '.join(names)}", lambda value: value in names


def _integer(minimum: int) -> Constraint:
    def is_allowed(value: object) -> bool:
        # A bool is an int in Python, but `max_tasks=True` is a mistake.
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        return is_integer and minimum <= value <= MAX_INTEGER  # type: ignore[operator] # an integer

    return f"a whole number, {minimum} to {MAX_INTEGER}", is_allowed


def _optional(constraint: Constraint) -> Constraint:
    allowed, is_allowed = constraint
    return f"{allowed}, or None", lambda value: value is None or is_allowed(value)


def _is_duration(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator] # a number


def is_amount(value: object) -> bool:
    """Return whether `value` is an amount of USD within its limits."""
    if not isinstance(value, Decimal) or not value.is_finite() or value.is_signed():
        return False
    return value < 10**AMOUNT_DIGITS and value == value.quantize(USD_STEP)


def is_http_url(value: object) -> bool:
    """Return whether `value` is an HTTP URL without a query."""
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s?#]+", value) is not None


def _are_keys(value: object) -> bool:
    return isinstance(value, frozenset | set) and all(
        isinstance(key, str) and key.startswith("sk-") for key in value
    )


# Only the start is checked: the pattern of a key is in `domain.accounts`, a layer above this one.
KEYS: Constraint = ("a set of API keys, which start with sk-", _are_keys)


def unknown_models(patterns: Iterable[str]) -> list[str]:
    """Return the names and patterns that no declared model has."""
    return [name for name in patterns if not models_named((name,), MODELS)]


def _are_models(value: object) -> bool:
    return isinstance(value, tuple) and (
        all(isinstance(name, str) for name in value) and not unknown_models(value)
    )


DEFAULT_MAX_TASKS = 100_000
"""How many tasks a store holds if nothing else is chosen."""

DEFAULT_JOURNAL_ENTRIES = 10_000
"""How many requests the journal holds if nothing else is chosen."""

DEFAULT_JOURNAL_BYTES = 64 * 1024**2
"""How many bytes they take at most."""

DEFAULT_STORE_PREFIX = "seedance"
"""What the names of all keys in Redis start with if nothing else is chosen."""

MEMORY = "memory"
"""The name of the store in the memory of the process."""

SQLITE_SCHEME = "sqlite"

REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster")
"""The schemes of the URL of a Redis server: also with TLS, by a socket, or one of a cluster."""

SECRET_OPTIONS = ("username", "password")
"""The options in the query of such a URL that nobody may see."""

SHARED_STORE_FORMS = (
    "sqlite:PATH",
    "redis://HOST:PORT/DB",
    "rediss://HOST:PORT/DB",
    "unix:///PATH?db=DB",
    "redis+cluster://HOST:PORT",
    "rediss+cluster://HOST:PORT",
)
"""The forms of the URL of a store outside the memory of a process."""

STORE_FORMS = (MEMORY, *SHARED_STORE_FORMS)
"""The forms of a store URL that messages name."""

ESCAPES = "write / ? # @ of a user or a password as %2F %3F %23 %40"
"""What helps if a secret divides a URL in another place than was meant."""


def store_url_problem(value: object, forms: Iterable[str] = STORE_FORMS) -> str | None:
    """Return what is wrong with the URL of a store; None if nothing is.

    Whether the store can be opened is another question. The text has no part of the URL, which may
    be a secret.

    Args:
        value: the URL, or what is given instead.
        forms: the forms that the message names if the URL has none of them.
    """
    if value == MEMORY:
        return None
    scheme, _, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
    if scheme == SQLITE_SCHEME and rest.startswith("//"):
        return "write sqlite:mock.db, or sqlite:/folder/mock.db for an absolute path"
    if scheme in REDIS_SCHEMES and rest.startswith("//"):
        return _redis_url_problem(str(value))
    if scheme == SQLITE_SCHEME and rest.partition("?")[0]:
        return None
    hint = "; write redis:// for Valkey, rediss:// with TLS" if scheme.startswith("valkey") else ""
    return f"give one of {', '.join(forms)}{hint}"


def _redis_url_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"the host or the port is wrong, or a password divides the URL: {ESCAPES}"
    options = parse_qsl(parts.query, keep_blank_values=True)
    others = [
        text for name, value in options if name not in SECRET_OPTIONS for text in (name, value)
    ]
    if any("@" in text for text in (parts.path, parts.fragment, *others)):
        return f"there is an @ behind the host: {ESCAPES}"
    if parts.scheme == "unix":
        is_path = host is None and parts.path not in ("", "/")
        return None if is_path else "write the path of a socket with three slashes: unix:///PATH"
    if re.fullmatch(r"(/[0-9]*)?", parts.path) is None:
        return "the database is a number, such as the 0 of redis://localhost:6379/0"
    return None


def is_store_prefix(value: object) -> bool:
    """Return whether the names of keys in Redis can start with a text."""
    # Not a brace: in a cluster, what is in braces decides where a key is stored.
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", value) is not None


CONSTRAINTS: Mapping[str, Constraint] = MappingProxyType(
    {
        "keys": KEYS,
        "expired_keys": KEYS,
        "models": (f"a tuple of names or patterns of {', '.join(MODELS)}", _are_models),
        "lifecycle": _choice(LIFECYCLE_NAMES),
        "rate_limit": _optional(_integer(1)),
        "retention": _optional(("seconds, 0 or more", _is_duration)),
        "journal": _integer(0),
        "journal_bytes": _integer(0),
        "max_tasks": _integer(1),
        "max_body": _integer(1),
        "public_url": _optional(("a URL such as https://mock.example.com", is_http_url)),
        "balance": _optional((f"a Decimal, {AMOUNT_LIMITS}", is_amount)),
        "input_seconds": _integer(0),
        "store_prefix": ("1 to 64 letters, digits and any of . _ : -", is_store_prefix),
        "cors": _choice(CORS_MODES),
        "log_format": _choice(LOG_FORMATS),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a server. The defaults suit a person who tries it out.

    Args:
        keys: the accepted API keys; empty for any well-formed key.
        expired_keys: keys that get 401 expired_api_key.
        models: the ids of the served models, or patterns such as `seedance-2.0*`; empty for all.
        lifecycle: one of `LIFECYCLE_NAMES`.
        rate_limit: in requests a minute and key; None for no limit.
        retention: seconds that an ended task can be read; None for ever.
        journal: how many requests the journal holds.
        journal_bytes: how many bytes of memory they take at most.
        journal_bodies: keep headers and bodies too, in as many bytes again, without keys.
        control: open /_mock to this machine, and to clients with the `control_token`.
        control_token: the token of the control API; None to open it to this machine only.
        wire: the forms of v3: `tokenlab`, or `ark` for those of the model's maker.
        callbacks: where callbacks of v3 may go: `loopback`, `any` public address, or `none`.
        callback_hosts: names of hosts to which they may go in any case.
        explain: add a header that names the injected fault.
        max_tasks: how many tasks the store holds.
        max_body: the size limit of a request body, in bytes.
        tolerant: ignore undocumented fields instead of refusing the request.
        public_url: replaces the request's own host in result URLs.
        redirect_origins: URLs of other origins by values of the setting `to`; this machine
            under another name for a missing value.
        keyless_words: words for model and price requests without a key.
        balance: the credit of each key, in USD; None for unlimited credit.
        input_seconds: the assumed length of an input video.
        cors: one of `CORS_MODES`.
        log_format: one of `LOG_FORMATS`.
        log_color: write the text log in colors, for a terminal.
        fast_path: answer ordinary requests without ASGI.
        metrics: serve /metrics for Prometheus, which needs prometheus_client.
        store: where records are kept: one of `STORE_FORMS`.
        store_prefix: what the names of all keys in Redis start with.

    Raises ValueError for a value that is not allowed. The message says what is allowed. Neither it
    nor `repr`, which pytest and tracebacks print, has keys, the token or the URL of the store.
    """

    keys: frozenset[str] = field(default=frozenset(), repr=False)
    expired_keys: frozenset[str] = field(default=frozenset(), repr=False)
    models: tuple[str, ...] = ()
    lifecycle: str = "quick"
    rate_limit: int | None = None
    retention: float | None = None
    journal: int = DEFAULT_JOURNAL_ENTRIES
    journal_bytes: int = DEFAULT_JOURNAL_BYTES
    journal_bodies: bool = False
    control: bool = True
    control_token: str | None = field(default=None, repr=False)
    wire: str = "tokenlab"
    callbacks: str = "loopback"
    callback_hosts: tuple[str, ...] = ()
    explain: bool = False
    max_tasks: int = DEFAULT_MAX_TASKS
    max_body: int = MAX_BODY_BYTES
    tolerant: bool = False
    public_url: str | None = None
    redirect_origins: Mapping[str, str] = field(default_factory=dict)
    keyless_words: str = ""
    balance: Decimal | None = None
    input_seconds: int = DEFAULT_INPUT_SECONDS
    cors: str = "localhost"
    log_format: str = "none"
    log_color: bool = False
    fast_path: bool = True
    metrics: bool = False
    store: str = field(default=MEMORY, repr=False)
    store_prefix: str = DEFAULT_STORE_PREFIX

    def __post_init__(self) -> None:
        for name, (allowed, is_allowed) in CONSTRAINTS.items():
            value = getattr(self, name)
            if not is_allowed(value):
                # Keys are secrets: the message does not quote them.
                actual = "" if "keys" in name else f", not {value!r}"
                raise ValueError(f"{name} must be {allowed}{actual}")
        problem = store_url_problem(self.store)
        if problem is not None:
            raise ValueError(f"store is no URL of a store: {problem}")
