"""The wrapper of every endpoint of the API: authentication, admission and fault injection."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from starlette.responses import Response

from seedance_contract.declared.contract import Contract
from seedance_contract.declared.routes import Auth, Endpoint
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.injected_errors import injected_error
from seedance_mock.scripting.script import Script
from seedance_mock.service.admission import Admission, AdmittedRequest, rate_limit_headers
from seedance_mock.web.auth import (
    api_key,
    authorization_values,
    exposed_places,
    refusal_reason,
)
from seedance_mock.web.context import EndpointFunctions, Handler, RequestContext
from seedance_mock.web.errors.handlers import error_response
from seedance_mock.web.faults.response import (
    FaultyResponse,
    delivers_response,
    html_page,
    is_cut_off,
    redirect,
)
from seedance_mock.web.origins import OriginResolver, request_target


class FaultInjector:
    """Admits requests, and injects the faults that the script of their account demands.

    Injected errors name models of `contract`. With `explain`, a response header names the fault.
    """

    def __init__(
        self,
        admission: Admission,
        origin_resolver: OriginResolver,
        contract: Contract,
        *,
        explain: bool,
    ) -> None:
        self._admission = admission
        self._origin_resolver = origin_resolver
        self._contract = contract
        self._explain = explain

    def wrap(self, endpoint: Endpoint, functions: EndpointFunctions) -> Handler:
        """Return the handler of an endpoint behind authentication, admission and fault injection.

        The body is received after the authentication and before a fault is injected.
        """
        handler, observe = self._admitting(endpoint, functions), functions.observe
        if observe is None:
            return handler

        # No coroutine of its own, which would cost every request of the dialect.
        def observed(context: RequestContext) -> Coroutine[Any, Any, Response]:
            observe(context)
            return handler(context)

        return observed

    def _admitting(self, endpoint: Endpoint, functions: EndpointFunctions) -> Handler:
        auth, place = endpoint.auth, endpoint.place
        handler, receive_body, task_ids, _ = functions

        async def handle(context: RequestContext) -> Response:
            entry = context.log_entry
            entry.place, entry.host = place, context.headers.get(b"host")
            authorization = authorization_values(context)
            if authorization:
                entry.authorized = True
            elif auth is Auth.OPTIONAL:
                # Models and prices without a key have no account, hence no script and no limits.
                return await handler(context)
            task_id = context.path_params.get("id")
            try:
                context.secret = secret = api_key(authorization)
                entry.exposed = exposed_places(context, secret)
                account, key, task = await self._admission.authenticate(
                    secret, task_id, task_ids.stored_id
                )
                context.key = key
                entry.account = account.name
                entry.now = now = self._admission.authorize(account, key)
            except ApiError as error:
                entry.reason = refusal_reason(authorization, error.kind, entry.account)
                raise
            if receive_body is not None:
                await receive_body(context)
            # Set before the admission, so that X-Task-ID is part of an error response, too. The
            # pattern keeps other text of the path out of headers and journal.
            if task_id is not None and task_ids.pattern.fullmatch(task_id):
                entry.task_id = task_id
            admitted = await self._admission.admit(account, now, place, task, key)
            _record_admission(context, admitted)
            if admitted.fault is None:
                return await handler(context)
            return await self.respond(context, admitted, handler)

        return handle

    async def respond(
        self, context: RequestContext, admitted: AdmittedRequest, handler: Handler
    ) -> Response:
        """Return the response of `handler`, with the fault of the admitted request applied to it.

        Raises ApiError if the fault is an error of the API.
        """
        fault, entry = admitted.fault, context.log_entry
        if fault is None:
            return await handler(context)
        entry.fault, entry.fault_name, entry.applied = fault.word, fault.name, fault.applied
        if self._explain:
            entry.add_headers({"Mock-Did": fault.word})
        # An applied request runs its handler first: the task is created, its response is lost.
        response = await _response_or_error(context, handler) if fault.applied else None
        # The journal has the status that the client has received. Without a complete response it
        # has received none.
        if fault.transport_fault is None or not delivers_response(fault.transport_fault.name):
            entry.task_status = None
        entry.complete = fault.transport_fault is None or not is_cut_off(fault.transport_fault.name)
        if fault.error is not None:
            raise injected_error(
                fault,
                admitted.script,
                admitted.now,
                self._contract.models,
                has_rate_limit=admitted.rate_limit_status is not None,
            )
        assert fault.transport_fault is not None
        return self._faulty_response(context, fault.transport_fault.name, response, admitted.script)

    def _faulty_response(
        self, context: RequestContext, fault_name: str, response: Response | None, script: Script
    ) -> Response:
        # These four stand for a proxy in front of the API: it responds in place of the handler.
        match fault_name:
            case "empty":
                return Response()
            case "html":
                return html_page()
            case "redirect" | "found":
                return self._redirect(
                    context, 307 if fault_name == "redirect" else 302, script.redirect_origin
                )
        return FaultyResponse(fault_name, response, script.delay_seconds)

    def _redirect(self, context: RequestContext, status: int, origin_name: str) -> Response:
        origin = self._origin_resolver.origins(context).other(origin_name)
        context.log_entry.location = origin
        return redirect(status, origin, request_target(context.scope))


def _record_admission(context: RequestContext, admitted: AdmittedRequest) -> None:
    """Copy what the admission has decided into the context and the log entry."""
    entry = context.log_entry
    context.account, context.task = admitted.account, admitted.task
    entry.now = admitted.now
    if admitted.request_id is not None:
        entry.request_id = admitted.request_id
    if admitted.rate_limit_status is not None:
        entry.add_headers(rate_limit_headers(admitted.rate_limit_status))


async def _response_or_error(context: RequestContext, handler: Handler) -> Response:
    """Return the response of `handler`, also if it is an error."""
    try:
        return await handler(context)
    except ApiError as error:
        return error_response(context.log_entry, error)
