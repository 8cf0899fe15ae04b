"""The catalogue: models and prices, and whether create accepts what they list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.errors import UNKNOWN_MODEL
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.model import Model
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.declared.pixels import RESOLUTIONS
from seedance_contract.declared.routes import (
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_MODELS,
    LIST_PRICING,
)
from seedance_contract.declared.sources import guide, openapi, page
from seedance_contract.derived.cost import usd_per_million
from seedance_contract.server.check_context import CheckContext, server_check
from seedance_contract.server.http.exchange import member, objects, texts
from seedance_contract.server.responses.response_checks import expect_status

GROUP = Group(name="catalogue", prefix="catalogue", title="catalogue")

_DECIMAL = re.compile(r"\d+(\.\d{1,8})?").fullmatch


def _get(context: CheckContext, path: str) -> Mapping[str, Any]:
    body = expect_status(context.target.send("GET", path), 200).require_object()
    context.exercised += 1
    return body


def _expect_equal(name: str, expected: object, actual: object) -> None:
    if expected != actual:
        raise Mismatch(f"{name} {expected}", f"{actual}")


def _family(context: CheckContext) -> None:
    for query in ("", "?category=video", "?view=compact"):
        body = _get(context, LIST_MODELS.path + query)
        ids = texts([entry.get("id") for entry in objects(body.get("data"))])
        missing = [model.id for model in FAMILY if model.id not in ids]
        if missing:
            raise Mismatch(f"{', '.join(missing)} in the list{query}", f"{sorted(ids)[:20]}")


def _compact_view(context: CheckContext) -> None:
    body = _get(context, f"{LIST_MODELS.path}?view=compact")
    _expect_equal("view", "compact", body.get("view"))
    _expect_equal("count", len(objects(body.get("data"))), body.get("count"))


def _unknown_filters(context: CheckContext) -> None:
    for query in ("category=smell", "view=wide", "recommended_for=nothing"):
        expect_status(context.target.send("GET", f"{LIST_MODELS.path}?{query}"), 400)
        context.exercised += 1


def _unknown_models(context: CheckContext) -> None:
    for endpoint in (GET_MODEL, GET_MODEL_PRICING):
        path = endpoint.path.format(model="no-such-model")
        expect_status(context.target.send("GET", path), 404, UNKNOWN_MODEL.code)
        context.exercised += 1
    expect_status(context.target.send("GET", f"{LIST_PRICING.path}?provider=nobody"), 200)


def _request_details(context: CheckContext, model: Model) -> Mapping[str, Any]:
    """Return what the detail of a model says about requests."""
    body = _get(context, GET_MODEL.path.format(model=model.id))
    # The detail has these members at the top or inside its extension `tokenlab`.
    extension = body["tokenlab"] if isinstance(body.get("tokenlab"), dict) else body
    details = extension.get("request_format_details")
    if not isinstance(details, dict):
        raise Mismatch("request_format_details", f"{sorted(extension)}")
    return {**extension, **details}


def _detail(model: Model, context: CheckContext) -> None:
    details = _request_details(context, model)
    _expect_equal(
        "resolutions", sorted(model.resolutions), sorted(texts(details.get("resolutions")))
    )
    operations = set(texts(details.get("supported_operations")))
    if not operations >= set(model.operations):
        raise Mismatch(f"the operations {', '.join(model.operations)}", f"{sorted(operations)}")


def _agreement(model: Model, context: CheckContext) -> None:
    """Request every resolution: create accepts those of the detail and refuses the others."""
    details = _request_details(context, model)
    listed = texts(details.get("resolutions"))
    key = context.open_account()
    body = example_request(TEXT_TO_VIDEO, model.id)
    # The refusals first: they cost nothing, so they are checked even if nothing may be spent.
    for resolution in RESOLUTIONS:
        if resolution not in listed:
            expect_status(context.send_create({**body, "resolution": resolution}, key), 400)
    context.require_spending()
    for resolution in listed:
        expect_status(context.send_create({**body, "resolution": resolution}, key), 200)
    expect_status(context.send_create(details.get("recommended_request"), key), 200)


def _prices(model: Model, context: CheckContext) -> None:
    body = _get(context, GET_MODEL_PRICING.path.format(model=model.id))
    summary = body.get("pricing_summary")
    amounts = [
        usd_per_million(cny)
        for price in model.prices
        for cny in (price.without_video, price.with_video)
    ]
    for name, expected in (("min_price", min(amounts)), ("max_price", max(amounts))):
        amount = member(summary, name)
        if not isinstance(amount, str) or _DECIMAL(amount) is None:
            raise Mismatch(f"{name} as a decimal string with at most 8 decimals", repr(amount))
        _expect_equal(name, expected, Decimal(amount))


_check = partial(server_check, GROUP)

CHECKS = (
    _check(
        "family",
        "The list of models contains the whole family.",
        guide("models"),
        _family,
        cause="catalogue-wrong",
    ),
    _check(
        "compact",
        "The compact list names its view and the number of its items.",
        openapi("GET /v1/models"),
        _compact_view,
        cause="catalogue-wrong",
    ),
    _check(
        "filters",
        "A filter with an unknown value is a 400.",
        page("list-models"),
        _unknown_filters,
        cause="catalogue-wrong",
    ),
    _check(
        "unknown",
        "An unknown model is a 404.",
        page("get-model"),
        _unknown_models,
        cause="wrong-error",
    ),
    *(
        _check(
            f"detail-{model.id}",
            f"The detail of {model.id} lists its resolutions and operations.",
            guide("models"),
            partial(_detail, model),
            cause="catalogue-wrong",
        )
        for model in FAMILY
    ),
    *(
        _check(
            f"agrees-{model.id}",
            f"Create accepts the resolutions that the detail of {model.id} lists, and no others.",
            guide("read the current model detail"),
            partial(_agreement, model),
            cause="catalogue-disagrees",
        )
        for model in FAMILY
    ),
    *(
        _check(
            f"prices-{model.id}",
            f"The prices of {model.id} are those of the price list, in USD.",
            page("get-pricing"),
            partial(_prices, model),
            cause="prices-wrong",
            safe=True,
        )
        for model in FAMILY
    ),
)
