"""What a video costs: tokens, and USD as exact decimals."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.model import ADAPTIVE, MODEL_CHOOSES, Model
from seedance_contract.declared.prices import (
    CNY_PER_USD,
    DEFAULT_INPUT_SECONDS,
    FRAMES_PER_SECOND,
    PIXELS_PER_TOKEN,
    USD_STEP,
)

Request = Mapping[str, object]
"""A normalised request: `Accepted.request`."""

_MEDIA_FIELDS = (
    *(name for name in FIELDS if name.endswith(("image", "images", "_url", "_urls"))),
    "task_id",
)
_PICK_FIELDS = ("prompt", "seed", *_MEDIA_FIELDS)
"""The fields on which it depends what a model chooses."""


class Video(NamedTuple):
    """A video to be generated.

    `seconds` is its own length, `input_seconds` that of all its input videos together.
    """

    model: str
    resolution: str
    ratio: str
    seconds: int
    input_seconds: int = 0
    has_video_input: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """`(width, height)` in px, if the model is one of the declared contract."""
        return frame_size(self)


def frame_size(video: Video, contract: Contract = CONTRACT) -> tuple[int, int]:
    """Return the `(width, height)` of a video in px."""
    return contract.models[video.model].pixels[video.resolution, video.ratio]


def requested_video(
    request: Request,
    *,
    input_seconds: int = DEFAULT_INPUT_SECONDS,
    continued_seconds: int | None = None,
    contract: Contract = CONTRACT,
) -> Video:
    """Return the video that a normalised request describes.

    Args:
        request: the request. What it leaves to the model depends on nothing but the request.
        input_seconds: the assumed length of each input video, in seconds.
        continued_seconds: the length of the task that the request continues; None without one.
        contract: the models.
    """
    input_count = _input_video_count(request)
    model = contract.models[str(request["model"])]
    return _video(
        model.id,
        str(request["resolution"]),
        _ratio(request, model),
        _seconds(request, model),
        input_count * input_seconds if continued_seconds is None else continued_seconds,
        input_count > 0 or continued_seconds is not None,
    )


# Many requests ask for the same video: all tasks for it share one immutable object.
_video = lru_cache(maxsize=1024)(Video)


def _input_video_count(request: Request) -> int:
    video_urls = request.get("video_urls", [])
    assert isinstance(video_urls, list)
    return len(video_urls) + ("video_url" in request) + ("task_id" in request)


def _pick(request: Request, purpose: str, count: int) -> int:
    """Return a number below `count`, always the same for the same prompt, seed and media."""
    parts = [purpose]
    for name in _PICK_FIELDS:
        if name in request:
            value = request[name]
            parts += value if isinstance(value, list) else (str(value),)
    # Python's own `hash` of a string differs from process to process. A lone surrogate is legal
    # here, for callers whose request did not come as UTF-8.
    return zlib.crc32(" ".join(parts).encode(errors="surrogatepass")) % count


def _ratio(request: Request, model: Model) -> str:
    requested = str(request["aspect_ratio"])
    if requested != ADAPTIVE:
        return requested
    ratios = model.output_ratios
    # Assumed: 16:9 for text, and any ratio for media, as the media are not read.
    if request.keys().isdisjoint(_MEDIA_FIELDS):
        return ratios[0]
    return ratios[_pick(request, "ratio", len(ratios))]


def _seconds(request: Request, model: Model) -> int:
    requested = request["duration"]
    assert isinstance(requested, int)
    if requested != MODEL_CHOOSES:
        return requested
    shortest, longest = model.durations.low, _longest(model)
    return shortest + _pick(request, "duration", longest - shortest + 1)


def _longest(model: Model) -> int:
    assert model.durations.high is not None
    return model.durations.high


def token_count(video: Video, contract: Contract = CONTRACT) -> int:
    """Return the tokens of a video. Source: price list."""
    width, height = frame_size(video, contract)
    frames = FRAMES_PER_SECOND * (video.seconds + video.input_seconds) + 1
    if video.has_video_input:
        # The floor is D + ceil(2D / 3) seconds. Negating twice rounds up in integer arithmetic.
        floor = video.seconds + -(-2 * video.seconds // 3)
        frames = max(frames, floor * FRAMES_PER_SECOND)
    # Assumed: a fraction of a token counts as one.
    return -(-width * height * frames // PIXELS_PER_TOKEN)


def usd_per_million(cny: Decimal) -> Decimal:
    """Return a price per million tokens in USD."""
    return (cny / CNY_PER_USD).quantize(USD_STEP, ROUND_HALF_UP)


@lru_cache(maxsize=1024)
def cost_usd(video: Video, contract: Contract = CONTRACT) -> Decimal:
    """Return what a video costs in USD, with eight decimals."""
    price = contract.models[video.model].price(video.resolution)
    cny = price.with_video if video.has_video_input else price.without_video
    # Rounded once, at the end: rounding the price first would change the last decimals.
    cost = token_count(video, contract) * cny / CNY_PER_USD / 1_000_000
    return cost.quantize(USD_STEP, ROUND_HALF_UP)


def estimated_cost(request: Request, video: Video, contract: Contract = CONTRACT) -> Decimal:
    """Return the amount that a create request reserves.

    It is the cost of the video, or of the longest one if the model chooses the length.
    """
    if request["duration"] != MODEL_CHOOSES:
        return cost_usd(video, contract)
    longest = _longest(contract.models[video.model])
    return cost_usd(video._replace(seconds=longest), contract)


def cheaper_models(video: Video, contract: Contract = CONTRACT) -> list[str]:
    """Return the models that make the same video for less, the cheapest first."""
    costs = {
        model.id: cost_usd(video._replace(model=model.id), contract)
        for model in contract.models.values()
        if video.resolution in model.resolutions
        and video.ratio in model.output_ratios
        and (video.seconds <= _longest(model))
    }
    limit = cost_usd(video, contract)
    return sorted((name for name in costs if costs[name] < limit), key=costs.__getitem__)
