"""Where scripts meet requests: every public route passes here before and after its function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.routes import Auth
from seedance_contract.declared.tasks import ID
from seedance_mock.accounts import Account
from seedance_mock.admission import Admission, Visit, limit_headers
from seedance_mock.refusals import ApiError
from seedance_mock.scenarios import struck
from seedance_mock.script import Script
from seedance_mock.web import errors
from seedance_mock.web.callers import key_of, sent_keys
from seedance_mock.web.exchange import Notes, notes_of
from seedance_mock.web.faults import Faulty, elsewhere, page
from seedance_mock.web.origins import origins_of

Handler = Callable[[Request], Awaitable[Response]]
Receive = Callable[[Request], Awaitable[None]]

WHOLE = ("drip", "delay", "chunks", "early", "charset", "closing", "lapse")
"""Faults after which the client has the whole answer all the same."""

ACCOUNT = "seedance_mock.account"
"""The key of the scope under which a request's account stands."""


def account_of(request: Request) -> Account:
    """Return the account that a staged request was let in for."""
    account: Account = request.scope[ACCOUNT]
    return account


def staged(auth: Auth, place: str, handler: Handler, receive: Receive | None = None) -> Handler:
    """Return `handler` as it answers on a route of the API, with whatever words make of it.

    `receive` reads the request's body before anything strikes.
    """

    async def handle(request: Request) -> Response:
        notes = notes_of(request.scope)
        notes.place = place
        sent = sent_keys(request.scope)
        notes.authorized = bool(sent)
        if auth is Auth.OPTIONAL and not sent:
            return await handler(request)
        admission: Admission = request.app.state.admission
        account = await admission.account(key_of(sent))
        notes.account = account.name
        notes.now = admission.now(account)
        if receive is not None:
            await receive(request)
        visit = await admission.visit(account, place, _task_id(request, notes))
        _note(request, visit)
        return await performed(request, visit, handler)

    return handle


def _task_id(request: Request, notes: Notes) -> str | None:
    """Return the id in the path; a well-formed one names the exchange, whatever becomes of it."""
    task_id: str | None = request.path_params.get("id")
    if task_id is not None and ID.fullmatch(task_id):
        notes.task_id = task_id
    return task_id


def _note(request: Request, visit: Visit) -> None:
    """Note who was let in, and when on the account's clock."""
    notes = notes_of(request.scope)
    request.scope[ACCOUNT] = visit.account
    notes.now = visit.now
    if visit.request_id is not None:
        notes.request_id = visit.request_id
    if visit.allowance is not None:
        notes.add(limit_headers(visit.allowance))


async def performed(request: Request, visit: Visit, handler: Handler) -> Response:
    """Return the answer of `handler`, or what a fault makes of it."""
    fault = visit.fault
    if fault is None:
        return await handler(request)
    notes = notes_of(request.scope)
    notes.fault, notes.applied = fault.word, fault.applied
    if request.app.state.settings.explain:
        notes.add({"Mock-Did": fault.word})
    answer = await _answered(request, handler) if fault.applied else None
    if fault.effect is None or fault.effect.name not in WHOLE:
        notes.task_status = None
    if fault.kind is not None:
        raise struck(fault, visit.script, visit.now, metered=visit.allowance is not None)
    assert fault.effect is not None
    return _spoilt(request, fault.effect.name, answer, visit.script)


async def _answered(request: Request, handler: Handler) -> Response:
    """Return the answer of `handler`, also where it refuses."""
    try:
        return await handler(request)
    except ApiError as error:
        return await errors.refused(request, error)


def _spoilt(request: Request, effect: str, answer: Response | None, script: Script) -> Response:
    match effect:
        case "empty":
            return Response()
        case "html":
            return page()
        case "redirect" | "found":
            return _led_away(request, 307 if effect == "redirect" else 302, script.to)
    return Faulty(effect, answer, script.delay)


def _led_away(request: Request, status: int, name: str) -> Response:
    query = request.scope["query_string"].decode("latin-1")
    target = request.scope["path"] + (f"?{query}" if query else "")
    return elsewhere(status, origins_of(request).named(name), target)
