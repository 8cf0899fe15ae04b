"""The restart of a client: two processes that share a job, and at best a folder."""

from __future__ import annotations

from seedance_contract.client.record import Record, RecordedExchange

RESTARTED_AT = "restarted"
"""The fact with the time of the client's restart, in seconds since the case began."""


def is_restarted(record: Record) -> bool:
    """Return whether the client was killed and started again."""
    return record.facts.get(RESTARTED_AT) is not None


def is_after_restart(record: Record, earlier: RecordedExchange, later: RecordedExchange) -> bool:
    """Return whether the client was restarted between two requests."""
    restarted_at = record.facts.get(RESTARTED_AT)
    return restarted_at is not None and earlier.seen < restarted_at <= later.seen
