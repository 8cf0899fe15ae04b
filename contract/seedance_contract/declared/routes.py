"""The endpoints: method, path, who may call, what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seedance_contract.declared.sources import Source, guide, openapi, page


class Auth(StrEnum):
    """Whether a route needs a key. Where it needs none, one that is sent is still validated."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route of the public API. `refusals` are the documented statuses besides 200."""

    id: str
    method: str
    path: str
    summary: str
    auth: Auth
    refusals: tuple[int, ...]
    source: Source


CREATE = Endpoint(
    id="createVideo",
    method="POST",
    path="/v1/videos/generations",
    summary="Create a video task",
    auth=Auth.REQUIRED,
    refusals=(400, 401, 402, 403, 409, 413, 429, 500, 502, 503, 504),
    source=guide("create"),
)
READ = Endpoint(
    id="getTask",
    method="GET",
    path="/v1/tasks/{id}",
    summary="Read a task",
    auth=Auth.REQUIRED,
    refusals=(401, 403, 404, 429, 500, 502, 503, 504),
    source=page("get-task-status"),
)
READ_OLD = Endpoint(
    id="getVideoTask",
    method="GET",
    path="/v1/videos/generations/{id}",
    summary="Read a task by the older path",
    auth=Auth.REQUIRED,
    refusals=(401, 403, 404, 429, 500, 502, 503, 504),
    source=openapi("GET /v1/videos/generations/{id}"),
)
CANCEL = Endpoint(
    id="cancelTask",
    method="DELETE",
    path="/v1/tasks/{id}",
    summary="Cancel a task that has not started",
    auth=Auth.REQUIRED,
    refusals=(400, 401, 403, 404, 409, 429, 500, 502, 503, 504),
    source=page("cancel-task"),
)
LIST_MODELS = Endpoint(
    id="listModels",
    method="GET",
    path="/v1/models",
    summary="List the models",
    auth=Auth.OPTIONAL,
    refusals=(400, 401, 429, 500, 502, 503, 504),
    source=page("list-models"),
)
GET_MODEL = Endpoint(
    id="getModel",
    method="GET",
    path="/v1/models/{model}",
    summary="Read what a model accepts",
    auth=Auth.OPTIONAL,
    refusals=(401, 404, 429, 500, 502, 503, 504),
    source=page("get-model"),
)
GET_MODEL_PRICING = Endpoint(
    id="getModelPricing",
    method="GET",
    path="/v1/models/{model}/pricing",
    summary="Read the prices of a model",
    auth=Auth.OPTIONAL,
    refusals=(401, 404, 429, 500, 502, 503, 504),
    source=openapi("GET /v1/models/{model}/pricing"),
)
LIST_PRICING = Endpoint(
    id="listPricing",
    method="GET",
    path="/v1/pricing",
    summary="List the prices",
    auth=Auth.OPTIONAL,
    refusals=(400, 401, 429, 500, 502, 503, 504),
    source=page("get-pricing"),
)

ENDPOINTS: tuple[Endpoint, ...] = (
    CREATE,
    READ,
    READ_OLD,
    CANCEL,
    LIST_MODELS,
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_PRICING,
)
