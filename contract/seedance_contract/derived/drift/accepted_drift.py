"""The accepted differences from the vendor's OpenAPI document of September 2026, with reasons.

A difference is accepted for one value of the vendor's document. If the vendor changes the value,
the difference is reported again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AcceptedDifference:
    """The value in the vendor's document, and why ours differs from it."""

    theirs: object
    reason: str


_PROSE = "documented in prose: rate limits, upstream errors, ownership and sizes"
_OTHER_FAMILIES = "other families take more; this one's own limit is documented elsewhere"
_NAMED_IN_PROSE = "named in prose, or on a page, not in the document"
_OTHER_MEDIA = "a result of another family: sound, text or 3D"
_OTHER_DETAIL = "a detail of other families' refusals"
_CREATE_ONLY = "theirs has it in the response to create only"

_UNLISTED = "assumed: its document lists few errors of these routes"
_BY_ALTERNATIVES = "theirs has two alternatives: -1, and a range"

_MISSING_STATUSES: Mapping[str, str] = {
    "createVideo": "403 413 415 502 504",
    "getTask": "404 429 502 503 504",
    "getVideoTask": "403 429 502 503 504",
    "cancelTask": "429 502 503 504",
    "listModels": "502 503 504",
    "getModel": "429 502 503 504",
    "getModelPricing": "429 502 503 504",
    "listPricing": "429 502 503 504",
    "createMaterial": "413 415 429 502 504",
    "listMaterials": "429 502 503 504",
    "getMaterial": "429 502 504",
    "updateMaterial": "413 415 429 502 504",
    "deleteMaterial": "429 502 504",
    "createMaterialGroup": "413 415 429 502 504",
    "listMaterialGroups": "429 502 503 504",
    "getMaterialGroup": "429 502 504",
    "updateMaterialGroup": "413 415 429 502 504",
    "deleteMaterialGroup": "429 502 504",
}
_UNLISTED_V3_STATUSES: Mapping[str, str] = {
    "createContentTask": "402 403 404 413 415 429 502 504",
    "getContentTask": "404 429 502 503 504",
    "listContentTasks": "429 502 503 504",
    "deleteContentTask": "404 409 429 502 503 504",
}
_V3_FIELDS_IN_PROSE = ("material_asset_id", "material_asset_ids", "output_format", "priority")
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
_OTHER_MEDIA_MEMBERS = (
    "audio_url",
    "data",
    "fbx_url",
    "glb_url",
    "lyrics",
    "model_url",
    "title",
)
_OTHER_DETAIL_MEMBERS = (
    "optional_selectors",
    "prompt_max_characters",
    "request_shape_mode",
    "status_mode",
)


def _accepted_groups() -> Iterator[tuple[str, AcceptedDifference]]:
    for operation, statuses in _MISSING_STATUSES.items():
        for status in statuses.split():
            yield f"{operation}.status.{status}", AcceptedDifference(None, _PROSE)
    for field in _UNDOCUMENTED_DEFAULTS:
        yield f"create.{field}.default", AcceptedDifference(None, _NAMED_IN_PROSE)
    for member in _OTHER_MEDIA_MEMBERS:
        yield f"task.{member}", AcceptedDifference(member, _OTHER_MEDIA)
    for member in _OTHER_DETAIL_MEMBERS:
        yield f"error.{member}", AcceptedDifference(member, _OTHER_DETAIL)
    for field in ("duration", "seconds"):
        yield f"create.{field}.enum", AcceptedDifference(None, _OTHER_FAMILIES)
        yield f"create.{field}.minimum", AcceptedDifference(-1, _OTHER_FAMILIES)
        yield f"create.{field}.maximum", AcceptedDifference(60, _OTHER_FAMILIES)


def _accepted_v3_groups() -> Iterator[tuple[str, AcceptedDifference]]:
    for operation, statuses in _UNLISTED_V3_STATUSES.items():
        for status in statuses.split():
            yield f"{operation}.status.{status}", AcceptedDifference(None, _UNLISTED)
    for field in _V3_FIELDS_IN_PROSE:
        yield f"v3.create.{field}", AcceptedDifference(None, _NAMED_IN_PROSE)
    parameter = "listContentTasks.parameter.query filter.service_tier.enum"
    yield parameter, AcceptedDifference(None, _NAMED_IN_PROSE)
    for keyword in ("type", "enum"):
        yield f"v3.create.duration.{keyword}", AcceptedDifference(None, _BY_ALTERNATIVES)


_CATEGORIES = [
    "3d",
    "audio",
    "chat",
    "embedding",
    "image",
    "music",
    "rerank",
    "stt",
    "translation",
    "tts",
    "video",
]
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
    **dict(_accepted_groups()),
    **dict(_accepted_v3_groups()),
    "listModels.parameter.query category.enum": AcceptedDifference(
        _CATEGORIES, "the page on models has the category decision, too"
    ),
    "create.referenceImageType": AcceptedDifference(None, _NAMED_IN_PROSE),
    "create.referenceImages": AcceptedDifference(None, _NAMED_IN_PROSE),
    "create.model.enum": AcceptedDifference(None, _OTHER_FAMILIES),
    "create.operation.enum": AcceptedDifference(
        _OPERATIONS, "audio-to-video and motion-control are not of this family"
    ),
    "create.prompt.minLength": AcceptedDifference(
        None, "the guide requires a prompt that is not empty"
    ),
    "create.service_tier.enum": AcceptedDifference(
        ["default", "flex"], "flex is refused on Seedance 2.0"
    ),
    "create.draft.type": AcceptedDifference("boolean", "its only value implies the type"),
    "create.draft.enum": AcceptedDifference(None, "draft=true is refused on Seedance 2.0"),
    "create.draft.default": AcceptedDifference(
        False, "false is the only accepted value, and has no effect"
    ),
    "create.image_urls.minItems": AcceptedDifference(
        1, "one entry is image-to-video; ours is the limit of reference-to-video"
    ),
    "create.task_id.minLength": AcceptedDifference(None, "an empty id names no task"),
    "v3.create.omni_reference_task_type": AcceptedDifference(
        None, "an SDK of the model's maker sends it as null, which is accepted"
    ),
    "error.validation_errors_omitted": AcceptedDifference(
        None, "ours: how many violations a long list leaves out"
    ),
    "task.content": AcceptedDifference(None, _CREATE_ONLY),
    "task.last_frame_url": AcceptedDifference(None, _CREATE_ONLY),
}
"""The accepted differences by id."""
