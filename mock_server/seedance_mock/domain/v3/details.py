"""What a task of the dialect v3 has beside the members of every task, and its id."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from seedance_mock.domain.record import BaseRecord

OWNER_SEPARATOR = "."
_ID_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SUFFIX_LENGTH = 5

MAX_SUFFIX: int = len(_ID_CHARACTERS) ** _SUFFIX_LENGTH
"""How many ids there are in a second."""


class V3Details(BaseRecord):
    """Members of a task that only v3 shows.

    Args:
        model: the model as the request named it.
        seed: the seed of the video, also if the server chose it.
        service_tier: the tier.
        web_search: whether the request allowed the model to search the web.
        safety_identifier: the end user as the client names them; None without one.
        callback_url: where changes of status are sent; None without one.
        priority: None for a model without priorities.
        idempotency_id: the id of the entry that makes the create repeatable; None without one.
    """

    model: str
    seed: int
    service_tier: str = "default"
    web_search: bool = False
    safety_identifier: str | None = None
    callback_url: str | None = None
    priority: int | None = None
    idempotency_id: str | None = None


def new_v3_task_id(number: int, owner: str, now: float) -> str:
    """Return the id under which a task of v3 is stored.

    Args:
        number: a number below `MAX_SUFFIX`, which distinguishes the tasks of one second.
        owner: the owner of the account.
        now: when the task is created, in seconds since the Unix epoch.
    """
    suffix = ""
    for _ in range(_SUFFIX_LENGTH):
        number, digit = divmod(number, len(_ID_CHARACTERS))
        suffix += _ID_CHARACTERS[digit]
    return stored_v3_id(f"cgt-{_date_digits(int(now))}-{suffix}", owner)


# Accounts have clocks of their own, so a few seconds are current at a time.
@lru_cache(maxsize=64)
def _date_digits(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%d%H%M%S")


# The form of the id is documented and has no room for the digits of the owner, by which a store
# that is spread over several machines finds a task. v3 shows a client its own tasks only, so the
# digits of its account are added to what it sends.
def stored_v3_id(shown_id: str, owner: str) -> str:
    """Return the id under which the task with a shown id is stored, if the owner has it."""
    return f"{shown_id}{OWNER_SEPARATOR}{owner[:8]}"


def shown_id(task_id: str) -> str:
    """Return the id that the API shows: in v3 without the digits of the owner."""
    return task_id.partition(OWNER_SEPARATOR)[0]
