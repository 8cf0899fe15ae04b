"""Create, read and cancel."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.field_rules import printable
from seedance_contract.declared.operations import Body
from seedance_mock import redaction
from seedance_mock.admission import Admission
from seedance_mock.refusals import ApiError
from seedance_mock.scenarios import CARRIERS, words_in
from seedance_mock.service import Service
from seedance_mock.settings import Settings
from seedance_mock.task import Task
from seedance_mock.views import created
from seedance_mock.web.answers import Encoded, answer
from seedance_mock.web.bodies import parse_object, read_bytes
from seedance_mock.web.exchange import notes_of
from seedance_mock.web.origins import base_url, origins_of
from seedance_mock.web.polls import Polls
from seedance_mock.web.stage import account_of, performed

SMALL = 4 * 1024
"""Bytes of a body that the journal may keep until somebody reads its entry."""

MOST_NAMES = 16
"""How many ignored fields an answer names."""

BODY = "seedance_mock.body"
"""The key of the scope under which the body of a create request stands, or why there is none."""


async def receive(request: Request) -> None:
    """Read the body of a create request, so that it is known whatever becomes of the request.

    Raises ApiError: `payload_too_large`.
    """
    settings: Settings = request.app.state.settings
    raw = await read_bytes(request, settings.max_body)
    try:
        body = request.scope[BODY] = parse_object(raw)
    except ApiError as error:
        request.scope[BODY] = error
        return
    notes = notes_of(request.scope)
    notes.header_names = [name for name, _ in request.scope["headers"]]
    if len(raw) <= SMALL:
        notes.body = body
    else:
        notes.request = redaction.summary(body)


async def create(request: Request) -> Response:
    """`POST /v1/videos/generations`."""
    body: Body | ApiError = request.scope[BODY]
    if isinstance(body, ApiError):
        raise body
    words = words_in(body)
    if not words:
        return await _create(request)
    admission: Admission = request.app.state.admission
    text = "".join(str(body.get(name)) for name in CARRIERS)
    visit = await admission.prompted(account_of(request), words, text)
    return await performed(request, visit, _create)


async def _create(request: Request) -> Response:
    service: Service = request.app.state.service
    body: Body = request.scope[BODY]
    account = account_of(request)
    task, verdict = await service.create(account, body)
    notes = notes_of(request.scope)
    if notes.body is not None:
        notes.accepted = (body, verdict.ignored)
    if verdict.ignored:
        notes.add({"Mock-Ignored": _listed(verdict.ignored)})
    notes.task_id, notes.task_status = task.id, "pending"
    return answer(created(task, service.now(account, task), origins_of(request)))


def _listed(names: Sequence[str]) -> str:
    """Return the names of fields as a header can have them."""
    shown = list(dict.fromkeys(map(printable, names)))
    return ", ".join([*shown[:MOST_NAMES], *(["..."] if len(shown) > MOST_NAMES else [])])


async def read(request: Request) -> Response:
    """`GET /v1/tasks/{id}` and its older path."""
    service: Service = request.app.state.service
    task, now = await service.read(account_of(request), request.path_params["id"])
    return _shown(request, task, now)


async def cancel(request: Request) -> Response:
    """`DELETE /v1/tasks/{id}`."""
    service: Service = request.app.state.service
    task, now = await service.cancel(account_of(request), request.path_params["id"])
    return _shown(request, task, now)


def _shown(request: Request, task: Task, now: float) -> Response:
    polls: Polls = request.app.state.polls
    told = polls.told(task, now, base_url(request))
    notes = notes_of(request.scope)
    notes.now, notes.task_status = now, told.status
    if told.billing is not None:
        notes.add({"X-Billing-Transaction-ID": told.billing})
    return Encoded(told.body)
