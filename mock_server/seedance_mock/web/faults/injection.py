"""Where scripts meet requests: every public route passes here before and after its function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from seedance_contract.declared.routes import Auth
from seedance_contract.declared.tasks import ID
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import struck
from seedance_mock.scripting.script import Script
from seedance_mock.service.admission import Admission, Visit, limit_headers
from seedance_mock.web.auth import key_of, sent_keys
from seedance_mock.web.context import Exchange, Handler
from seedance_mock.web.error_handlers import refused
from seedance_mock.web.faults.response import Faulty, elsewhere, page
from seedance_mock.web.origins import Addresses

Receive = Callable[[Exchange], Awaitable[None]]

WHOLE = ("drip", "delay", "chunks", "early", "charset", "closing", "lapse")
"""Faults after which the client has the whole answer all the same."""


class Staging:
    """Lets requests in, and does to their answers what words say.

    With `explain` the answer names the fault that struck it.
    """

    def __init__(self, admission: Admission, addresses: Addresses, *, explain: bool) -> None:
        self._admission = admission
        self._addresses = addresses
        self._explain = explain

    def staged(
        self, auth: Auth, place: str, handler: Handler, receive: Receive | None = None
    ) -> Handler:
        """Return `handler` as it answers on a route of the API, with whatever words make of it.

        `receive` reads the request's body before anything strikes.
        """

        async def handle(exchange: Exchange) -> Response:
            notes = exchange.notes
            notes.place = place
            sent = sent_keys(exchange)
            if sent:
                notes.authorized = True
            elif auth is Auth.OPTIONAL:
                return await handler(exchange)
            account = await self._admission.account(key_of(sent))
            notes.account = account.name
            notes.now = now = self._admission.now(account)
            if receive is not None:
                await receive(exchange)
            task_id = exchange.params.get("id")
            if task_id is not None and ID.fullmatch(task_id):
                # It names the exchange, whatever becomes of it.
                notes.task_id = task_id
            visit = await self._admission.visit(account, now, place, task_id)
            _note(exchange, visit)
            if visit.fault is None:
                return await handler(exchange)
            return await self.performed(exchange, visit, handler)

        return handle

    async def performed(self, exchange: Exchange, visit: Visit, handler: Handler) -> Response:
        """Return the answer of `handler`, or what a fault makes of it."""
        fault, notes = visit.fault, exchange.notes
        if fault is None:
            return await handler(exchange)
        notes.fault, notes.applied = fault.word, fault.applied
        if self._explain:
            notes.add({"Mock-Did": fault.word})
        answer = await _answered(exchange, handler) if fault.applied else None
        if fault.effect is None or fault.effect.name not in WHOLE:
            notes.task_status = None
        if fault.kind is not None:
            raise struck(fault, visit.script, visit.now, metered=visit.allowance is not None)
        assert fault.effect is not None
        return self._spoilt(exchange, fault.effect.name, answer, visit.script)

    def _spoilt(
        self, exchange: Exchange, effect: str, answer: Response | None, script: Script
    ) -> Response:
        match effect:
            case "empty":
                return Response()
            case "html":
                return page()
            case "redirect" | "found":
                return self._led_away(exchange, 307 if effect == "redirect" else 302, script.to)
        return Faulty(effect, answer, script.delay)

    def _led_away(self, exchange: Exchange, status: int, name: str) -> Response:
        query = exchange.scope["query_string"].decode("latin-1")
        target = exchange.scope["path"] + (f"?{query}" if query else "")
        return elsewhere(status, self._addresses.origins(exchange).named(name), target)


def _note(exchange: Exchange, visit: Visit) -> None:
    """Note who was let in, and when on the account's clock."""
    notes = exchange.notes
    exchange.account = visit.account
    notes.now = visit.now
    if visit.request_id is not None:
        notes.request_id = visit.request_id
    if visit.allowance is not None:
        notes.add(limit_headers(visit.allowance))


async def _answered(exchange: Exchange, handler: Handler) -> Response:
    """Return the answer of `handler`, also where it refuses."""
    try:
        return await handler(exchange)
    except ApiError as error:
        return refused(exchange.notes, error)
