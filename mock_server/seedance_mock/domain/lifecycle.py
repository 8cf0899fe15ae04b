"""The lifecycles: functions from a task's id and video to its durations."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from seedance_contract.declared.models import MODELS
from seedance_contract.derived.cost import Video

Durations = tuple[float, float]
"""Seconds that a task waits in the queue, and seconds that it runs."""

Lifecycle = Callable[[str, Video], Durations]


QUICK: Durations = (1.0, 4.0)


def _quick(task_id: str, video: Video) -> Durations:
    return QUICK


def _instant(task_id: str, video: Video) -> Durations:
    return 0.0, 0.0


def _manual(task_id: str, video: Video) -> Durations:
    return math.inf, math.inf


_PIXELS_720P = 1280 * 720


def _realistic(task_id: str, video: Video) -> Durations:
    """Wait 5 to 35 s, then run for a time that grows with the model, the pixels and the length.

    The documents give no durations. The price is used as a measure of the model's effort: an
    assumption that gives plausible magnitudes.
    """
    # A digest of the id, not a random number: ids repeat under a seed, and so do durations.
    digest = hashlib.blake2b(task_id.encode(), digest_size=4).digest()
    queue_fraction, run_fraction = (
        int.from_bytes(half) / 0xFFFF for half in (digest[:2], digest[2:])
    )
    width, height = video.size
    effort = float(MODELS[video.model].price(video.resolution).without_video) / 8
    work = effort * video.seconds * math.sqrt(width * height / _PIXELS_720P)
    return 5 + 30 * queue_fraction, 15 + work * (0.8 + 0.4 * run_fraction)


MATERIAL_SECONDS: Mapping[str, float] = MappingProxyType(
    {"quick": 2.0, "realistic": 20.0, "instant": 0.0, "manual": math.inf}
)
"""Lifecycle to how long a material is processed. Assumed: the documents give no duration."""

LIFECYCLES: Mapping[str, Lifecycle] = MappingProxyType(
    {"quick": _quick, "realistic": _realistic, "instant": _instant, "manual": _manual}
)
"""`quick` suits a person who tries the mock. `manual` keeps tasks pending until they are forced."""
