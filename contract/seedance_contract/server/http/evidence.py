"""The exchanges that led to a failure as JSON, in the form of the evidence of the client suite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from seedance_contract.server.http.exchange import Exchange
from seedance_contract.server.http.log import LogEntry

MAX_EXCHANGES = 40
"""The number of exchanges that a report keeps of a failure, the last ones."""

MAX_TEXT_LENGTH = 20_000
"""The number of characters of a body that a report keeps."""

Redact = Callable[[str], str]


def exchanges_json(entries: Sequence[LogEntry]) -> list[dict[str, object]]:
    """Return the last exchanges of a log, with times in seconds since its beginning.

    Each key is replaced by its name: "key#1" for the first key in the log.
    """
    if not entries:
        return []
    names, redact = key_names(entries), redaction(entries)
    beginning = min(entry.started_at for entry in entries)
    exchanges = [entry for entry in entries if isinstance(entry, Exchange)]
    return [
        _exchange_json(exchange, names, redact, beginning)
        for exchange in exchanges[-MAX_EXCHANGES:]
    ]


def key_names(entries: Sequence[LogEntry]) -> dict[str, str]:
    """Return the name of each API key in a log, in the order of their first use."""
    keys = [entry.request.key if isinstance(entry, Exchange) else entry.key for entry in entries]
    used = dict.fromkeys(key for key in keys if key is not None)
    return {key: f"key#{number}" for number, key in enumerate(used, start=1)}


def redaction(entries: Sequence[LogEntry]) -> Redact:
    """Return a function that replaces each API key in a text by its name."""
    names = key_names(entries)
    # The longest first: a key may be the beginning of another one.
    longest_first = sorted(names, key=len, reverse=True)

    def redact(text: str) -> str:
        for key in longest_first:
            text = text.replace(key, names[key])
        return text

    return redact


def _exchange_json(
    exchange: Exchange, names: dict[str, str], redact: Redact, beginning: float
) -> dict[str, object]:
    request, response = exchange.request, exchange.response
    parts = urlsplit(request.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    members: dict[str, object] = {
        "origin": "api",
        "key": names.get(request.key or ""),
        "method": request.method,
        "target": redact(target),
        "headers": [[name, redact(value)] for name, value in request.headers.items()],
        "body": _text(request.body or b"", redact),
        "seen": round(exchange.started_at - beginning, 6),
        "sent": None,
        "ended": round(exchange.ended_at - beginning, 6),
        "status": None,
        "answer_headers": [],
        "answer_body": "",
        "complete": response is not None,
    }
    if response is not None:
        members |= {
            "sent": round(exchange.answered_at - beginning, 6),
            "status": response.status,
            "answer_headers": [[name, redact(value)] for name, value in response.headers.items()],
            "answer_body": _text(response.body, redact),
        }
    return members


def _text(body: bytes, redact: Redact) -> str:
    # Redacted before the cut: half a key would no longer be recognised.
    return redact(body[: MAX_TEXT_LENGTH * 4].decode(errors="replace"))[:MAX_TEXT_LENGTH]
