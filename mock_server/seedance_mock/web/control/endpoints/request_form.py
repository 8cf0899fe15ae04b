"""The endpoints of the control API for trying a request: its form, and its check."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.operations import Body
from seedance_contract.derived.cost import cost_usd, estimated_cost, requested_video, token_count
from seedance_contract.derived.request_form import request_form
from seedance_contract.derived.validation import Accepted, Rejected
from seedance_mock.domain.errors import ApiError, invalid_request
from seedance_mock.domain.scenarios import parse_task_script, words_in_body
from seedance_mock.service.tasks import Service
from seedance_mock.settings import Settings
from seedance_mock.web.control.requests import read_json_object, service_of
from seedance_mock.web.errors.bodies import v1_error_body
from seedance_mock.web.logs.access_log import log_entry_of
from seedance_mock.web.responses import json_response
from seedance_mock.web.serializers import JSON


async def read_request_form(request: Request) -> Response:
    """`GET /_mock/request-form`: the fields of a create request, by model and operation."""
    return json_response(request_form(service_of(request).contract))


async def check_request(request: Request) -> Response:
    """`POST /_mock/validate`: what a create request would get. Nothing is created.

    Money, rate limits and faults are not looked at: they belong to an account.
    """
    settings: Settings = request.app.state.settings
    body = await read_json_object(request, settings.max_body)
    try:
        accepted = _accepted(body, service_of(request))
    except ApiError as error:
        refusal = v1_error_body(error, log_entry_of(request.scope).request_id)
        return json_response(
            {
                "accepted": False,
                "status": refusal.status,
                "error": refusal.content,
                "rules": list(error.rules),
            }
        )
    return json_response(
        {
            "accepted": True,
            "operation": accepted.operation.name,
            "request": accepted.request,
            "ignored": list(accepted.ignored_fields),
            **_cost(accepted, settings),
        }
    )


def _accepted(body: Body, service: Service) -> Accepted:
    """Return the normalised request. Raises ApiError as the create request would."""
    parse_task_script(words_in_body(body))
    verdict = service.validate(body)
    if isinstance(verdict, Rejected):
        raise invalid_request(verdict)
    return verdict


def _cost(accepted: Accepted, settings: Settings) -> JSON:
    """Return the tokens and the price; null if they depend on the task that is continued."""
    if "task_id" in accepted.request:
        return {"tokens": None, "price_usd": None, "reserved_usd": None}
    video = requested_video(accepted.request, input_seconds=settings.input_seconds)
    return {
        "tokens": token_count(video),
        "price_usd": f"{cost_usd(video):f}",
        "reserved_usd": f"{estimated_cost(accepted.request, video):f}",
    }
