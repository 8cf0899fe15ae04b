"""How long tasks wait and run: one function from (task id, video) to seconds for each way."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from seedance_contract.declared.prices import PRICE_OF
from seedance_contract.derived.cost import Video

Durations = tuple[float, float]
"""Seconds a task waits, and seconds it runs."""

Lifecycle = Callable[[str, Video], Durations]


def _quick(task_id: str, video: Video) -> Durations:
    return 1.0, 4.0


def _instant(task_id: str, video: Video) -> Durations:
    return 0.0, 0.0


def _manual(task_id: str, video: Video) -> Durations:
    return math.inf, math.inf


_MEGAPIXEL = 1280 * 720


def _realistic(task_id: str, video: Video) -> Durations:
    """Wait 5 to 35 s, then run for as long as the model, the pixels and the length suggest.

    The price stands for the model's effort: an assumption that gives plausible magnitudes.
    """
    digest = hashlib.blake2b(task_id.encode(), digest_size=4).digest()
    first, second = (int.from_bytes(half) / 0xFFFF for half in (digest[:2], digest[2:]))
    width, height = video.size
    effort = float(PRICE_OF[video.model, video.resolution].plain) / 8
    work = effort * video.seconds * math.sqrt(width * height / _MEGAPIXEL)
    return 5 + 30 * first, 15 + work * (0.8 + 0.4 * second)


LIFECYCLES: Mapping[str, Lifecycle] = MappingProxyType(
    {"quick": _quick, "realistic": _realistic, "instant": _instant, "manual": _manual}
)
"""`quick` suits a person trying it out; `manual` leaves every task pending until told."""
