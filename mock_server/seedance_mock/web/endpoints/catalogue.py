"""Models and prices. Their answers do not change unless words say so: each is encoded once."""

from __future__ import annotations

import json
from functools import cache, lru_cache

from starlette.datastructures import QueryParams
from starlette.responses import Response

from seedance_contract.declared.errors import INVALID_REQUEST, UNKNOWN_MODEL
from seedance_contract.declared.model_rules import suggestions
from seedance_contract.declared.models import MODELS
from seedance_contract.derived import catalogue
from seedance_contract.derived.openapi import QUERY_VALUES
from seedance_mock.domain.errors import ApiError
from seedance_mock.scripting.catalogue_variants import catalogue_variant, real_model
from seedance_mock.web.context import RequestContext
from seedance_mock.web.responses import EncodedResponse, encode_json


@cache
def _list(models: tuple[str, ...], view: str, recommended: bool) -> bytes:
    chosen = [MODELS[name] for name in models]
    return encode_json(catalogue.model_list(chosen, view=view, recommended=recommended))


@cache
def _detail(model: str) -> bytes:
    return encode_json(catalogue.model_detail(MODELS[model]))


@cache
def _pricing(model: str) -> bytes:
    return encode_json(catalogue.model_pricing(MODELS[model]))


@cache
def _prices(models: tuple[str, ...]) -> bytes:
    return encode_json(catalogue.pricing_list([MODELS[name] for name in models]))


def _chosen(query: QueryParams) -> tuple[str, ...]:
    return tuple(model.id for model in catalogue.selected(query))


@lru_cache(maxsize=256)
def _listed(query_string: bytes) -> bytes:
    """Return the list that a query asks for. Raises ApiError for an unknown value."""
    query = QueryParams(query_string)
    for name, values in QUERY_VALUES.items():
        if query.get(name, values[0]) not in values:
            raise _wrong(name, values)
    return _list(_chosen(query), query.get("view", "full"), "recommended_for" in query)


@lru_cache(maxsize=256)
def _priced(query_string: bytes) -> bytes:
    return _prices(_chosen(QueryParams(query_string)))


class CatalogueEndpoints:
    """The functions of the routes for models and prices.

    `keyless` is how words want the catalogue for those who send no key.
    """

    def __init__(self, keyless: str) -> None:
        self._keyless = keyless

    def _wanted(self, exchange: RequestContext) -> str:
        """Return how words want the catalogue: those of the key, if one was sent."""
        account = exchange.account
        return self._keyless if account is None else account.script.catalogue

    def _told(self, exchange: RequestContext, body: bytes) -> Response:
        """Return an answer, changed where words say so."""
        wanted = self._wanted(exchange)
        if wanted == "true":
            return EncodedResponse(body)
        return EncodedResponse(encode_json(catalogue_variant(json.loads(body), wanted)))

    def _known(self, exchange: RequestContext) -> str:
        name = real_model(exchange.path_params["model"], self._wanted(exchange))
        if name not in MODELS:
            raise ApiError(UNKNOWN_MODEL, details={"param": "model", **suggestions(name)})
        return name

    async def models(self, exchange: RequestContext) -> Response:
        """`GET /v1/models`."""
        return self._told(exchange, _listed(exchange.scope["query_string"]))

    async def model(self, exchange: RequestContext) -> Response:
        """`GET /v1/models/{model}`."""
        return self._told(exchange, _detail(self._known(exchange)))

    async def model_pricing(self, exchange: RequestContext) -> Response:
        """`GET /v1/models/{model}/pricing`."""
        return self._told(exchange, _pricing(self._known(exchange)))

    async def pricing(self, exchange: RequestContext) -> Response:
        """`GET /v1/pricing`."""
        return self._told(exchange, _priced(exchange.scope["query_string"]))


def _wrong(name: str, values: tuple[str, ...]) -> ApiError:
    message = f"{name} must be one of {', '.join(values)}"
    entry = {"field": name, "message": message, "code": "invalid_value"}
    return ApiError(INVALID_REQUEST, message, violations=[entry], details={"param": name})
