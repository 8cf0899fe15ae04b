"""The models of the family, and what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.pixels import RESOLUTIONS
from seedance_contract.declared.sources import Source, assumed, guide, page

_GUIDE = guide("models")
_CANCEL = page("cancel-task")
_NINE_THREE_THREE = MappingProxyType({"reference_images": 9, "video_urls": 3, "audio_urls": 3})


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model: the resolutions it renders, how many references it takes, whether it cancels.

    `references` maps an input field of reference-to-video to its highest count.
    """

    id: str
    resolutions: tuple[str, ...]
    references: Mapping[str, int]
    references_source: Source = _GUIDE
    operations: tuple[str, ...] = tuple(OPERATIONS)
    cancellable: bool = True
    cancellable_source: Source = _CANCEL
    source: Source


FAMILY: tuple[Model, ...] = (
    Model(
        id="seedance-2.0",
        resolutions=RESOLUTIONS,
        references=_NINE_THREE_THREE,
        source=_GUIDE,
    ),
    Model(
        id="seedance-2.0-fast",
        resolutions=("480p", "720p"),
        references=_NINE_THREE_THREE,
        source=_GUIDE,
    ),
    Model(
        id="seedance-2.0-mini",
        resolutions=("480p", "720p"),
        references=_NINE_THREE_THREE,
        references_source=assumed("how many references seedance-2.0-mini takes"),
        cancellable=False,
        source=_GUIDE,
    ),
)

MODELS: Mapping[str, Model] = MappingProxyType({model.id: model for model in FAMILY})

PROVIDER = "bytedance"
CATEGORY = "video"
