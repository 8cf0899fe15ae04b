"""Results that can be downloaded and played."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from seedance_contract.declared.errors import TASK_NOT_FOUND, UNKNOWN_PATH
from seedance_contract.declared.tasks import Status
from seedance_fixtures.media import clip, last_frame
from seedance_mock.refusals import ApiError
from seedance_mock.service import Service
from seedance_mock.task import Task, status
from seedance_mock.views import LAST_FRAME, VIDEO, asset_query


def _video(task: Task) -> Path:
    return clip(task.video.ratio, audio=task.audio)


def _frame(task: Task) -> Path | None:
    return last_frame(task.video.ratio) if task.last_frame else None


_FILES: Mapping[str, Callable[[Task], Path | None]] = {VIDEO: _video, LAST_FRAME: _frame}

_CONDITIONS = StaticFiles()


async def asset(request: Request) -> Response:
    """`GET /assets/{id}/{name}`: needs no key, but the query exactly as it was given."""
    path = await _path(request)
    response = FileResponse(path, stat_result=path.stat())
    if _CONDITIONS.is_not_modified(response.headers, request.headers):
        return NotModifiedResponse(response.headers)
    return response


async def _path(request: Request) -> Path:
    service: Service = request.app.state.service
    name = request.path_params["name"]
    task = await service.store.task(request.path_params["id"])
    if task is None or status(task, service.clock()) is not Status.COMPLETED:
        raise ApiError(TASK_NOT_FOUND)
    find = _FILES.get(name)
    path = find(task) if find else None
    if path is None or request.scope["query_string"].decode("latin-1") != asset_query(task, name):
        raise ApiError(UNKNOWN_PATH)
    return path
