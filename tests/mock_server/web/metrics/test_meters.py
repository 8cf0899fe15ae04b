"""What a process counts, and how the processes of a server share it."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_mock.web.logs.access_log import AccessLogEntry, new_log_entry
from seedance_mock.web.metrics.meters import Meters


def entry(path: str = "/v1/tasks/ldtask_1", **attributes: object) -> AccessLogEntry:
    made = new_log_entry({"method": "GET", "path": path, "query_string": b""})
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def answered(
    place: str | None = "poll", status: int = 200, seconds: float = 0.003
) -> AccessLogEntry:
    made = entry(place=place, status=status)
    made.answered = made.received + seconds
    return made


def test_requests_are_counted_by_endpoint_status_and_fault() -> None:
    meters = Meters()
    faulty = answered(status=503)
    faulty.fault, faulty.fault_name = "poll-503x12", "all-channels-failed"

    for request in (answered(), answered(), faulty, entry(place="create")):
        meters.count_request(request)

    snapshot = meters.snapshot()
    assert snapshot.requests == {
        ("poll", "200", "none"): 2,
        ("poll", "503", "all-channels-failed"): 1,
        ("create", "none", "none"): 1,
    }
    assert sum(snapshot.latency["poll"].buckets) == 3
    assert sum(snapshot.latency["create"].buckets) == 0


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/_mock/journal", "control"),
        ("/healthz", "health"),
        ("/metrics", "metrics"),
        ("/v1/chat/sk-a-secret", "other"),
    ],
)
def test_a_path_of_no_endpoint_is_a_bounded_label(path: str, label: str) -> None:
    meters = Meters()

    meters.count_request(entry(path, status=404))

    assert [*meters.snapshot().requests] == [(label, "404", "none")]


def test_a_snapshot_is_a_copy() -> None:
    meters = Meters()
    meters.observe_store_call("commit", 0.25)
    meters.observe_loop_lag(0.5)

    meters.snapshot().add(meters.snapshot())

    assert meters.snapshot().store_calls["commit"].total == 0.25
    assert meters.snapshot().loop_lag.total == 0.5


def test_processes_share_their_counts(tmp_path: Path) -> None:
    first, second = Meters(), Meters()
    for meters in (first, second):
        meters.share_in(tmp_path)
        meters.count_request(answered())
        meters.publish()
    second.count_request(answered())

    assert first.snapshot().requests == {("poll", "200", "none"): 2}
    # Its own counts are those of now, also if they are not published yet.
    assert second.snapshot().requests == {("poll", "200", "none"): 3}


def test_counts_of_one_process_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    Meters().publish()

    assert [*tmp_path.iterdir()] == []
