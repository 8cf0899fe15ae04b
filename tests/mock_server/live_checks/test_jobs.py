from __future__ import annotations

from seedance_mock.live_checks.jobs import jobs_of

from .traffic_entries import OTHER_TASK, create, entry, failed_create, poll


def grouped(*entries: object) -> list[list[int]]:
    """Return the positions of the entries of each job."""
    jobs = jobs_of(entries)  # type: ignore[arg-type] # entries
    return [[entries.index(each) for each in job.entries] for job in jobs]


def test_requests_follow_their_task() -> None:
    assert grouped(
        create(0),
        create(1, task_id=OTHER_TASK, job="other"),
        poll(6),
        poll(7, task_id=OTHER_TASK),
        entry("asset", 8),
    ) == [[0, 2, 4], [1, 3]]


def test_requests_are_sorted_by_their_first_byte() -> None:
    later, earlier = poll(9), create(0)

    assert grouped(later, earlier) == [[1, 0]]


def test_the_same_body_after_a_task_is_another_job() -> None:
    assert grouped(create(0), create(1, task_id=OTHER_TASK), poll(6)) == [[0, 2], [1]]


def test_unreadable_bodies_are_jobs_of_their_own() -> None:
    first, second = (failed_create(second, 400, job=None) for second in (0, 1))

    assert grouped(first, second) == [[0], [1]]


def test_a_retry_belongs_to_its_job() -> None:
    # Also on another connection: many clients open one for each request.
    assert grouped(failed_create(0, 504), create(4, connection=2)) == [[0, 1]]


def test_a_late_create_on_another_connection_is_unclear() -> None:
    jobs = jobs_of([failed_create(0, 504), create(20, connection=2)])

    assert [job.is_unclear for job in jobs] == [True, True]


def test_a_create_after_a_minute_is_unclear() -> None:
    jobs = jobs_of([failed_create(0, 400), failed_create(70, 400)])

    assert [job.is_unclear for job in jobs] == [True, True]


def test_parallel_creates_are_unclear() -> None:
    jobs = jobs_of([failed_create(0, 504), create(0.05, connection=2)])

    assert [job.is_unclear for job in jobs] == [True, True]


def test_a_slow_poller_stays_with_its_job() -> None:
    assert grouped(create(0), poll(90, connection=2), poll(180, connection=3)) == [[0, 1, 2]]


def test_a_late_look_at_an_ended_task_is_unclear() -> None:
    jobs = jobs_of([create(0), poll(6, "completed"), poll(99, "completed", connection=2)])

    assert [(len(job.entries), job.is_unclear) for job in jobs] == [(2, True), (1, True)]


def test_a_lookup_belongs_to_the_only_running_job() -> None:
    lookups = {"task_id": None, "target": "/v1/models", "task_status": None}
    other = {"task_id": OTHER_TASK, "job": "other"}

    assert grouped(
        entry("models", 0, **lookups),
        create(1),
        entry("models", 2, **lookups),
        poll(6),
        create(5, **other),
        entry("pricing", 5.5, **lookups),
        poll(9, **other),
        entry("models", 8, **lookups),
    ) == [[1, 2, 3], [4, 7, 6], [0, 5]]
