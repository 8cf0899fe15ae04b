"""Where scripts meet requests: every public route passes here before and after its function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from seedance_contract.declared.routes import Auth
from seedance_contract.declared.tasks import ID
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import injected_error
from seedance_mock.scripting.script import Script
from seedance_mock.service.admission import Admission, AdmittedRequest, rate_limit_headers
from seedance_mock.web.auth import api_key, authorization_values
from seedance_mock.web.context import Handler, RequestContext
from seedance_mock.web.error_handlers import error_response
from seedance_mock.web.faults.response import FaultyResponse, html_page, redirect
from seedance_mock.web.origins import OriginResolver

Receive = Callable[[RequestContext], Awaitable[None]]

WHOLE = ("drip", "delay", "chunks", "early", "charset", "closing", "lapse")
"""Faults after which the client has the whole answer all the same."""


class FaultInjector:
    """Lets requests in, and does to their answers what words say.

    With `explain` the answer names the fault that struck it.
    """

    def __init__(self, admission: Admission, addresses: OriginResolver, *, explain: bool) -> None:
        self._admission = admission
        self._addresses = addresses
        self._explain = explain

    def wrap(
        self, auth: Auth, place: str, handler: Handler, receive: Receive | None = None
    ) -> Handler:
        """Return `handler` as it answers on a route of the API, with whatever words make of it.

        `receive` reads the request's body before anything strikes.
        """

        async def handle(exchange: RequestContext) -> Response:
            notes = exchange.log_entry
            notes.place = place
            sent = authorization_values(exchange)
            if sent:
                notes.authorized = True
            elif auth is Auth.OPTIONAL:
                return await handler(exchange)
            account = await self._admission.authenticate(api_key(sent))
            notes.account = account.name
            notes.now = now = self._admission.authorize(account)
            if receive is not None:
                await receive(exchange)
            task_id = exchange.path_params.get("id")
            if task_id is not None and ID.fullmatch(task_id):
                # It names the exchange, whatever becomes of it.
                notes.task_id = task_id
            visit = await self._admission.admit(account, now, place, task_id)
            _note(exchange, visit)
            if visit.fault is None:
                return await handler(exchange)
            return await self.respond(exchange, visit, handler)

        return handle

    async def respond(
        self, exchange: RequestContext, visit: AdmittedRequest, handler: Handler
    ) -> Response:
        """Return the answer of `handler`, or what a fault makes of it."""
        fault, notes = visit.fault, exchange.log_entry
        if fault is None:
            return await handler(exchange)
        notes.fault, notes.applied = fault.word, fault.applied
        if self._explain:
            notes.add_headers({"Mock-Did": fault.word})
        answer = await _answered(exchange, handler) if fault.applied else None
        if fault.transport_fault is None or fault.transport_fault.name not in WHOLE:
            notes.task_status = None
        if fault.error is not None:
            raise injected_error(
                fault, visit.script, visit.now, has_rate_limit=visit.rate_limit_status is not None
            )
        assert fault.transport_fault is not None
        return self._spoilt(exchange, fault.transport_fault.name, answer, visit.script)

    def _spoilt(
        self, exchange: RequestContext, effect: str, answer: Response | None, script: Script
    ) -> Response:
        match effect:
            case "empty":
                return Response()
            case "html":
                return html_page()
            case "redirect" | "found":
                return self._led_away(exchange, 307 if effect == "redirect" else 302, script.to)
        return FaultyResponse(effect, answer, script.delay)

    def _led_away(self, exchange: RequestContext, status: int, name: str) -> Response:
        query = exchange.scope["query_string"].decode("latin-1")
        target = exchange.scope["path"] + (f"?{query}" if query else "")
        return redirect(status, self._addresses.origins(exchange).named(name), target)


def _note(exchange: RequestContext, visit: AdmittedRequest) -> None:
    """Note who was let in, and when on the account's clock."""
    notes = exchange.log_entry
    exchange.account = visit.account
    notes.now = visit.now
    if visit.request_id is not None:
        notes.request_id = visit.request_id
    if visit.rate_limit_status is not None:
        notes.add_headers(rate_limit_headers(visit.rate_limit_status))


async def _answered(exchange: RequestContext, handler: Handler) -> Response:
    """Return the answer of `handler`, also where it refuses."""
    try:
        return await handler(exchange)
    except ApiError as error:
        return error_response(exchange.log_entry, error)
