"""Create, read and cancel."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.tasks import ID_PATTERN
from seedance_mock.service import Service
from seedance_mock.settings import Settings
from seedance_mock.task import Task, billing_id
from seedance_mock.views import created, shown
from seedance_mock.web.answers import answer
from seedance_mock.web.bodies import read_object
from seedance_mock.web.exchange import TASK_ID
from seedance_mock.web.keys import owner

_TASK_ID = re.compile(ID_PATTERN)
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


def base_url(request: Request) -> str:
    """Return the URL under which the client reached this server, or the one configured."""
    settings: Settings = request.app.state.settings
    if settings.public_url is not None:
        return settings.public_url
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:
        host, port = request.scope["server"]
        host = f"{host}:{port}"
    return f"{request.scope['scheme']}://{host}"


async def create(request: Request) -> Response:
    """`POST /v1/videos/generations`."""
    service: Service = request.app.state.service
    asking = owner(request)
    body = await read_object(request, service.settings.max_body)
    task = await service.create(asking, body)
    request.scope[TASK_ID] = task.id
    return answer(created(task))


async def read(request: Request) -> Response:
    """`GET /v1/tasks/{id}` and its older path."""
    service: Service = request.app.state.service
    task, now = await service.read(owner(request), _asked_for(request))
    return _shown(request, task, now)


async def cancel(request: Request) -> Response:
    """`DELETE /v1/tasks/{id}`."""
    service: Service = request.app.state.service
    task, now = await service.cancel(owner(request), _asked_for(request))
    return _shown(request, task, now)


def _asked_for(request: Request) -> str:
    """Return the id in the path; a well-formed one names the exchange, whatever becomes of it."""
    task_id: str = request.path_params["id"]
    if _TASK_ID.fullmatch(task_id):
        request.scope[TASK_ID] = task_id
    return task_id


def _shown(request: Request, task: Task, now: float) -> Response:
    charge = billing_id(task, now)
    headers = {"X-Billing-Transaction-ID": charge} if charge else None
    return answer(shown(task, now, base_url(request)), headers=headers)
