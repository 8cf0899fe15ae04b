"""The differences from the vendor's OpenAPI document that are known, each with its reason.

Each counts for the value that the document had when it was looked at; another value is news.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AcceptedDifference:
    """What the vendor's document has in a place, and why ours differs."""

    theirs: object
    reason: str


_PROSE = "documented in prose: rate limits, upstream errors, ownership and sizes"
_FAMILY = "other families take more; this one's own limit is documented elsewhere"
_NAMED = "named in prose, or on a page, not in the document"
_OTHER_MEDIA = "a result of another family: sound, text or 3D"
_OTHER_DETAIL = "a detail of other families' refusals"
_CREATED = "theirs has it in the answer to create only"

_MISSING_STATUSES: Mapping[str, str] = {
    "createVideo": "403 413 502 503 504",
    "getTask": "404 429 502 503 504",
    "getVideoTask": "403 429 502 503 504",
    "cancelTask": "429 502 503 504",
    "listModels": "502 503 504",
    "getModel": "429 502 503 504",
    "getModelPricing": "429 502 503 504",
    "listPricing": "429 502 503 504",
}
_UNDOCUMENTED_DEFAULTS = (
    "duration",
    "seconds",
    "resolution",
    "aspect_ratio",
    "ratio",
    "output_audio",
    "outputAudio",
    "generate_audio",
    "watermark",
    "seed",
)
_MEDIA_OF_OTHERS = (
    "audio_url",
    "data",
    "fbx_url",
    "glb_url",
    "lyrics",
    "model_url",
    "title",
)
_DETAILS_OF_OTHERS = (
    "optional_selectors",
    "prompt_max_characters",
    "request_shape_mode",
    "status_mode",
)


def _listed() -> Iterator[tuple[str, AcceptedDifference]]:
    for operation, statuses in _MISSING_STATUSES.items():
        yield from (
            (f"{operation}.status.{one}", AcceptedDifference(None, _PROSE))
            for one in statuses.split()
        )
    yield from (
        (f"create.{one}.default", AcceptedDifference(None, _NAMED))
        for one in _UNDOCUMENTED_DEFAULTS
    )
    yield from ((f"task.{one}", AcceptedDifference(one, _OTHER_MEDIA)) for one in _MEDIA_OF_OTHERS)
    yield from (
        (f"error.{one}", AcceptedDifference(one, _OTHER_DETAIL)) for one in _DETAILS_OF_OTHERS
    )
    for field in ("duration", "seconds"):
        yield f"create.{field}.enum", AcceptedDifference(None, _FAMILY)
        yield f"create.{field}.minimum", AcceptedDifference(-1, _FAMILY)
        yield f"create.{field}.maximum", AcceptedDifference(60, _FAMILY)


_OPERATIONS = [
    "audio-to-video",
    "image-to-video",
    "motion-control",
    "reference-to-video",
    "start-end-to-video",
    "text-to-video",
    "video-extension",
    "video-to-video",
]

ACCEPTED: Mapping[str, AcceptedDifference] = {
    **dict(_listed()),
    "create.referenceImageType": AcceptedDifference(None, _NAMED),
    "create.referenceImages": AcceptedDifference(None, _NAMED),
    "create.model.enum": AcceptedDifference(None, _FAMILY),
    "create.operation.enum": AcceptedDifference(
        _OPERATIONS, "audio-to-video and motion-control are not of this family"
    ),
    "create.prompt.minLength": AcceptedDifference(
        None, "the guide asks for a prompt that is not empty"
    ),
    "create.service_tier.enum": AcceptedDifference(
        ["default", "flex"], "flex is refused on Seedance 2.0"
    ),
    "create.draft.type": AcceptedDifference("boolean", "its one value says it"),
    "create.draft.enum": AcceptedDifference(None, "draft=true is refused on Seedance 2.0"),
    "create.draft.default": AcceptedDifference(
        False, "false is the one value taken, and does nothing"
    ),
    "create.image_urls.maxItems": AcceptedDifference(9, "image-to-video starts from one image"),
    "create.task_id.minLength": AcceptedDifference(None, "an empty id names no task"),
    "task.content": AcceptedDifference(None, _CREATED),
    "task.last_frame_url": AcceptedDifference(None, _CREATED),
    "error.request_id": AcceptedDifference(None, "named in prose"),
}
"""Id of a difference to what is known of it."""
