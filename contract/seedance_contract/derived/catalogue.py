"""The responses of the Models and Pricing routes, derived from the models and their prices.

Pure functions to JSON values. A client reads here what it would otherwise hard-code, so everything
agrees with what the rules accept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.fields import FIELDS, INPUT_FIELDS
from seedance_contract.declared.model import Model
from seedance_contract.declared.models import CATEGORY, PROVIDER
from seedance_contract.declared.operations import OPERATIONS, Operation
from seedance_contract.declared.routes import CREATE, READ, READ_LEGACY
from seedance_contract.declared.rules.rule import allowed_values, supported_parameters
from seedance_contract.derived.pricing import (
    PRICING_UNIT,
    price_details,
    price_provenance,
    price_span,
    price_summary,
)

JSON = dict[str, object]

CATEGORIES = (
    "chat",
    "embedding",
    "translation",
    "image",
    "video",
    "audio",
    "tts",
    "stt",
    "rerank",
    "3d",
    "music",
    "decision",
)
RECOMMENDATION_CATEGORIES = (
    "image",
    "video",
    "music",
    "3d",
    "tts",
    "stt",
    "embedding",
    "rerank",
    "translation",
)
VIEWS = ("compact", "full")
"""The values of `view`.

Source of all three: openapi, GET /v1/models; of the category `decision`: page list-models.
"""

MODELS_CREATED_AT = 1_767_225_600
"""When the models were created, seconds since the Unix epoch: 2026-01-01. Assumed."""

PRICES_UPDATED_AT = "2026-07-01T00:00:00Z"
"""When the prices last changed. Assumed."""


def _capabilities(model: Model) -> list[str]:
    return [*model.operations, "audio-output"]


def _lifecycle() -> JSON:
    return {
        "stage": "active",
        "reason": None,
        "replacement_model": None,
        "released_at": None,
        "deprecated_at": None,
        "retired_at": None,
        "sunset_at": None,
        "latest": False,
        "latest_source": "none",
        "latest_window_days": None,
    }


# Members that only chat models have are null or empty here: the schema of the list requires them
# for every model.
def _discovery_fields(model: Model) -> JSON:
    """Return the members that the list and the detail have in common."""
    return {
        "aliases": [],
        "pricing": price_summary(model),
        "capabilities": _capabilities(model),
        "providers": [PROVIDER],
        "max_input_tokens": None,
        "max_output_tokens": None,
        "category": CATEGORY,
        "pricing_unit": PRICING_UNIT,
        "cache_pricing": None,
        "has_complex_pricing": True,
        "pricing_summary": price_summary(model),
        "lifecycle": _lifecycle(),
        "commercial": {"user_charge_policy": "paid", "free_reason": None, "free_until": None},
        "badges": [],
    }


def _request_endpoints(model: Model) -> JSON:
    return {
        "public_operations": list(model.operations),
        "request_endpoint": CREATE.path,
        "request_endpoint_by_operation": dict.fromkeys(model.operations, CREATE.path),
    }


def _model_object(model: Model, extension: JSON) -> JSON:
    return {
        "id": model.id,
        "object": "model",
        "created": MODELS_CREATED_AT,
        "owned_by": PROVIDER,
        "tokenlab": extension,
    }


def model_list_item(model: Model, recommendation: JSON | None = None) -> JSON:
    """Return a model as the full list shows it."""
    extension = {**_discovery_fields(model), "request_format_summary": _request_endpoints(model)}
    if recommendation is not None:
        extension["agent_preferences"] = {CATEGORY: recommendation}
    return _model_object(model, extension)


def compact_model(model: Model, recommendation: JSON | None = None) -> JSON:
    """Return a model as the compact list shows it."""
    low, high = price_span(model)
    item: JSON = {
        "id": model.id,
        "provider": PROVIDER,
        "category": CATEGORY,
        "capabilities": _capabilities(model),
        "max_input_tokens": None,
        "max_output_tokens": None,
        "pricing": {
            "unit": PRICING_UNIT,
            "currency": "USD",
            "min_price": low,
            "max_price": high,
            "has_complex_pricing": True,
        },
        "status": "active",
        "latest": False,
        "request_endpoint": CREATE.path,
    }
    return item if recommendation is None else {**item, "recommendation": recommendation}


def model_list(models: Sequence[Model], *, view: str, recommended: bool) -> JSON:
    """Return the response of `GET /v1/models`; `recommended` adds a ranking and its evidence."""
    item = compact_model if view == "compact" else model_list_item
    data = [
        item(model, _recommendation(rank) if recommended else None)
        for rank, model in enumerate(models, start=1)
    ]
    compact = {"view": view, "count": len(data)} if view == "compact" else {}
    return {"object": "list", **compact, "data": data}


# There is no traffic of 24 hours to measure, so the status is that of too few samples. The ranks
# follow the order of the list.
def _recommendation(rank: int) -> JSON:
    return {
        "preferred_rank": rank,
        "success_rate_24h": None,
        "sample_count_24h": 0,
        "status": "insufficient_samples",
    }


def matching_models(filters: Mapping[str, str], contract: Contract = CONTRACT) -> list[Model]:
    """Return the models that match every query parameter in `filters`."""
    return [model for model in contract.models.values() if _matches(model, filters)]


def _matches(model: Model, filters: Mapping[str, str]) -> bool:
    values_by_filter = {
        "provider": (PROVIDER,),
        "category": (CATEGORY,),
        "recommended_for": (CATEGORY,),
        "tag": _capabilities(model),
    }
    # An absent filter matches: its default is a value that the model has.
    return all(filters.get(name, values[0]) in values for name, values in values_by_filter.items())


def model_detail(model: Model) -> JSON:
    """Return the response of `GET /v1/models/{model}`."""
    extension = {
        **_discovery_fields(model),
        "supported_operations": list(model.operations),
        "pricing_provenance": price_provenance(),
        "request_format_details": _request_format(model),
        "accepted_request_formats": [],
    }
    return _model_object(model, extension)


def _allowed_selections(model: Model, operation: Operation | None = None) -> dict[str, list[str]]:
    """Return the values of the enumerated fields, under the names that errors use for them."""
    return {
        f"allowed_{name}s": allowed_values(FIELDS[name], model, operation)
        for name in ("resolution", "duration", "aspect_ratio")
    }


def _operation_inputs(operation: Operation) -> list[str]:
    return [field.name for field in INPUT_FIELDS if field.name in operation.input_fields]


def _constraint(model: Model, operation: Operation) -> JSON:
    required = ["model", "prompt"] if operation.requires_prompt else ["model"]
    inputs = [model.required_fields(needed) for needed in operation.required_inputs]
    parameters = supported_parameters(operation, model)
    alternatives = {*required, *(name for fields in inputs for name in fields)}
    return {
        "operation": operation.name,
        "request_endpoint": CREATE.path,
        "status_mode": "async",
        "supported_parameters": parameters,
        "required_selectors": required + [" | ".join(fields) for fields in inputs],
        "optional_selectors": [name for name in parameters if name not in alternatives],
        "documented_inputs": _operation_inputs(operation),
        **_allowed_selections(model, operation),
    }


def _request_format(model: Model) -> JSON:
    operations = [OPERATIONS[name] for name in model.operations]
    allowed = _allowed_selections(model)
    names = {name for operation in operations for name in supported_parameters(operation, model)}
    return {
        **_request_endpoints(model),
        "supported_parameters": [name for name in supported_parameters(None) if name in names],
        "resolutions": allowed["allowed_resolutions"],
        "durations": allowed["allowed_durations"],
        "aspect_ratios": allowed["allowed_aspect_ratios"],
        "required_selectors": ["model"],
        "status_mode": "async",
        "feature_flags": {"audio_output": True, "cancellation": model.cancellable},
        # Inputs of all operations. Each constraint below lists those of its own operation.
        "documented_inputs": [field.name for field in INPUT_FIELDS],
        "documented_outputs": ["video_url", "last_frame_url"],
        "fallback_status_endpoints": [READ.path, READ_LEGACY.path],
        "reference_limits": dict(model.references),
        "operation_constraints": [_constraint(model, operation) for operation in operations],
        "recommended_request": dict(example_request(operations[0], model.id)),
    }


def model_pricing(model: Model) -> JSON:
    """Return the response of `GET /v1/models/{model}/pricing`."""
    return {
        "model": model.id,
        "pricing_unit": PRICING_UNIT,
        "has_complex_pricing": True,
        "supported_operations": list(model.operations),
        "pricing_summary": price_summary(model),
        "pricing_provenance": price_provenance(),
        "pricing_details": price_details(model),
    }


def pricing_list(models: Sequence[Model]) -> JSON:
    """Return the response of `GET /v1/pricing`."""
    data = [
        {
            "model": model.id,
            "provider": PROVIDER,
            "is_lock_price": False,
            "capabilities": _capabilities(model),
            "aliases": [],
            "input_per_1m_tokens": None,
            "output_per_1m_tokens": None,
            "lock_price_per_request": None,
            "has_complex_pricing": True,
            "supported_operations": list(model.operations),
            "pricing_summary": price_summary(model),
            "pricing_provenance": price_provenance(),
        }
        for model in models
    ]
    return {"object": "pricing", "updated_at": PRICES_UPDATED_AT, "currency": "USD", "data": data}
