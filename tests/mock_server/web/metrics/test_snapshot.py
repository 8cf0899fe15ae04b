"""Counts can be added up, and written as JSON."""

from __future__ import annotations

from seedance_mock.web.metrics.snapshot import (
    SECONDS_BOUNDS,
    Histogram,
    Snapshot,
    snapshot_of_json,
)


def test_a_duration_on_a_bound_is_in_its_bucket() -> None:
    histogram = Histogram()

    for seconds in (0.0, 0.0001, 10.0, 11.0):
        histogram.observe(seconds)

    assert len(histogram.buckets) == len(SECONDS_BOUNDS) + 1
    assert (histogram.buckets[0], histogram.buckets[-2:]) == (2, [1, 1])
    assert histogram.total == 21.0001


def example(seconds: float) -> Snapshot:
    snapshot = Snapshot(requests={("poll", "200", "none"): 2, ("poll", "503", "x"): 1})
    snapshot.latency["poll"] = Histogram()
    snapshot.latency["poll"].observe(seconds)
    snapshot.loop_lag.observe(seconds)
    return snapshot


def test_snapshots_add_up() -> None:
    total = example(0.25)
    other = example(0.5)
    other.requests["create", "200", "none"] = 7

    total.add(other)

    assert total.requests == {
        ("poll", "200", "none"): 4,
        ("poll", "503", "x"): 2,
        ("create", "200", "none"): 7,
    }
    assert (sum(total.latency["poll"].buckets), total.latency["poll"].total) == (2, 0.75)
    assert total.loop_lag.total == 0.75


def test_json_keeps_everything() -> None:
    snapshot = example(0.25)
    snapshot.store_calls["commit"] = snapshot.latency["poll"]
    snapshot.callbacks["2xx"] = snapshot.latency["poll"]

    again = snapshot_of_json(snapshot.to_json())

    assert again.requests == snapshot.requests
    assert again.to_json() == snapshot.to_json()
