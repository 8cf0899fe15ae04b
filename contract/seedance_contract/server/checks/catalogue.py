"""The catalogue: models and prices, and whether create agrees with what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.declared.examples import request
from seedance_contract.declared.models import FAMILY, Model
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.declared.pixels import RESOLUTIONS
from seedance_contract.declared.prices import PRICES
from seedance_contract.declared.routes import GET_MODEL, GET_MODEL_PRICING, LIST_MODELS
from seedance_contract.declared.sources import Source, guide, openapi, page
from seedance_contract.derived.cost import usd_per_million
from seedance_contract.server.check_context import (
    CheckContext,
    ServerCheck,
    expect_equal,
    expect_status,
)

GROUP = "catalogue"

DECIMAL = re.compile(r"\d+(\.\d{1,8})?")


def _get(subject: CheckContext, path: str) -> Any:
    return expect_status(subject.target.send("GET", path), 200).json


def _family(subject: CheckContext) -> None:
    for query in ("", "?category=video", "?view=compact"):
        told = _get(subject, LIST_MODELS.path + query)
        listed = {one.get("id") for one in told.get("data", [])}
        missing = [model.id for model in FAMILY if model.id not in listed]
        if missing:
            raise Mismatch(f"{', '.join(missing)} in the list{query}", f"{sorted(listed)[:20]}")


def _compact(subject: CheckContext) -> None:
    told = _get(subject, f"{LIST_MODELS.path}?view=compact")
    expect_equal("compact", told.get("view"), "view")
    expect_equal(len(told.get("data", [])), told.get("count"), "count")


def _details(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a model's detail says of requests, wherever it lies."""
    extension = told.get("tokenlab", told)
    found = extension.get("request_format_details")
    if not isinstance(found, dict):
        raise Mismatch("request_format_details", f"{sorted(extension)}")
    return {**extension, **found}


def _capable(model: Model, subject: CheckContext) -> None:
    told = _details(_get(subject, GET_MODEL.path.format(model=model.id)))
    expect_equal(sorted(model.resolutions), sorted(told.get("resolutions", [])), "resolutions")
    listed = set(told.get("supported_operations", []))
    if not listed >= set(model.operations):
        raise Mismatch(f"the operations {', '.join(model.operations)}", f"{sorted(listed)}")


def _agrees(model: Model, subject: CheckContext) -> None:
    """Ask for every resolution: those listed are accepted, the others are not."""
    told = _details(_get(subject, GET_MODEL.path.format(model=model.id)))
    listed = told.get("resolutions", [])
    key = subject.keys.new_key()
    small = request(TEXT_TO_VIDEO, model.id)
    for resolution in RESOLUTIONS:
        if resolution not in listed:
            expect_status(subject.create({**small, "resolution": resolution}, key), 400)
    subject.require_spending()
    for resolution in listed:
        expect_status(subject.create({**small, "resolution": resolution}, key), 200)
    expect_status(subject.create(told.get("recommended_request"), key), 200)


def _priced(model: Model, subject: CheckContext) -> None:
    told = _get(subject, GET_MODEL_PRICING.path.format(model=model.id))
    summary = told.get("pricing_summary") or {}
    own = [price for price in PRICES if price.model == model.id]
    every = [usd_per_million(cny) for price in own for cny in (price.plain, price.with_video)]
    for name, wanted in (("min_price", min(every)), ("max_price", max(every))):
        amount = summary.get(name)
        if not isinstance(amount, str) or DECIMAL.fullmatch(amount) is None:
            raise Mismatch(f"{name} as a decimal string with at most 8 decimals", repr(amount))
        expect_equal(wanted, Decimal(amount), name)


def _case(name: str, requirement: str, source: Source) -> Case:
    return Case(id=name, group=GROUP, level=Level.MUST, requirement=requirement, source=source)


CHECKS = (
    ServerCheck(
        case=_case("catalogue.family", "The list names the whole family.", guide("models")),
        run=_family,
    ),
    ServerCheck(
        case=_case(
            "catalogue.compact",
            "The compact view says so, and counts its items.",
            openapi("GET /v1/models"),
        ),
        run=_compact,
    ),
    *(
        ServerCheck(
            case=_case(
                f"catalogue.detail-{model.id}",
                f"The detail of {model.id} states what it renders and does.",
                guide("models"),
            ),
            run=partial(_capable, model),
        )
        for model in FAMILY
    ),
    *(
        ServerCheck(
            case=_case(
                f"catalogue.agrees-{model.id}",
                f"Create accepts what the detail of {model.id} lists, and nothing else.",
                guide("read the current model detail"),
            ),
            run=partial(_agrees, model),
        )
        for model in FAMILY
    ),
    *(
        ServerCheck(
            case=_case(
                f"catalogue.prices-{model.id}",
                f"The prices of {model.id} are those of the price list, in USD.",
                page("get-pricing"),
            ),
            run=partial(_priced, model),
        )
        for model in FAMILY
    ),
)
