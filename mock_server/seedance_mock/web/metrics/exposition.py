"""The counts in the text formats of Prometheus and OpenMetrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from seedance_contract.declared.tasks import Status
from seedance_mock import __version__
from seedance_mock.web.metrics.snapshot import SECONDS_BOUNDS, Histogram, Snapshot

PREFIX = "seedance_mock"

_BOUNDS = [*(f"{bound:g}" for bound in SECONDS_BOUNDS), "+Inf"]


class _SnapshotCollector(Collector):
    def __init__(self, snapshot: Snapshot, tasks: Mapping[Status, int]) -> None:
        self._snapshot = snapshot
        self._tasks = tasks

    def collect(self) -> Iterator[Metric]:
        snapshot = self._snapshot
        yield InfoMetricFamily(PREFIX, "The server", {"version": __version__})
        requests = CounterMetricFamily(
            f"{PREFIX}_requests",
            "Requests by endpoint, status of the response, and injected fault",
            labels=("endpoint", "status", "fault"),
        )
        for labels, count in snapshot.requests.items():
            requests.add_metric(labels, count)
        yield requests
        yield _histogram(
            "request_duration_seconds",
            "From the first byte of a request until its response is ready",
            "endpoint",
            snapshot.latency,
        )
        tasks = GaugeMetricFamily(f"{PREFIX}_tasks", "Tasks in the store", labels=("status",))
        for status, number in self._tasks.items():
            tasks.add_metric((status.value,), number)
        yield tasks
        yield _histogram(
            "store_call_duration_seconds",
            "Calls of the store, unless it is the memory of the process",
            "method",
            snapshot.store_calls,
        )
        yield _histogram(
            "callback_duration_seconds",
            "Attempts to deliver a callback, by the class of the response's status",
            "outcome",
            snapshot.callbacks,
        )
        yield _histogram(
            "event_loop_lag_seconds",
            "How late the event loop was when a timer was due",
            None,
            {"": snapshot.loop_lag},
        )


def _histogram(
    name: str, help_text: str, label: str | None, histograms: Mapping[str, Histogram]
) -> Metric:
    labels = () if label is None else (label,)
    family = HistogramMetricFamily(f"{PREFIX}_{name}", help_text, labels=labels)
    for value, histogram in histograms.items():
        # In this format a bucket has the counts of all smaller ones, too.
        cumulative = accumulate(histogram.buckets)
        family.add_metric(
            () if label is None else (value,),
            [(bound, count) for bound, count in zip(_BOUNDS, cumulative, strict=True)],
            histogram.total,
        )
    return family


def exposition(snapshot: Snapshot, tasks: Mapping[Status, int], accept: str) -> tuple[bytes, str]:
    """Return the body and the Content-Type of a response with the counts.

    `accept` is the Accept header of the request: Prometheus asks for the format that it prefers.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_SnapshotCollector(snapshot, tasks))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
