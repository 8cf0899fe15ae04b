"""The size of a video in pixels, by resolution and aspect ratio."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.declared.sources import price_list

PIXELS_SOURCE = price_list("output pixels")

RATIOS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
"""The aspect ratios of a video, in the order of the table's columns."""

# The sizes are copied from the price list. They cannot be computed from the ratio: at 480p they
# differ from it by up to 2.1 % (16:9 is 864×496).
_ROWS = {
    "480p": ((864, 496), (752, 560), (640, 640), (560, 752), (496, 864), (992, 432)),
    "720p": ((1280, 720), (1112, 834), (960, 960), (834, 1112), (720, 1280), (1470, 630)),
    "1080p": ((1920, 1080), (1664, 1248), (1440, 1440), (1248, 1664), (1080, 1920), (2206, 946)),
    "4k": ((3840, 2160), (3326, 2494), (2880, 2880), (2494, 3326), (2160, 3840), (4398, 1886)),
}

RESOLUTIONS = tuple(_ROWS)

PIXELS: Mapping[tuple[str, str], tuple[int, int]] = MappingProxyType(
    {
        (resolution, ratio): size
        for resolution, sizes in _ROWS.items()
        for ratio, size in zip(RATIOS, sizes, strict=True)
    }
)
"""`(resolution, aspect ratio)` to `(width, height)` in px."""
