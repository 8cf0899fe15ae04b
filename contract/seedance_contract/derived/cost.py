"""What a video costs: tokens, and USD as exact decimals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.limits import Range
from seedance_contract.declared.pixels import PIXELS, RATIOS
from seedance_contract.declared.prices import (
    CNY_PER_USD,
    DEFAULT_INPUT_SECONDS,
    FRAMES_PER_SECOND,
    PIXELS_PER_TOKEN,
    PRICE_OF,
    USD_STEP,
)

Request = Mapping[str, object]
"""A normalised request, as `check` gives it."""

_MEDIA = frozenset(
    name for name in FIELDS if name.endswith(("image", "images", "_url", "_urls"))
).union(["task_id"])
[_DURATION] = [limit for limit in FIELDS["duration"].limits if isinstance(limit, Range)]


class Video(NamedTuple):
    """A video as it will be made: `width` and `height` in px, seconds out and in."""

    model: str
    resolution: str
    ratio: str
    seconds: int
    input_seconds: int = 0
    has_video_input: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """`(width, height)` in px."""
        return PIXELS[self.resolution, self.ratio]


def _pick(request: Request, purpose: str, count: int) -> int:
    """Choose one of `count`, always the same for the same request."""
    text = json.dumps([purpose, request], sort_keys=True)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) % count


def requested_video(
    request: Request,
    *,
    input_seconds: int = DEFAULT_INPUT_SECONDS,
    continued_seconds: int | None = None,
) -> Video:
    """Return the video that a normalised request makes.

    Args:
        request: normalised, so that every choice left to the model can be made from it.
        input_seconds: assumed length of each input video, in seconds.
        continued_seconds: length of the task that is continued; None where there is none.
    """
    videos = _videos(request)
    return _video(
        str(request["model"]),
        str(request["resolution"]),
        _ratio(request),
        _seconds(request),
        videos * input_seconds if continued_seconds is None else continued_seconds,
        videos > 0 or continued_seconds is not None,
    )


_video = lru_cache(maxsize=1024)(Video)
"""Makes a video, once: many requests ask for the same."""


def _videos(request: Request) -> int:
    listed = request.get("video_urls", [])
    assert isinstance(listed, list)
    return len(listed) + ("video_url" in request) + ("task_id" in request)


def _ratio(request: Request) -> str:
    asked = str(request["aspect_ratio"])
    if asked != "adaptive":
        return asked
    if _MEDIA.isdisjoint(request):
        return RATIOS[0]
    return RATIOS[_pick(request, "ratio", len(RATIOS))]


def _seconds(request: Request) -> int:
    asked = request["duration"]
    assert isinstance(asked, int)
    if asked >= 0:
        return asked
    assert _DURATION.high is not None
    return _DURATION.low + _pick(request, "duration", _DURATION.high - _DURATION.low + 1)


def token_count(video: Video) -> int:
    """Return the tokens that a video counts. Source: price list."""
    width, height = video.size
    frames = FRAMES_PER_SECOND * (video.seconds + video.input_seconds) + 1
    if video.has_video_input:
        floor = video.seconds + -(-2 * video.seconds // 3)
        frames = max(frames, floor * FRAMES_PER_SECOND)
    return -(-width * height * frames // PIXELS_PER_TOKEN)


def usd_per_million(cny: Decimal) -> Decimal:
    """Return a price per million tokens in USD."""
    return (cny / CNY_PER_USD).quantize(USD_STEP, ROUND_HALF_UP)


@lru_cache(maxsize=1024)
def cost_usd(video: Video) -> Decimal:
    """Return what a video costs in USD, with eight decimals."""
    price = PRICE_OF[video.model, video.resolution]
    cny = price.with_video if video.has_video_input else price.without_video
    return (token_count(video) * cny / CNY_PER_USD / 1_000_000).quantize(USD_STEP, ROUND_HALF_UP)


def estimated_cost(request: Request, video: Video) -> Decimal:
    """Return what create reserves: the price, of the longest video where the model chooses."""
    if request["duration"] != -1:
        return cost_usd(video)
    assert _DURATION.high is not None
    return cost_usd(video._replace(seconds=_DURATION.high))


def cheaper_models(video: Video) -> list[str]:
    """Return the models that would make the same video for less, the cheapest first."""
    rivals = {
        model: cost_usd(video._replace(model=model))
        for model, resolution in PRICE_OF
        if resolution == video.resolution
    }
    return sorted(
        (one for one in rivals if rivals[one] < rivals[video.model]), key=rivals.__getitem__
    )
