"""The fields of the create request of v3, beside `model` and `content`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seedance_contract.declared.fields import OUTPUT_FORMATS
from seedance_contract.declared.limits import JsonType, Length, Limit, OneOf, Range
from seedance_contract.declared.media_limits import is_url
from seedance_contract.declared.model import ADAPTIVE, Model
from seedance_contract.declared.pixels import RATIOS
from seedance_contract.declared.sources import Source, openapi, page

MAX_V3_SAFETY_IDENTIFIER = 64
"""The highest number of characters of a safety identifier. v1 allows twice as many."""

MAX_CALLBACK_URL = 2_048
"""The highest number of characters of a callback URL."""

SERVICE_TIERS = ("default", "flex")
"""The service tiers that the documents name. No model here has the second one."""

WEB_SEARCH: Mapping[str, object] = MappingProxyType({"type": "web_search"})
"""The only entry that `tools` may have."""


def _field_source(name: str) -> Source:
    return openapi(f"CreateContentsGenerationsTasksRequest.{name}")


@dataclass(frozen=True, slots=True)
class CallbackUrl:
    """An http or https URL of a limited length."""

    id_suffix = "url"
    code = "invalid_url"

    def allows(self, value: object) -> bool:
        if not isinstance(value, str):
            return True
        return len(value) <= MAX_CALLBACK_URL and is_url(value) is not None

    def requirement(self) -> str:
        return f"be an http(s) URL with a host, of at most {MAX_CALLBACK_URL} characters"

    def valid_examples(self) -> tuple[object, ...]:
        start = "https://example.com/"
        return (f"{start}callback", start + "x" * (MAX_CALLBACK_URL - len(start)))

    def invalid_examples(self) -> tuple[object, ...]:
        long = "https://example.com/" + "x" * MAX_CALLBACK_URL
        return ("", "callback", "ftp://example.com/callback", long)

    def schema(self) -> Mapping[str, object]:
        return {"format": "uri", "maxLength": MAX_CALLBACK_URL}


@dataclass(frozen=True, slots=True, kw_only=True)
class V3Field:
    """A field of the create request of v3.

    Args:
        name: the name.
        type: the JSON type.
        limits: what holds on every model.
        model_limit: the limit of a model; None if all have `limits`.
        v1_name: the field of v1 with the same meaning; None if it has none.
        default: the value of an omitted field; None if an omitted field stays absent.
        refused: values that the field may have, but no model here supports.
        source: where it is documented.
    """

    name: str
    type: JsonType
    limits: tuple[Limit, ...] = ()
    model_limit: Callable[[Model], Limit] | None = None
    v1_name: str | None = None
    default: object = None
    refused: tuple[object, ...] = ()
    source: Source


# Per model, as 4k is a resolution of v1 only and the smaller models have fewer.
def _resolutions(model: Model) -> Limit:
    return OneOf(model.v3.resolutions if model.v3 else model.resolutions)


V3_FIELDS: Mapping[str, V3Field] = MappingProxyType(
    {
        field.name: field
        for field in (
            V3Field(
                name="ratio",
                type=JsonType.STRING,
                limits=(OneOf((*RATIOS, ADAPTIVE)),),
                v1_name="aspect_ratio",
                default=ADAPTIVE,
                source=_field_source("ratio"),
            ),
            V3Field(
                name="duration",
                type=JsonType.INTEGER,
                model_limit=lambda model: model.durations,
                v1_name="duration",
                default=5,
                source=_field_source("duration"),
            ),
            V3Field(
                name="resolution",
                type=JsonType.STRING,
                model_limit=_resolutions,
                v1_name="resolution",
                default="720p",
                source=_field_source("resolution"),
            ),
            V3Field(
                name="generate_audio",
                type=JsonType.BOOLEAN,
                v1_name="output_audio",
                default=True,
                source=_field_source("generate_audio"),
            ),
            V3Field(
                name="return_last_frame",
                type=JsonType.BOOLEAN,
                v1_name="return_last_frame",
                default=False,
                source=_field_source("return_last_frame"),
            ),
            V3Field(
                name="watermark",
                type=JsonType.BOOLEAN,
                v1_name="watermark",
                default=False,
                source=_field_source("watermark"),
            ),
            V3Field(
                name="seed",
                type=JsonType.INTEGER,
                limits=(Range(-1, 4_294_967_295),),
                v1_name="seed",
                default=-1,
                source=_field_source("seed"),
            ),
            V3Field(
                name="execution_expires_after",
                type=JsonType.INTEGER,
                limits=(Range(3_600, 259_200),),
                v1_name="execution_expires_after",
                default=172_800,
                source=_field_source("execution_expires_after"),
            ),
            V3Field(
                name="safety_identifier",
                type=JsonType.STRING,
                limits=(Length(0, MAX_V3_SAFETY_IDENTIFIER),),
                v1_name="safety_identifier",
                source=_field_source("safety_identifier"),
            ),
            V3Field(
                name="service_tier",
                type=JsonType.STRING,
                limits=(OneOf(SERVICE_TIERS),),
                default="default",
                refused=("flex",),
                source=_field_source("service_tier"),
            ),
            V3Field(
                name="draft",
                type=JsonType.BOOLEAN,
                refused=(True,),
                source=_field_source("draft"),
            ),
            V3Field(
                name="camera_fixed",
                type=JsonType.BOOLEAN,
                refused=(True,),
                source=_field_source("camera_fixed"),
            ),
            V3Field(
                name="callback_url",
                type=JsonType.STRING,
                limits=(CallbackUrl(),),
                source=page("create-volc: callback_url"),
            ),
            V3Field(
                name="priority",
                type=JsonType.INTEGER,
                limits=(Range(0, 9),),
                v1_name="priority",
                source=page("create-volc: priority"),
            ),
            V3Field(
                name="output_format",
                type=JsonType.STRING,
                limits=(OneOf(OUTPUT_FORMATS),),
                v1_name="output_format",
                source=page("create-volc: output_format"),
            ),
        )
    }
)
"""The fields by name, without those that have rules of their own."""

# Beside the closed body they would be unknown fields. Named, they get a reason of their own.
UNSUPPORTED_V3_FIELDS: Mapping[str, Source] = MappingProxyType(
    {
        "frames": _field_source("frames"),
        "material_asset_id": page("create-volc: materials"),
        "material_asset_ids": page("create-volc: materials"),
    }
)
"""Documented fields that no model here takes."""

# Without this exception the body that the SDK sends by itself would be refused.
NULL_ONLY_FIELDS = ("omni_reference_task_type",)
"""Fields that no document has, but that an SDK of the model's maker sends as null. Assumed."""

V3_FIELD_NAMES = frozenset(
    ("model", "content", "tools", *V3_FIELDS, *UNSUPPORTED_V3_FIELDS, *NULL_ONLY_FIELDS)
)
"""Every field name that some document of v3 mentions, or an SDK sends."""
