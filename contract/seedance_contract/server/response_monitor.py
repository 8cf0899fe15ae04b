"""The response monitor: checks all responses of a run while the other checks make requests."""

from __future__ import annotations

import threading

from seedance_contract.case import Mismatch
from seedance_contract.server.exchange import Exchange
from seedance_contract.server.log import ExchangeLog, LogEntry
from seedance_contract.server.response_checks import RESPONSE_CHECKS, ResponseCheck


class ResponseMonitor:
    """Counts responses, and keeps the first mismatch of each response check with its log.

    Safe to use from several threads, because the checks of races send from several.
    """

    def __init__(self) -> None:
        self.response_count = 0
        self.mismatches: dict[str, tuple[Mismatch, tuple[LogEntry, ...]]] = {}
        self._lock = threading.Lock()

    def __call__(self, exchange: Exchange, log: ExchangeLog) -> None:
        """Check the response of an exchange."""
        with self._lock:
            self.response_count += 1
        for name, check in RESPONSE_CHECKS.items():
            # One mismatch explains a failure. A full run has some 8,000 responses, and a check
            # that has already failed need not be repeated for each of them.
            if name not in self.mismatches:
                self._apply(name, check, exchange, log)

    def _apply(self, name: str, check: ResponseCheck, exchange: Exchange, log: ExchangeLog) -> None:
        if exchange.response is None:
            return
        try:
            check(exchange.request, exchange.response)
        except Mismatch as mismatch:
            # Another request of a race may have been answered since, so the exchange goes last.
            before = [entry for entry in log.entries if entry is not exchange]
            self.mismatches[name] = (mismatch, (*before, exchange))
