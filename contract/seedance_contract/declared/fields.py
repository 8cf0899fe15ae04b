"""The fields of the create request: type, limits, default, spellings, source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seedance_contract.declared.limits import (
    Length,
    Limit,
    Media,
    Medium,
    OneOf,
    Range,
    Type,
)
from seedance_contract.declared.pixels import RATIOS, RESOLUTIONS
from seedance_contract.declared.sources import Source, assumed, guide, openapi, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the request.

    `aliases` are other spellings of its name. `default` is what an omitted field means,
    None where it means nothing; `no_op` is a value that changes nothing. `items` is the
    documented span of an array's length.
    `allowed_as` names the member of an error that lists the field's legal values.
    """

    name: str
    type: Type
    source: Source
    limits: tuple[Limit, ...] = ()
    default: object = None
    no_op: object = None
    aliases: tuple[str, ...] = ()
    items: tuple[int, int] | None = None
    allowed_as: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """The canonical name and its aliases."""
        return (self.name, *self.aliases)

    def samples(self) -> tuple[object, ...]:
        """Return legal values, the most ordinary first."""
        for limit in self.limits:
            return limit.good()
        return (True, False) if self.type is Type.BOOLEAN else ("text",)

    def entry(self) -> object:
        """Return a legal entry of an array field."""
        sample = self.samples()[0]
        assert isinstance(sample, list)
        return sample[0]


def _request(name: str) -> Source:
    return openapi(f"VideoGenerationRequest.{name}")


_ALIASES = page("create-video: aliases")
_CREATE = page("create-video: defaults")

IDENTIFIER = 128
"""The most characters of a safety identifier."""

SELECTORS: tuple[Field, ...] = (
    Field(name="model", type=Type.STRING, source=guide("models")),
    Field(name="operation", type=Type.STRING, source=_request("operation")),
    Field(name="prompt", type=Type.STRING, limits=(Length(1),), source=guide("operations")),
    Field(
        name="duration",
        type=Type.INTEGER,
        limits=(Range(4, 15, besides=(-1,)),),
        default=5,
        aliases=("seconds",),
        allowed_as="allowed_durations",
        source=page("volc-create: duration"),
    ),
    Field(
        name="resolution",
        type=Type.STRING,
        limits=(OneOf(RESOLUTIONS),),
        default="720p",
        allowed_as="allowed_resolutions",
        source=guide("resolution"),
    ),
    Field(
        name="aspect_ratio",
        type=Type.STRING,
        limits=(OneOf(("adaptive", *RATIOS)),),
        default="adaptive",
        aliases=("ratio",),
        allowed_as="allowed_aspect_ratios",
        source=_request("aspect_ratio"),
    ),
    Field(
        name="output_audio",
        type=Type.BOOLEAN,
        default=True,
        aliases=("outputAudio", "generate_audio"),
        source=_CREATE,
    ),
    Field(name="watermark", type=Type.BOOLEAN, default=False, source=_CREATE),
    Field(
        name="return_last_frame",
        type=Type.BOOLEAN,
        default=False,
        source=_request("return_last_frame"),
    ),
    Field(
        name="seed",
        type=Type.INTEGER,
        limits=(Range(-1, 4_294_967_295),),
        default=-1,
        source=_request("seed"),
    ),
    Field(
        name="execution_expires_after",
        type=Type.INTEGER,
        limits=(Range(3_600, 259_200),),
        default=172_800,
        source=_request("execution_expires_after"),
    ),
    Field(
        name="priority",
        type=Type.INTEGER,
        limits=(Range(0, 9),),
        default=0,
        source=_request("priority"),
    ),
    Field(
        name="safety_identifier",
        type=Type.STRING,
        limits=(Length(0, IDENTIFIER),),
        source=_request("safety_identifier"),
    ),
    Field(
        name="service_tier",
        type=Type.STRING,
        limits=(OneOf(("default", "flex")),),
        no_op="default",
        source=_request("service_tier"),
    ),
    Field(name="user", type=Type.STRING, source=_request("user")),
)
"""Fields that every operation takes."""


def _media(name: str, medium: Medium, *, inline_only: bool = False) -> Field:
    limit = Media(medium, inline_only=inline_only)
    return Field(name=name, type=Type.STRING, limits=(limit,), source=_request(name))


def _list(name: str, medium: Medium, most: int, aliases: tuple[str, ...] = ()) -> Field:
    return Field(
        name=name,
        type=Type.ARRAY,
        limits=(Media(medium, listed=True),),
        aliases=aliases,
        items=(1, most),
        source=_request(name),
    )


INPUTS: tuple[Field, ...] = (
    _media("image_url", Medium.IMAGE),
    _media("image", Medium.IMAGE, inline_only=True),
    _list("image_urls", Medium.IMAGE, 9),
    _list("reference_images", Medium.IMAGE, 9, aliases=("referenceImages",)),
    _media("video_url", Medium.VIDEO),
    _list("video_urls", Medium.VIDEO, 3),
    _list("audio_urls", Medium.AUDIO, 3),
    _media("start_image", Medium.IMAGE),
    _media("end_image", Medium.IMAGE),
    Field(name="task_id", type=Type.STRING, limits=(Length(1),), source=_request("task_id")),
    Field(
        name="extend_at",
        type=Type.INTEGER,
        limits=(Range(0, None),),
        source=_request("extend_at"),
    ),
    Field(name="extend_times", type=Type.STRING, source=_request("extend_times")),
)
"""Fields that belong to some operations only."""

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in SELECTORS + INPUTS})

PRIVATE: tuple[str, ...] = (
    "prompt",
    "user",
    "safety_identifier",
    *(field.name for field in INPUTS),
)
"""What a client says in words and media of its own: never repeated in an error or a log."""

IMAGES: tuple[str, ...] = tuple(
    field.name
    for field in INPUTS
    for limit in field.limits
    if isinstance(limit, Media) and limit.medium is Medium.IMAGE and not limit.inline_only
)
"""Fields whose values may name a material of the library."""

MATERIALS = ("material_asset_id", "material_asset_ids")
MATERIALS_SOURCE = page("create-video: material library")


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A field of other families that this one refuses; `no_op` values change nothing."""

    name: str
    source: Source
    aliases: tuple[str, ...] = ()
    no_op: tuple[object, ...] = ()


def _assumed(name: str, *aliases: str) -> Foreign:
    return Foreign(
        name=name, aliases=aliases, source=assumed(f"whether Seedance 2.0 refuses {name}")
    )


FOREIGN: Mapping[str, Foreign] = MappingProxyType(
    {
        field.name: field
        for field in (
            Foreign(name="frames", source=_request("frames")),
            Foreign(name="camera_fixed", source=_request("camera_fixed")),
            Foreign(name="draft", no_op=(False,), source=_request("draft")),
            Foreign(name="draft_task_id", source=_request("draft_task_id")),
            Foreign(name="kling_elements", source=_request("kling_elements")),
            _assumed("fps"),
            _assumed("negative_prompt"),
            _assumed("cfg_scale"),
            _assumed("motion_strength"),
            _assumed("size"),
            _assumed("effect_type"),
            _assumed("audio_url"),
            _assumed("reference_image_type", "referenceImageType"),
        )
    }
)

ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: field.name for field in FIELDS.values() for alias in field.aliases}
    | {alias: field.name for field in FOREIGN.values() for alias in field.aliases}
)
"""Other spelling to canonical name."""

ALIASES_SOURCE = _ALIASES

KNOWN: frozenset[str] = frozenset((*FIELDS, *FOREIGN, *MATERIALS, *ALIASES))
"""Every name that some document mentions."""
