"""What a create request asks for, once a dialect has accepted it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from seedance_mock.domain.accounts import OPENING_KEY
from seedance_mock.domain.task import Task
from seedance_mock.domain.v3.details import V3Details
from seedance_mock.stores import Change


class Order(NamedTuple):
    """What an accepted create request asks for, in either dialect.

    Args:
        request: the request in the normalised form of v1.
        words: the words in the text of the request.
        key: the digest of the key, or `OPENING_KEY`.
        continued_seconds: the length of the video that the new one continues, None without one.
        v3: what only the dialect v3 shows; None in v1.
    """

    request: Mapping[str, object]
    words: str
    key: str = OPENING_KEY
    continued_seconds: int | None = None
    v3: V3Details | None = None


FurtherChanges = Callable[[Task], Awaitable[Sequence[Change]]]
"""Returns what is committed together with a new task."""
