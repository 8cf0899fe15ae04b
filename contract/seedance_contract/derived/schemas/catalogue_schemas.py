"""The JSON Schemas of the Models and Pricing routes."""

from __future__ import annotations

from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import CATEGORY, PROVIDER
from seedance_contract.derived.schemas.schema_objects import (
    NULLABLE_STRING,
    OBJECT,
    STRING,
    STRINGS,
    TIME,
    USD_AMOUNT,
    closed_object,
    open_object,
    schema_reference,
    with_optional,
)

# The vendor's document closes the items of both lists (`additionalProperties: false`): what belongs
# to the detail of a model must not appear in them.
_PRICE_SUMMARY = closed_object(
    currency={"const": "USD"},
    unit=STRING,
    min_price=USD_AMOUNT,
    max_price=USD_AMOUNT,
    display=STRING,
)
_LIFECYCLE = closed_object(
    stage={"enum": ["active", "preview", "deprecated", "retired"]},
    reason=NULLABLE_STRING,
    replacement_model=NULLABLE_STRING,
    released_at=NULLABLE_STRING,
    deprecated_at=NULLABLE_STRING,
    retired_at=NULLABLE_STRING,
    sunset_at=NULLABLE_STRING,
    latest={"type": "boolean"},
    latest_source={"enum": ["auto", "override", "none"]},
    latest_window_days={"type": ["integer", "null"]},
)
_COMMERCIAL = closed_object(
    user_charge_policy={"enum": ["paid", "free"]},
    free_reason=NULLABLE_STRING,
    free_until=NULLABLE_STRING,
)
_DISCOVERY: dict[str, Schema] = {
    "aliases": STRINGS,
    "pricing": _PRICE_SUMMARY,
    "capabilities": STRINGS,
    "providers": STRINGS,
    "max_input_tokens": {"type": "null"},
    "max_output_tokens": {"type": "null"},
    "category": {"const": CATEGORY},
    "pricing_unit": STRING,
    "cache_pricing": {"type": "null"},
    "has_complex_pricing": {"const": True},
    "pricing_summary": _PRICE_SUMMARY,
    "lifecycle": _LIFECYCLE,
    "commercial": _COMMERCIAL,
    "badges": {"type": "array", "maxItems": 0},
}
_FORMAT_SUMMARY = closed_object(
    public_operations=STRINGS, request_endpoint=STRING, request_endpoint_by_operation=OBJECT
)
_CONSTRAINT = closed_object(
    operation=STRING,
    request_endpoint=STRING,
    status_mode=STRING,
    supported_parameters=STRINGS,
    required_selectors=STRINGS,
    optional_selectors=STRINGS,
    documented_inputs=STRINGS,
    allowed_resolutions=STRINGS,
    allowed_durations=STRINGS,
    allowed_aspect_ratios=STRINGS,
)
_FORMAT = open_object(
    {
        "supported_parameters": STRINGS,
        "resolutions": STRINGS,
        "durations": STRINGS,
        "aspect_ratios": STRINGS,
        "reference_limits": OBJECT,
        "operation_constraints": {"type": "array", "items": _CONSTRAINT},
        "recommended_request": schema_reference("VideoRequest"),
    }
)
_RECOMMENDATION = closed_object(
    preferred_rank={"type": "integer"},
    success_rate_24h={"type": ["number", "null"]},
    sample_count_24h={"type": "integer"},
    status={"enum": ["ready", "insufficient_samples"]},
)


_COMPACT_PRICING = closed_object(
    unit=STRING,
    currency={"const": "USD"},
    min_price=USD_AMOUNT,
    max_price=USD_AMOUNT,
    has_complex_pricing={"const": True},
)
_PRICING_ROW = closed_object(
    resolutions=STRINGS,
    video_input={"type": "boolean"},
    usd_per_1m_tokens=USD_AMOUNT,
    cny_per_1m_tokens=USD_AMOUNT,
)


def _model(models: Schema, extension: Schema) -> Schema:
    return closed_object(
        id=models,
        object={"const": "model"},
        created=TIME,
        owned_by={"const": PROVIDER},
        tokenlab=extension,
    )


def _list(item: str, **members: Schema) -> Schema:
    data: Schema = {"type": "array", "items": schema_reference(item)}
    return closed_object(object={"const": "list"}, **members, data=data)


def catalogue_schemas(models: Schema) -> dict[str, Schema]:
    """Return the named schemas of the catalogue; `models` is the schema of a model id."""
    return {
        "ModelListItem": _model(
            models,
            with_optional(
                closed_object(**_DISCOVERY, request_format_summary=_FORMAT_SUMMARY),
                agent_preferences=OBJECT,
            ),
        ),
        "ModelList": _list("ModelListItem"),
        "CompactModel": with_optional(
            closed_object(
                id=models,
                provider={"const": PROVIDER},
                category={"const": CATEGORY},
                capabilities=STRINGS,
                max_input_tokens={"type": "null"},
                max_output_tokens={"type": "null"},
                pricing=_COMPACT_PRICING,
                status=STRING,
                latest={"type": "boolean"},
                request_endpoint=STRING,
            ),
            recommendation=_RECOMMENDATION,
        ),
        "CompactModelList": _list(
            "CompactModel", view={"const": "compact"}, count={"type": "integer", "minimum": 0}
        ),
        "Model": _model(
            models,
            closed_object(
                **_DISCOVERY,
                supported_operations=STRINGS,
                pricing_provenance=OBJECT,
                request_format_details=_FORMAT,
                accepted_request_formats={"type": "array", "maxItems": 0},
            ),
        ),
        "ModelPricing": closed_object(
            model=models,
            pricing_unit=STRING,
            has_complex_pricing={"const": True},
            supported_operations=STRINGS,
            pricing_summary=_PRICE_SUMMARY,
            pricing_provenance=OBJECT,
            pricing_details=closed_object(
                formula=STRING, rows={"type": "array", "items": _PRICING_ROW, "minItems": 2}
            ),
        ),
        "PricingEntry": closed_object(
            model=models,
            provider={"const": PROVIDER},
            is_lock_price={"type": "boolean"},
            capabilities=STRINGS,
            aliases=STRINGS,
            input_per_1m_tokens=NULLABLE_STRING,
            output_per_1m_tokens=NULLABLE_STRING,
            lock_price_per_request=NULLABLE_STRING,
            has_complex_pricing={"const": True},
            supported_operations=STRINGS,
            pricing_summary=_PRICE_SUMMARY,
            pricing_provenance=OBJECT,
        ),
        "PricingList": closed_object(
            object={"const": "pricing"},
            updated_at={"type": "string", "format": "date-time"},
            currency={"const": "USD"},
            data={"type": "array", "items": schema_reference("PricingEntry")},
        ),
    }
