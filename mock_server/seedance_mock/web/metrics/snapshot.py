"""Counts as plain values, which can be added up and written as JSON."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SECONDS_BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025),
    *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
"""The upper bounds of the buckets of every histogram, in seconds. One more bucket has the rest.

Most responses take less than a millisecond, and the longest scripted delays some seconds.
"""


class Histogram:
    """How many durations fell into each bucket, and their sum in seconds."""

    # Not the histogram of prometheus_client: an observation takes that 1.8 µs, with a lock for
    # threads, and this one 0.3 µs. A whole poll takes 50 µs.
    __slots__ = ("buckets", "total")

    def __init__(self, buckets: Sequence[int] = (0,) * 17, total: float = 0.0) -> None:
        self.buckets = [*buckets]
        self.total = total

    def observe(self, seconds: float) -> None:
        """Count a duration."""
        self.buckets[bisect_left(SECONDS_BOUNDS, seconds)] += 1
        self.total += seconds

    def add(self, other: Histogram) -> None:
        """Add the counts of another histogram."""
        self.buckets = [a + b for a, b in zip(self.buckets, other.buckets, strict=True)]
        self.total += other.total


RequestLabels = tuple[str, str, str]
"""The endpoint, the status of the response, and the name of the injected fault."""


@dataclass(slots=True)
class Snapshot:
    """What one process has counted, or several together.

    `requests` are numbers of requests. `latency` is by endpoint, `store_calls` by method,
    `callbacks` by the outcome of an attempt.
    `loop_lag` is how late the event loop was when a timer was due.
    """

    requests: dict[RequestLabels, int] = field(default_factory=dict)
    latency: dict[str, Histogram] = field(default_factory=dict)
    store_calls: dict[str, Histogram] = field(default_factory=dict)
    callbacks: dict[str, Histogram] = field(default_factory=dict)
    loop_lag: Histogram = field(default_factory=Histogram)

    def add(self, other: Snapshot) -> None:
        """Add the counts of another snapshot."""
        for labels, count in other.requests.items():
            self.requests[labels] = self.requests.get(labels, 0) + count
        _add_all(self.latency, other.latency)
        _add_all(self.store_calls, other.store_calls)
        _add_all(self.callbacks, other.callbacks)
        self.loop_lag.add(other.loop_lag)

    def to_json(self) -> str:
        """Return the snapshot as JSON."""
        return json.dumps(
            {
                "requests": [[labels, count] for labels, count in self.requests.items()],
                "latency": _rows(self.latency),
                "store_calls": _rows(self.store_calls),
                "callbacks": _rows(self.callbacks),
                "loop_lag": [self.loop_lag.buckets, self.loop_lag.total],
            }
        )


def snapshot_of_json(text: str) -> Snapshot:
    """Return the snapshot that `Snapshot.to_json` has written."""
    data = json.loads(text)
    return Snapshot(
        requests={tuple(labels): count for labels, count in data["requests"]},
        latency=_histograms(data["latency"]),
        store_calls=_histograms(data["store_calls"]),
        callbacks=_histograms(data["callbacks"]),
        loop_lag=Histogram(*data["loop_lag"]),
    )


def _add_all(histograms: dict[str, Histogram], others: Mapping[str, Histogram]) -> None:
    for name, other in others.items():
        histograms.setdefault(name, Histogram()).add(other)


def _rows(histograms: Mapping[str, Histogram]) -> dict[str, list[object]]:
    return {name: [counts.buckets, counts.total] for name, counts in histograms.items()}


def _histograms(rows: Mapping[str, tuple[list[int], float]]) -> dict[str, Histogram]:
    return {name: Histogram(*row) for name, row in rows.items()}
