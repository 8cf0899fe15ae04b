from __future__ import annotations

from seedance_mock.stores.expiry_queue import MAX_STALE_ENTRIES, ExpiryQueue


def first(queue: ExpiryQueue) -> list[str]:
    return [at[-1] for at in queue.first()]


def test_the_first_to_end_is_in_front() -> None:
    queue = ExpiryQueue()
    for name, end in (("late", 3.0), ("early", 1.0), ("middle", 2.0)):
        queue.put(name, (end, end, 0.0, 0, name))

    assert first(queue) == ["early"]


def test_of_two_that_end_together_the_older_is_in_front() -> None:
    queue = ExpiryQueue()
    queue.put("a", (1.0, 1.0, 0.0, 2, "a"))
    queue.put("b", (1.0, 1.0, 0.0, 1, "b"))

    assert first(queue) == ["b"]


def test_what_moves_has_one_place() -> None:
    queue = ExpiryQueue()
    queue.put("a", (1.0, 1.0, 0.0, 0, "a"))
    queue.put("b", (2.0, 2.0, 0.0, 0, "b"))
    queue.put("a", (3.0, 3.0, 0.0, 0, "a"))

    assert first(queue) == ["b"]

    queue.drop("b")

    assert first(queue) == ["a"]


def test_what_never_ends_stands_nowhere() -> None:
    queue = ExpiryQueue()
    queue.put("a", (1.0, 1.0, 0.0, 0, "a"))
    queue.put("a", None)

    assert first(queue) == []


def test_what_has_gone_takes_no_memory() -> None:
    queue = ExpiryQueue()
    for number in range(50 * MAX_STALE_ENTRIES):
        queue.put(str(number), (1e9 + number, 0.0, 0.0, 0, str(number)))
        queue.drop(str(number))

    assert len(queue) <= MAX_STALE_ENTRIES


def test_a_cleared_queue_is_empty() -> None:
    queue = ExpiryQueue()
    queue.put("a", (1.0, 1.0, 0.0, 0, "a"))

    queue.clear()

    assert (first(queue), len(queue)) == ([], 0)
