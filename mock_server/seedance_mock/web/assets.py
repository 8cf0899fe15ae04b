"""Results that can be downloaded and played."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from seedance_contract.declared.errors import (
    LINK_EXPIRED,
    METHOD_NOT_ALLOWED,
    TASK_NOT_FOUND,
    UNKNOWN_PATH,
)
from seedance_fixtures.media import clip, last_frame
from seedance_mock.admission import Admission
from seedance_mock.refusals import ApiError
from seedance_mock.service import Service
from seedance_mock.task import Task
from seedance_mock.views import LAST_FRAME, PART, VIDEO, asset_query
from seedance_mock.web.callers import sent_keys
from seedance_mock.web.exchange import notes_of
from seedance_mock.web.stage import performed


def video_file(task: Task) -> Path:
    """Return the file of a task's video."""
    return clip(task.video.ratio, audio=task.audio)


def _frame(task: Task) -> Path | None:
    return last_frame(task.video.ratio) if task.last_frame else None


_FILES: Mapping[str, Callable[[Task], Path | None]] = {VIDEO: video_file, LAST_FRAME: _frame}

_CONDITIONS = StaticFiles()


async def asset(request: Request) -> Response:
    """`GET /assets/{id}/{name}`: needs no key, but the query exactly as it was given."""
    notes = notes_of(request.scope)
    notes.place, notes.authorized = "asset", bool(sent_keys(request.scope))
    task = await _task(request)
    admission: Admission = request.app.state.admission
    account = await admission.store.account(task.owner)
    assert account is not None, "a completed task has an account"
    notes.task_id, notes.account = task.id, account.name
    visit = await admission.visit(account, "asset", task.id)
    notes.now = visit.now
    return await performed(request, visit, _file)


async def _file(request: Request) -> Response:
    task = await _task(request)
    find = _FILES.get(request.path_params["name"])
    path = find(task) if find else None
    if path is None:
        raise ApiError(UNKNOWN_PATH)
    if task.script.download == "get" and request.method == "HEAD":
        raise ApiError(METHOD_NOT_ALLOWED, headers={"Allow": "GET"})
    response = FileResponse(path, stat_result=path.stat())
    if task.script.download == "whole":
        return Response(path.read_bytes(), media_type=response.media_type)
    if _CONDITIONS.is_not_modified(response.headers, request.headers):
        return NotModifiedResponse(response.headers)
    return response


async def _task(request: Request) -> Task:
    """Return the completed task whose result is asked for by its right link."""
    service: Service = request.app.state.service
    task = await service.completed(request.path_params["id"])
    if task is None:
        raise ApiError(TASK_NOT_FOUND)
    query = asset_query(task, request.path_params["name"])
    sent = request.scope["query_string"].decode("latin-1")
    if sent.removesuffix(PART) != query:
        raise ApiError(LINK_EXPIRED)
    return task
