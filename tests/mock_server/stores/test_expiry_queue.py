from __future__ import annotations

from seedance_mock.stores.expiry_queue import MAX_STALE_ENTRIES, ExpiryQueue


def first_id(queue: ExpiryQueue) -> str | None:
    key = queue.first()
    return None if key is None else key[-1]


def test_the_task_that_ends_first_is_first() -> None:
    queue = ExpiryQueue()
    for name, end in (("late", 3.0), ("early", 1.0), ("middle", 2.0)):
        queue.put(name, (end, end, 0.0, 0, name))

    assert first_id(queue) == "early"


def test_the_older_of_two_equal_ends_is_first() -> None:
    queue = ExpiryQueue()
    queue.put("a", (1.0, 1.0, 0.0, 2, "a"))
    queue.put("b", (1.0, 1.0, 0.0, 1, "b"))

    assert first_id(queue) == "b"


def test_a_moved_task_has_one_position() -> None:
    queue = ExpiryQueue()
    queue.put("a", (1.0, 1.0, 0.0, 0, "a"))
    queue.put("b", (2.0, 2.0, 0.0, 0, "b"))
    queue.put("a", (3.0, 3.0, 0.0, 0, "a"))

    assert first_id(queue) == "b"

    queue.drop("b")

    assert first_id(queue) == "a"


def test_a_task_without_an_end_is_not_queued() -> None:
    queue = ExpiryQueue()
    queue.put("a", (1.0, 1.0, 0.0, 0, "a"))
    queue.put("a", None)

    assert first_id(queue) is None


def test_removed_tasks_take_no_memory() -> None:
    queue = ExpiryQueue()
    for number in range(50 * MAX_STALE_ENTRIES):
        queue.put(str(number), (1e9 + number, 0.0, 0.0, 0, str(number)))
        queue.drop(str(number))

    assert len(queue) <= MAX_STALE_ENTRIES


def test_a_cleared_queue_is_empty() -> None:
    queue = ExpiryQueue()
    queue.put("a", (1.0, 1.0, 0.0, 0, "a"))

    queue.clear()

    assert (first_id(queue), len(queue)) == (None, 0)
