"""Causes around create requests and the catalogue: what is accepted, and what is refused."""

from __future__ import annotations

from seedance_contract.cause import Cause
from seedance_contract.declared.sources import guide, openapi, page

CAUSES = (
    Cause(
        id="endpoint-missing",
        title="The server does not know a path or method of the API",
        happened="A request that the API documents received a 404, 405 or 501, without the error of"
        " the API.",
        consequence="Nothing of the API behind that path can be used.",
        fix="Check the URL of the run: it is the root of the API, without /v1. Behind a gateway,"
        " route /v1/videos/generations, /v1/tasks, /v1/models and /v1/pricing with all methods and"
        " everything below them.",
        source=openapi("paths"),
    ),
    Cause(
        id="invalid-request-accepted",
        title="A request that must be refused is accepted",
        happened="A create that breaks a documented rule was not refused with a 400.",
        consequence="Something else than the request says is made and charged: an option is"
        " dropped, or a value is replaced.",
        fix="Validate before anything is reserved, and refuse what you do not know. The rule and"
        " its source are in `seedance-mock rules`; `seedance-mock check-request FILE` says what"
        " the contract makes of a body.",
        source=guide("fail-closed"),
    ),
    Cause(
        id="valid-request-refused",
        title="A request that the contract allows is refused",
        happened="A request that keeps every documented rule received a 4xx.",
        consequence="Clients that follow the documents cannot use the server.",
        fix="Look at the error: it names what was refused. Often a proxy limits bodies, methods or"
        " headers, or a validation knows fewer spellings of a field than the documents.",
        source=page("create-video"),
    ),
    Cause(
        id="malformed-body-accepted",
        title="A body that is no JSON object is not refused properly",
        happened="A body that is empty, cut off, of another type or not UTF-8 was not refused with"
        " a 400 and its error.",
        consequence="A mistake in a client becomes a server error, or a task that nobody meant.",
        fix="Catch every error of the JSON parser, require an object, and respond with 400"
        " `invalid_request_error`.",
        source=openapi("BadRequest"),
    ),
    Cause(
        id="wrong-error",
        title="The error is not the documented one",
        happened="The server refused a request as it should, but with another status or code, or"
        " without the name of the field.",
        consequence="Clients decide by status and code: they repeat what cannot succeed, or give up"
        " on what could.",
        fix="Respond with the status and code of the documentation, with `param`, and with one"
        " entry of `validation_errors` for each violation. A gateway should pass errors on as they"
        " are.",
        source=openapi("ValidationError"),
    ),
    Cause(
        id="catalogue-wrong",
        title="The list of models is not as documented",
        happened="The catalogue lacks a model, an operation, a filter or a documented member.",
        consequence="Clients that read the catalogue, as the documents ask them to, do not offer"
        " what the server can do.",
        fix="Serve GET /v1/models and /v1/models/{model} from the same data that validate"
        " requests.",
        source=guide("models"),
    ),
    Cause(
        id="catalogue-disagrees",
        title="The catalogue lists something else than create accepts",
        happened="Create refused a resolution that the detail of a model lists, or accepted one"
        " that it does not list.",
        consequence="Users choose what the catalogue offers and get an error, or never see what is"
        " possible.",
        fix="Derive both from one table of the model.",
        source=guide("read the current model detail"),
    ),
)
"""The causes, the costliest first."""
