"""The response monitor: checks all responses of a run while the other checks make requests."""

from __future__ import annotations

import threading
from collections import Counter

from seedance_contract.case import Mismatch
from seedance_contract.server.http.exchange import Exchange
from seedance_contract.server.http.log import ExchangeLog, LogEntry
from seedance_contract.server.responses.response_checks import RESPONSE_CHECKS

OWN_REQUEST_ID = "own-request-id"
"""The name of the only check that looks at more than one response."""

MAX_REMEMBERED_BYTES = 10_000
"""The size of a request up to which it is kept, in case its response comes again."""


class ResponseMonitor:
    """Counts responses, and keeps the first mismatch of each response check with its log.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self.response_count = 0
        self.counts: Counter[str] = Counter()
        self.mismatches: dict[str, tuple[Mismatch, tuple[LogEntry, ...]]] = {}
        self._by_request_id: dict[str, Exchange] = {}
        self._lock = threading.Lock()

    def __call__(self, exchange: Exchange, log: ExchangeLog) -> None:
        """Check the response of an exchange."""
        passed = [name for name in RESPONSE_CHECKS if self._passes(name, exchange, log)]
        with self._lock:
            self.response_count += 1
            self.counts.update(passed)
        self._compare_request_ids(exchange)

    def _passes(self, name: str, exchange: Exchange, log: ExchangeLog) -> bool:
        """Return whether a response passes a check, False if there is nothing to check."""
        # One mismatch explains a failure. A full run has some 8,000 responses, and a check that has
        # already failed need not be repeated for each of them.
        if exchange.response is None or name in self.mismatches:
            return False
        try:
            return RESPONSE_CHECKS[name](exchange.request, exchange.response)
        except Mismatch as mismatch:
            # Another request of a race may have been answered since, so the exchange goes last.
            before = [entry for entry in log.entries if entry is not exchange]
            with self._lock:
                self.mismatches.setdefault(name, (mismatch, (*before, exchange)))
            return False

    def _compare_request_ids(self, exchange: Exchange) -> None:
        """Check that no earlier response had the same X-Request-ID."""
        response = exchange.response
        id = "" if response is None else response.headers.get("x-request-id", "")
        if not id or exchange.request.size > MAX_REMEMBERED_BYTES:
            return
        with self._lock:
            self.counts[OWN_REQUEST_ID] += 1
            earlier = self._by_request_id.setdefault(id, exchange)
            if earlier is not exchange and OWN_REQUEST_ID not in self.mismatches:
                mismatch = _repetition(id, earlier, exchange)
                self.mismatches[OWN_REQUEST_ID] = (mismatch, (earlier, exchange))


def _repetition(id: str, earlier: Exchange, exchange: Exchange) -> Mismatch:
    requests = [f"{entry.request.method} {entry.request.path}" for entry in (earlier, exchange)]
    actual = (
        f"{id} in the responses to {requests[0]} and to {requests[1]}: "
        "an answer was repeated; is a cache in between?"
    )
    return Mismatch("an X-Request-ID of its own in every response", actual, cause="cached-response")
