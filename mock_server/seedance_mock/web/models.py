"""Models and prices. Their answers do not change, so each is encoded once."""

from __future__ import annotations

from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.errors import INVALID_REQUEST, UNKNOWN_MODEL
from seedance_contract.declared.model_rules import suggestions
from seedance_contract.declared.models import MODELS
from seedance_contract.derived import catalogue
from seedance_contract.derived.openapi import QUERY_VALUES
from seedance_mock.refusals import ApiError
from seedance_mock.web.answers import JSON_TYPE, encoded


@cache
def _list(models: tuple[str, ...], view: str, recommended: bool) -> bytes:
    chosen = [MODELS[name] for name in models]
    return encoded(catalogue.model_list(chosen, view=view, recommended=recommended))


@cache
def _detail(model: str) -> bytes:
    return encoded(catalogue.model_detail(MODELS[model]))


@cache
def _pricing(model: str) -> bytes:
    return encoded(catalogue.model_pricing(MODELS[model]))


@cache
def _prices(models: tuple[str, ...]) -> bytes:
    return encoded(catalogue.pricing_list([MODELS[name] for name in models]))


def _chosen(request: Request) -> tuple[str, ...]:
    return tuple(model.id for model in catalogue.selected(request.query_params))


def _known(request: Request) -> str:
    name: str = request.path_params["model"]
    if name not in MODELS:
        raise ApiError(UNKNOWN_MODEL, details={"param": "model", **suggestions(name)})
    return name


async def models(request: Request) -> Response:
    """`GET /v1/models`."""
    query = request.query_params
    for name, values in QUERY_VALUES.items():
        if query.get(name, values[0]) not in values:
            raise _wrong(name, values)
    recommended = "recommended_for" in query
    return Response(
        _list(_chosen(request), query.get("view", "full"), recommended), media_type=JSON_TYPE
    )


def _wrong(name: str, values: tuple[str, ...]) -> ApiError:
    message = f"{name} must be one of {', '.join(values)}"
    entry = {"field": name, "message": message, "code": "invalid_value"}
    return ApiError(INVALID_REQUEST, message, violations=[entry], details={"param": name})


async def model(request: Request) -> Response:
    """`GET /v1/models/{model}`."""
    return Response(_detail(_known(request)), media_type=JSON_TYPE)


async def model_pricing(request: Request) -> Response:
    """`GET /v1/models/{model}/pricing`."""
    return Response(_pricing(_known(request)), media_type=JSON_TYPE)


async def pricing(request: Request) -> Response:
    """`GET /v1/pricing`."""
    return Response(_prices(_chosen(request)), media_type=JSON_TYPE)
