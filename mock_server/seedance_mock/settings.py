"""What can be chosen about a server. Read by `cli` and `create_app` only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from seedance_contract.declared.prices import INPUT_SECONDS

CORS = ("localhost", "any", "none")
LOG_FORMATS = ("text", "json", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The choices. Every default suits a person who tries the server out.

    `keys` are the accepted API keys, none for any that is well formed; `expired_keys` answer 401
    expired_api_key. `max_body` is in bytes. `tolerant` lets undocumented fields through.
    `public_url` replaces the request's own host in result URLs. `elsewhere` are URLs of other
    origins by the values of the word `to`, this machine under another name where missing. `keyless`
    are words for models and prices that are asked for without a key. `balance` is what every key is
    granted, in USD, None for unlimited credit. `input_seconds` is the assumed length of an input
    video. `rate_limit` is in requests a minute and key, `retention` in seconds after a task has
    ended; None for neither. `journal` is how many exchanges are remembered. `control` opens /_mock
    to this machine, and to others who have the `control_token`. `explain` adds a header that names
    the fault of an answer. `cors` is one of `CORS`, `log_format` one of `LOG_FORMATS`.
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
    max_body: int = 32 * 1024 * 1024
    tolerant: bool = False
    public_url: str | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    keyless: str = ""
    balance: Decimal | None = None
    input_seconds: int = INPUT_SECONDS
    cors: str = "localhost"
    log_format: str = "none"
