"""What a process counts while it serves, and what all processes of a server have counted."""

from __future__ import annotations

import secrets
from bisect import bisect_left
from collections import Counter
from pathlib import Path

from seedance_mock.service.callbacks.deliveries import Sender
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.logs.access_log import AccessLogEntry
from seedance_mock.web.metrics import METRICS_PATH
from seedance_mock.web.metrics.measured_sender import MeasuredSender
from seedance_mock.web.metrics.snapshot import (
    SECONDS_BOUNDS,
    Histogram,
    Snapshot,
    snapshot_of_json,
)

NONE = "none"
"""The label of a request without an injected fault, or without a response."""

OTHER_ENDPOINTS = {
    CONTROL_PREFIX: "control",
    "/healthz": "health",
    METRICS_PATH: "metrics",
    "/": "other",
}
"""The labels of requests that are for no endpoint of the API, by the prefix of their path."""


_RequestKey = tuple[str, int | None, str | None]


class Meters:
    """Counts the requests, the calls of the store and the lag of the event loop of a process.

    Only the thread of the event loop calls it, so it needs no lock. The number of labels is
    bounded: none is text that a client has chosen.
    """

    def __init__(self) -> None:
        self._durations: dict[_RequestKey, Histogram] = {}
        self._unanswered: Counter[_RequestKey] = Counter()
        self._store_calls: dict[str, Histogram] = {}
        self._callbacks: dict[str, Histogram] = {}
        self._loop_lag = Histogram()
        self._file: Path | None = None

    def count_request(self, entry: AccessLogEntry) -> None:
        """Count a request that has ended."""
        # Called for each request, hence without a call of `Histogram.observe`: it takes 0.5 µs.
        key = entry.place or _other_endpoint(entry.path), entry.status, entry.fault_name
        durations = self._durations.get(key)
        if durations is None:
            durations = self._durations[key] = Histogram()
        if entry.answered is None:
            self._unanswered[key] += 1
            return
        seconds = entry.answered - entry.received
        durations.buckets[bisect_left(SECONDS_BOUNDS, seconds)] += 1
        durations.total += seconds

    def observe_store_call(self, method: str, seconds: float) -> None:
        """Count a call of a method of the store."""
        self._store_calls.setdefault(method, Histogram()).observe(seconds)

    def measured_sender(self, sender: Sender) -> MeasuredSender:
        """Return a sender of callbacks whose attempts are counted by their outcome."""
        return MeasuredSender(sender, self._observe_callback)

    def _observe_callback(self, outcome: str, seconds: float) -> None:
        self._callbacks.setdefault(outcome, Histogram()).observe(seconds)

    def observe_loop_lag(self, seconds: float) -> None:
        """Count how late the event loop was."""
        self._loop_lag.observe(seconds)

    def share_in(self, folder: Path) -> None:
        """Share the counts with the other processes of a server, through files in a folder."""
        # prometheus_client can share counts too, through files in memory. Each increment then
        # takes 2 µs. The name is random: the id of a process that has ended may come again.
        self._file = folder / f"{secrets.token_hex(8)}.json"

    def publish(self) -> None:
        """Let the other processes see the counts, if they are shared."""
        if self._file is None:
            return
        draft = self._file.with_suffix(".part")
        draft.write_text(self._own_snapshot().to_json())
        # In one step, so that no reader sees half of it.
        draft.replace(self._file)

    def snapshot(self) -> Snapshot:
        """Return the counts of all processes, those of processes that have ended included."""
        total = self._own_snapshot()
        if self._file is not None:
            for file in self._file.parent.glob("*.json"):
                if file != self._file:
                    total.add(snapshot_of_json(file.read_text()))
        return total

    def _own_snapshot(self) -> Snapshot:
        own = Snapshot()
        # `add` copies: whoever adds other counts to a snapshot must not change those of this one.
        own.add(
            Snapshot(
                store_calls=self._store_calls, callbacks=self._callbacks, loop_lag=self._loop_lag
            )
        )
        for key, durations in self._durations.items():
            endpoint, status, fault = key
            labels = endpoint, NONE if status is None else str(status), fault or NONE
            own.requests[labels] = sum(durations.buckets) + self._unanswered[key]
            own.latency.setdefault(endpoint, Histogram()).add(durations)
        return own


def _other_endpoint(path: str) -> str:
    return next(label for prefix, label in OTHER_ENDPOINTS.items() if path.startswith(prefix))
