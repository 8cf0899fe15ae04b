"""The fields of the create request: type, limits, default, aliases, source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.declared.field import Field, UnsupportedField
from seedance_contract.declared.limits import JsonType, Length, OneOf, Range
from seedance_contract.declared.media_limits import MediaUrl, Medium
from seedance_contract.declared.model import (
    ADAPTIVE,
    Models,
    all_aspect_ratios,
    all_durations,
    all_resolutions,
    max_references,
)
from seedance_contract.declared.models import MODELS, SEEDANCE_2_0
from seedance_contract.declared.sources import Source, assumed, guide, openapi, page


def _openapi_field(name: str) -> Source:
    return openapi(f"VideoGenerationRequest.{name}")


_CREATE = page("create-video: defaults")

# Also the length to which validation cuts a `user` that replaces a missing identifier.
MAX_SAFETY_IDENTIFIER = 128
"""The highest number of characters of a safety identifier."""


OUTPUT_FORMATS = ("mp4", "mov")
"""The containers of a video, on models that offer a choice. Source: openapi."""


def common_fields(models: Models) -> tuple[Field, ...]:
    """Return the fields that every operation takes.

    Their limits are the widest of `models`: they hold for a request whose model is not known.
    """
    return (
        Field(name="model", type=JsonType.STRING, source=guide("models")),
        Field(name="operation", type=JsonType.STRING, source=_openapi_field("operation")),
        # No document states an upper bound of the prompt.
        Field(name="prompt", type=JsonType.STRING, limits=(Length(1),), source=guide("operations")),
        Field(
            name="duration",
            type=JsonType.INTEGER,
            limits=(all_durations(models),),
            default=5,
            aliases=("seconds",),
            allowed_values_key="allowed_durations",
            source=page("volc-create: duration"),
        ),
        Field(
            name="resolution",
            type=JsonType.STRING,
            limits=(OneOf(all_resolutions(models)),),
            default="720p",
            allowed_values_key="allowed_resolutions",
            source=guide("resolution"),
        ),
        Field(
            name="aspect_ratio",
            type=JsonType.STRING,
            limits=(OneOf(all_aspect_ratios(models)),),
            default=ADAPTIVE,
            aliases=("ratio",),
            allowed_values_key="allowed_aspect_ratios",
            source=_openapi_field("aspect_ratio"),
        ),
        Field(
            name="output_audio",
            type=JsonType.BOOLEAN,
            default=True,
            aliases=("outputAudio", "generate_audio"),
            source=_CREATE,
        ),
        Field(name="watermark", type=JsonType.BOOLEAN, default=False, source=_CREATE),
        Field(
            name="return_last_frame",
            type=JsonType.BOOLEAN,
            default=False,
            source=_openapi_field("return_last_frame"),
        ),
        Field(
            name="seed",
            type=JsonType.INTEGER,
            limits=(Range(-1, 4_294_967_295),),
            default=-1,
            source=_openapi_field("seed"),
        ),
        Field(
            name="execution_expires_after",
            type=JsonType.INTEGER,
            limits=(Range(3_600, 259_200),),
            default=172_800,
            source=_openapi_field("execution_expires_after"),
        ),
        Field(
            name="priority",
            type=JsonType.INTEGER,
            limits=(Range(0, 9),),
            default=0,
            source=_openapi_field("priority"),
        ),
        Field(
            name="safety_identifier",
            type=JsonType.STRING,
            limits=(Length(0, MAX_SAFETY_IDENTIFIER),),
            source=_openapi_field("safety_identifier"),
        ),
        # `flex` is a value of the field, and a rule of its own refuses it: the error then says that
        # it is not supported, instead of listing the one value that is left.
        Field(
            name="service_tier",
            type=JsonType.STRING,
            limits=(OneOf(("default", "flex")),),
            no_op="default",
            source=_openapi_field("service_tier"),
        ),
        Field(
            name="output_format",
            type=JsonType.STRING,
            limits=(OneOf(OUTPUT_FORMATS),),
            source=_openapi_field("output_format"),
        ),
        Field(name="user", type=JsonType.STRING, source=_openapi_field("user")),
    )


def _media_field(name: str, medium: Medium, *, inline_only: bool = False) -> Field:
    limit = MediaUrl(medium, inline_only=inline_only)
    return Field(name=name, type=JsonType.STRING, limits=(limit,), source=_openapi_field(name))


def _reference_field(
    name: str,
    medium: Medium,
    models: Models,
    *,
    aliases: tuple[str, ...] = (),
    shares_limit_of: str | None = None,
) -> Field:
    return Field(
        name=name,
        type=JsonType.ARRAY,
        limits=(MediaUrl(medium, is_list=True),),
        aliases=aliases,
        item_range=(1, max_references(models, shares_limit_of or name)),
        shares_limit_of=shares_limit_of,
        source=_openapi_field(name),
    )


def input_fields(models: Models) -> tuple[Field, ...]:
    """Return the fields that belong to some operations only."""
    return (
        _media_field("image_url", Medium.IMAGE),
        _media_field("image", Medium.IMAGE, inline_only=True),
        # One entry is the image of image-to-video, several are reference images.
        _reference_field("image_urls", Medium.IMAGE, models, shares_limit_of="reference_images"),
        _reference_field("reference_images", Medium.IMAGE, models, aliases=("referenceImages",)),
        _media_field("video_url", Medium.VIDEO),
        _reference_field("video_urls", Medium.VIDEO, models),
        _reference_field("audio_urls", Medium.AUDIO, models),
        _media_field("start_image", Medium.IMAGE),
        _media_field("end_image", Medium.IMAGE),
        Field(
            name="task_id",
            type=JsonType.STRING,
            limits=(Length(1),),
            source=_openapi_field("task_id"),
        ),
        Field(
            name="extend_at",
            type=JsonType.INTEGER,
            limits=(Range(0, None),),
            source=_openapi_field("extend_at"),
        ),
        Field(name="extend_times", type=JsonType.STRING, source=_openapi_field("extend_times")),
    )


COMMON_FIELDS = common_fields(MODELS)
"""The fields that every operation takes."""

INPUT_FIELDS = input_fields(MODELS)
"""The fields that belong to some operations only."""

FIELDS: Mapping[str, Field] = MappingProxyType(
    {field.name: field for field in COMMON_FIELDS + INPUT_FIELDS}
)

PRIVATE_FIELDS: tuple[str, ...] = (
    "prompt",
    "user",
    "safety_identifier",
    *(field.name for field in INPUT_FIELDS),
)
"""Fields whose values no error and no log may repeat: text and media of the client."""

IMAGE_FIELDS: tuple[str, ...] = tuple(
    field.name
    for field in INPUT_FIELDS
    for limit in field.limits
    if isinstance(limit, MediaUrl) and limit.medium is Medium.IMAGE and not limit.inline_only
)
"""Fields whose values may name a material of the library."""

# No fields of `FIELDS`: whether a material exists depends on an account, which the rules of the
# contract do not know. See `MaterialAccessRule`.
MATERIAL_FIELDS = ("material_asset_id", "material_asset_ids")
MATERIAL_IDS_RANGE = (1, 9)
"""How many ids `material_asset_ids` has, at least and at most."""

MATERIALS_SOURCE = page("create-video: material library")


def _assumed_field(name: str, *aliases: str) -> UnsupportedField:
    question = f"whether {SEEDANCE_2_0} refuses {name}"
    return UnsupportedField(name=name, aliases=aliases, source=assumed(question))


UNSUPPORTED_FIELDS: Mapping[str, UnsupportedField] = MappingProxyType(
    {
        field.name: field
        for field in (
            UnsupportedField(name="frames", source=_openapi_field("frames")),
            UnsupportedField(name="camera_fixed", source=_openapi_field("camera_fixed")),
            UnsupportedField(name="draft", no_op_values=(False,), source=_openapi_field("draft")),
            UnsupportedField(name="draft_task_id", source=_openapi_field("draft_task_id")),
            UnsupportedField(name="kling_elements", source=_openapi_field("kling_elements")),
            _assumed_field("fps"),
            _assumed_field("negative_prompt"),
            _assumed_field("cfg_scale"),
            _assumed_field("motion_strength"),
            _assumed_field("size"),
            _assumed_field("effect_type"),
            _assumed_field("audio_url"),
            _assumed_field("reference_image_type", "referenceImageType"),
        )
    }
)

ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: field.name for field in FIELDS.values() for alias in field.aliases}
    | {alias: field.name for field in UNSUPPORTED_FIELDS.values() for alias in field.aliases}
)
"""Alias to canonical name."""

ALIASES_SOURCE = page("create-video: aliases")

KNOWN_NAMES: frozenset[str] = frozenset((*FIELDS, *UNSUPPORTED_FIELDS, *MATERIAL_FIELDS, *ALIASES))
"""Every field name that some document mentions."""
