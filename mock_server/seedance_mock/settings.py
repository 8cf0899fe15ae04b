"""What can be chosen about a server. Read by `cli` and `create_app` only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from seedance_contract.declared.prices import INPUT_SECONDS

CORS = ("localhost", "any", "none")
LOG_FORMATS = ("text", "json", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The choices. Every default suits a person who tries the server out.

    `keys` are the accepted API keys, none for any that is well formed; `expired_keys` answer
    401 expired_api_key. `max_body` is in bytes. `tolerant` lets undocumented fields through.
    `public_url` replaces the request's own host in result URLs. `balance` is what every key is
    granted, in USD, None for unlimited credit. `input_seconds` is the assumed length of an
    input video. `cors` is one of `CORS`, `log_format` one of `LOG_FORMATS`.
    """

    keys: frozenset[str] = frozenset()
    expired_keys: frozenset[str] = frozenset()
    lifecycle: str = "quick"
    max_tasks: int = 100_000
    max_body: int = 32 * 1024 * 1024
    tolerant: bool = False
    public_url: str | None = None
    balance: Decimal | None = None
    input_seconds: int = INPUT_SECONDS
    cors: str = "localhost"
    log_format: str = "none"
