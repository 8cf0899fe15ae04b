"""The JSON Schemas of the answers: tasks, errors, models, prices."""

from __future__ import annotations

from seedance_contract.declared.errors import ERROR_TYPES
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import CATEGORY, MODELS, PROVIDER
from seedance_contract.declared.tasks import CANCELLED_MESSAGE, TASK_ID_PATTERN, Status
from seedance_contract.derived.request_schema import SCHEMA_PREFIX

USD = r"^[0-9]+(\.[0-9]{1,8})?$"

_STRING: Schema = {"type": "string"}
_STRINGS: Schema = {"type": "array", "items": _STRING}
_OBJECT: Schema = {"type": "object"}
_TIME: Schema = {"type": "integer", "minimum": 0}
_NULLABLE: Schema = {"type": ["string", "null"]}
_WEB: Schema = {"type": "string", "pattern": "^https?://"}
_PRICE: Schema = {"type": "string", "pattern": USD}


def _closed(**properties: Schema) -> dict[str, object]:
    """Return an object with these members, all required, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _open(required: dict[str, Schema], **optional: Schema) -> dict[str, object]:
    return {"type": "object", "properties": required | optional, "required": list(required)}


def _ref(name: str) -> Schema:
    return {"$ref": SCHEMA_PREFIX + name}


_ID: Schema = {"type": "string", "pattern": TASK_ID_PATTERN}
_IDENTITY: dict[str, Schema] = {"id": _ID, "task_id": _ID, "poll_url": _STRING}
_COMMON: dict[str, Schema] = {"model": {"enum": list(MODELS)}, "created": _TIME}
_VIDEO = _closed(
    url=_WEB,
    duration={"type": "integer", "minimum": 1},
    width={"type": "integer", "minimum": 1},
    height={"type": "integer", "minimum": 1},
)
_FAILURE: Schema = {"oneOf": [_STRING, _open({"message": _STRING}, code=_STRING)]}
_PROGRESS: Schema = {"type": "integer", "minimum": 0, "maximum": 100}


def _task(
    status: Status, required: dict[str, Schema], optional: dict[str, Schema]
) -> dict[str, object]:
    """Return a task: one of its two ids at least, and members named x_… that clients ignore.

    The vendor's document requires next to nothing of a task; this is what is always there.
    """
    named = {**_COMMON, "status": {"const": str(status)}, **required}
    return {
        **_optionally(_closed(**named), **_IDENTITY, **optional),
        "anyOf": [{"required": ["id"]}, {"required": ["task_id"]}],
        "patternProperties": {"^x_": {}},
    }


def _optionally(schema: dict[str, object], **members: Schema) -> dict[str, object]:
    properties = schema["properties"]
    assert isinstance(properties, dict)
    return {**schema, "properties": properties | members}


_UPDATED: dict[str, Schema] = {"updated": _TIME}
_ON_ITS_WAY: dict[str, Schema] = {"progress": _PROGRESS}
_FILES: dict[str, Schema] = {
    "video_url": _WEB,
    "video": _VIDEO,
    "videos": {"type": "array", "items": _VIDEO},
    "content": _open({"video_url": _WEB}),
    "last_frame_url": _WEB,
}

TASKS: dict[str, Schema] = {
    "CreatedTask": _task(Status.PENDING, {}, {}),
    "PendingTask": _task(Status.PENDING, _UPDATED, _ON_ITS_WAY),
    "ProcessingTask": _task(Status.PROCESSING, _UPDATED, _ON_ITS_WAY),
    "CompletedTask": _task(
        Status.COMPLETED,
        {**_UPDATED, "billing_transaction_id": _STRING},
        {**_FILES, **_ON_ITS_WAY},
    ),
    "FailedTask": _task(Status.FAILED, _UPDATED, {"error": _FAILURE, **_ON_ITS_WAY}),
    "CancelledTask": _task(
        Status.FAILED,
        {
            **_UPDATED,
            "error": {"const": CANCELLED_MESSAGE},
            "cancelled": {"const": True},
            "cancellation_status": {"const": "cancelled"},
        },
        _ON_ITS_WAY,
    ),
    "Task": {
        "oneOf": [
            _ref(name)
            for name in (
                "PendingTask",
                "ProcessingTask",
                "CompletedTask",
                "FailedTask",
                "CancelledTask",
            )
        ]
    },
}

_ERROR = _open(
    {"message": _STRING, "type": {"enum": list(ERROR_TYPES)}},
    code=_STRING,
    param=_STRING,
    request_id=_STRING,
    retryable={"type": "boolean"},
    retry_after={"type": "integer", "minimum": 0},
    model=_STRING,
    hint=_STRING,
    did_you_mean=_STRING,
    suggestions={"type": "array", "items": _open({"id": _STRING})},
    alternatives={
        "type": "array",
        "items": _open({"id": _STRING, "status": _STRING, "tags": _STRINGS}),
    },
    balance_usd={"type": "number"},
    estimated_cost_usd={"type": "number"},
    supported_operations=_STRINGS,
    supported_parameters=_STRINGS,
    required_selectors=_STRINGS,
    allowed_resolutions=_STRINGS,
    allowed_durations=_STRINGS,
    allowed_aspect_ratios=_STRINGS,
    recommended_request=_ref("VideoRequest"),
    request_endpoint=_STRING,
)
_VIOLATIONS: Schema = {
    "type": "array",
    "minItems": 1,
    "items": _closed(field=_STRING, message=_STRING, code=_STRING),
}
ERRORS: dict[str, Schema] = {
    "Error": _optionally(_closed(error=_ERROR), validation_errors=_VIOLATIONS)
}

_SUMMARY = _closed(
    currency={"const": "USD"},
    unit=_STRING,
    min_price=_PRICE,
    max_price=_PRICE,
    display=_STRING,
)
_LIFECYCLE = _closed(
    stage={"enum": ["active", "preview", "deprecated", "retired"]},
    reason=_NULLABLE,
    replacement_model=_NULLABLE,
    released_at=_NULLABLE,
    deprecated_at=_NULLABLE,
    retired_at=_NULLABLE,
    sunset_at=_NULLABLE,
    latest={"type": "boolean"},
    latest_source={"enum": ["auto", "override", "none"]},
    latest_window_days={"type": ["integer", "null"]},
)
_COMMERCIAL = _closed(
    user_charge_policy={"enum": ["paid", "free"]},
    free_reason=_NULLABLE,
    free_until=_NULLABLE,
)
_DISCOVERY: dict[str, Schema] = {
    "aliases": _STRINGS,
    "pricing": _SUMMARY,
    "capabilities": _STRINGS,
    "providers": _STRINGS,
    "max_input_tokens": {"type": "null"},
    "max_output_tokens": {"type": "null"},
    "category": {"const": CATEGORY},
    "pricing_unit": _STRING,
    "cache_pricing": {"type": "null"},
    "has_complex_pricing": {"const": True},
    "pricing_summary": _SUMMARY,
    "lifecycle": _LIFECYCLE,
    "commercial": _COMMERCIAL,
    "badges": {"type": "array", "maxItems": 0},
}
_SUMMARY_OF_FORMAT = _closed(
    public_operations=_STRINGS, request_endpoint=_STRING, request_endpoint_by_operation=_OBJECT
)
_CONSTRAINT = _closed(
    operation=_STRING,
    request_endpoint=_STRING,
    status_mode=_STRING,
    supported_parameters=_STRINGS,
    required_selectors=_STRINGS,
    optional_selectors=_STRINGS,
    documented_inputs=_STRINGS,
    allowed_resolutions=_STRINGS,
    allowed_durations=_STRINGS,
    allowed_aspect_ratios=_STRINGS,
)
_FORMAT = _open(
    {
        "supported_parameters": _STRINGS,
        "resolutions": _STRINGS,
        "durations": _STRINGS,
        "aspect_ratios": _STRINGS,
        "reference_limits": _OBJECT,
        "operation_constraints": {"type": "array", "items": _CONSTRAINT},
        "recommended_request": _ref("VideoRequest"),
    }
)
_RECOMMENDATION = _closed(
    preferred_rank={"type": "integer"},
    success_rate_24h={"type": ["number", "null"]},
    sample_count_24h={"type": "integer"},
    status={"enum": ["ready", "insufficient_samples"]},
)


def _model(extension: Schema) -> Schema:
    return _closed(
        id={"enum": list(MODELS)},
        object={"const": "model"},
        created=_TIME,
        owned_by={"const": PROVIDER},
        tokenlab=extension,
    )


def _list(of: str, **members: Schema) -> Schema:
    data: Schema = {"type": "array", "items": _ref(of)}
    return _closed(object={"const": "list"}, **members, data=data)


_COMPACT_PRICING = _closed(
    unit=_STRING,
    currency={"const": "USD"},
    min_price=_PRICE,
    max_price=_PRICE,
    has_complex_pricing={"const": True},
)
_PRICING_ROW = _closed(
    resolutions=_STRINGS,
    video_input={"type": "boolean"},
    usd_per_1m_tokens=_PRICE,
    cny_per_1m_tokens=_PRICE,
)
CATALOGUE: dict[str, Schema] = {
    "ModelListItem": _model(
        _optionally(
            _closed(**_DISCOVERY, request_format_summary=_SUMMARY_OF_FORMAT),
            agent_preferences=_OBJECT,
        )
    ),
    "ModelList": _list("ModelListItem"),
    "CompactModel": _optionally(
        _closed(
            id={"enum": list(MODELS)},
            provider={"const": PROVIDER},
            category={"const": CATEGORY},
            capabilities=_STRINGS,
            max_input_tokens={"type": "null"},
            max_output_tokens={"type": "null"},
            pricing=_COMPACT_PRICING,
            status=_STRING,
            latest={"type": "boolean"},
            request_endpoint=_STRING,
        ),
        recommendation=_RECOMMENDATION,
    ),
    "CompactModelList": _list(
        "CompactModel", view={"const": "compact"}, count={"type": "integer", "minimum": 0}
    ),
    "Model": _model(
        _closed(
            **_DISCOVERY,
            supported_operations=_STRINGS,
            pricing_provenance=_OBJECT,
            request_format_details=_FORMAT,
            accepted_request_formats={"type": "array", "maxItems": 0},
        )
    ),
    "ModelPricing": _closed(
        model={"enum": list(MODELS)},
        pricing_unit=_STRING,
        has_complex_pricing={"const": True},
        supported_operations=_STRINGS,
        pricing_summary=_SUMMARY,
        pricing_provenance=_OBJECT,
        pricing_details=_closed(
            formula=_STRING, rows={"type": "array", "items": _PRICING_ROW, "minItems": 2}
        ),
    ),
    "PricingEntry": _closed(
        model={"enum": list(MODELS)},
        provider={"const": PROVIDER},
        is_lock_price={"type": "boolean"},
        capabilities=_STRINGS,
        aliases=_STRINGS,
        input_per_1m_tokens=_NULLABLE,
        output_per_1m_tokens=_NULLABLE,
        lock_price_per_request=_NULLABLE,
        has_complex_pricing={"const": True},
        supported_operations=_STRINGS,
        pricing_summary=_SUMMARY,
        pricing_provenance=_OBJECT,
    ),
    "PricingList": _closed(
        object={"const": "pricing"},
        updated_at={"type": "string", "format": "date-time"},
        currency={"const": "USD"},
        data={"type": "array", "items": _ref("PricingEntry")},
    ),
}


def response_schemas() -> dict[str, Schema]:
    """Return the named schemas of every answer."""
    return TASKS | ERRORS | CATALOGUE
