"""The bad habits of all modules, in the order of `table.toml`."""

from __future__ import annotations

from habits import (
    cancel,
    create_body,
    discovery,
    downloads,
    error_handling,
    poll_urls,
    polling,
    results,
    retries,
    retry_after,
    secrets,
    v3,
    wire,
)

HABITS = (
    *secrets.HABITS,
    *create_body.HABITS,
    *error_handling.HABITS,
    *discovery.HABITS,
    *retries.HABITS,
    *retry_after.HABITS,
    *poll_urls.HABITS,
    *polling.HABITS,
    *results.HABITS,
    *cancel.HABITS,
    *wire.HABITS,
    *downloads.HABITS,
    *v3.HABITS,
)
HABITS_BY_SWITCH = {habit.switch: habit for habit in HABITS}
