"""The endpoints for models and prices.

Their responses are constant unless a script changes them, so each is encoded once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache

from starlette.datastructures import QueryParams
from starlette.responses import Response

from seedance_contract.declared.contract import Contract
from seedance_contract.declared.errors import INVALID_REQUEST, UNKNOWN_MODEL
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.routes import (
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_MODELS,
    LIST_PRICING,
    Endpoint,
)
from seedance_contract.declared.rules.model_rules import model_suggestions
from seedance_contract.derived import catalogue
from seedance_contract.derived.openapi import QUERY_VALUES
from seedance_mock.domain.errors import ApiError
from seedance_mock.scripting.catalogue_variants import catalogue_variant, real_model
from seedance_mock.web.context import EndpointFunctions, RequestContext
from seedance_mock.web.responses import EncodedResponse, encode_json


# These functions have few possible arguments: one model, or the result of a filter. They are cached
# without a limit. What a client writes freely is cached below, with a limit.
@cache
def _encoded_model_list(model_ids: tuple[str, ...], view: str, recommended: bool) -> bytes:
    models = [MODELS[model_id] for model_id in model_ids]
    return encode_json(catalogue.model_list(models, view=view, recommended=recommended))


@cache
def _encoded_model_detail(model_id: str) -> bytes:
    return encode_json(catalogue.model_detail(MODELS[model_id]))


@cache
def _encoded_model_pricing(model_id: str) -> bytes:
    return encode_json(catalogue.model_pricing(MODELS[model_id]))


@cache
def _encoded_pricing_list(model_ids: tuple[str, ...]) -> bytes:
    return encode_json(catalogue.pricing_list([MODELS[model_id] for model_id in model_ids]))


def _selected_models(contract: Contract, query: QueryParams) -> tuple[str, ...]:
    return tuple(model.id for model in catalogue.matching_models(query, contract))


# The key has the raw query string: a hit takes 0.1 µs, parsing and filtering 25 µs.
@lru_cache(maxsize=256)
def _model_list(contract: Contract, query_string: bytes) -> bytes:
    """Return the list that a query selects. Raises ApiError for a value that is not allowed."""
    query = QueryParams(query_string)
    for name, values in QUERY_VALUES.items():
        if query.get(name, values[0]) not in values:
            raise _invalid_query_value(name, values)
    return _encoded_model_list(
        _selected_models(contract, query), query.get("view", "full"), "recommended_for" in query
    )


@lru_cache(maxsize=256)
def _pricing_list(contract: Contract, query_string: bytes) -> bytes:
    return _encoded_pricing_list(_selected_models(contract, QueryParams(query_string)))


class CatalogueEndpoints:
    """The endpoints for models and prices.

    `contract` has the models. `keyless_variant` is the variant of the catalogue for requests
    without a key: a value of the setting `catalogue`.
    """

    def __init__(self, contract: Contract, keyless_variant: str) -> None:
        self._contract = contract
        self._keyless_variant = keyless_variant

    @property
    def endpoints(self) -> Mapping[Endpoint, EndpointFunctions]:
        """The endpoints, and what they do."""
        return {
            LIST_MODELS: EndpointFunctions(self.list_models),
            GET_MODEL: EndpointFunctions(self.get_model),
            GET_MODEL_PRICING: EndpointFunctions(self.get_model_pricing),
            LIST_PRICING: EndpointFunctions(self.list_pricing),
        }

    def _variant(self, context: RequestContext) -> str:
        """Return the variant of the catalogue: that of the account's script if there is a key."""
        account = context.account
        return self._keyless_variant if account is None else account.script.catalogue

    def _response(self, context: RequestContext, body: bytes) -> Response:
        """Return a response with the true catalogue in `body`, or with a variant of it."""
        variant = self._variant(context)
        if variant == "true":
            return EncodedResponse(body)
        # A variant is rare and a change of JSON values, so it is made from the encoded body.
        return EncodedResponse(encode_json(catalogue_variant(json.loads(body), variant)))

    def _requested_model(self, context: RequestContext) -> str:
        """Return the id of the requested model. Raises ApiError: `model_not_found`."""
        model_id = real_model(context.path_params["model"], self._variant(context))
        models = self._contract.models
        if model_id not in models:
            details = {"param": "model", **model_suggestions(model_id, models)}
            raise ApiError(UNKNOWN_MODEL, details=details)
        return model_id

    async def list_models(self, context: RequestContext) -> Response:
        """`GET /v1/models`."""
        body = _model_list(self._contract, context.scope["query_string"])
        return self._response(context, body)

    async def get_model(self, context: RequestContext) -> Response:
        """`GET /v1/models/{model}`."""
        return self._response(context, _encoded_model_detail(self._requested_model(context)))

    async def get_model_pricing(self, context: RequestContext) -> Response:
        """`GET /v1/models/{model}/pricing`."""
        return self._response(context, _encoded_model_pricing(self._requested_model(context)))

    async def list_pricing(self, context: RequestContext) -> Response:
        """`GET /v1/pricing`."""
        body = _pricing_list(self._contract, context.scope["query_string"])
        return self._response(context, body)


def _invalid_query_value(name: str, allowed: tuple[str, ...]) -> ApiError:
    message = f"{name} must be one of {', '.join(allowed)}"
    entry = {"field": name, "message": message, "code": "invalid_value"}
    return ApiError(INVALID_REQUEST, message, violations=[entry], details={"param": name})
