"""Results that can be downloaded and played."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from seedance_contract.declared.errors import (
    LINK_EXPIRED,
    METHOD_NOT_ALLOWED,
    TASK_NOT_FOUND,
    UNKNOWN_PATH,
)
from seedance_fixtures.media import clip, last_frame
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import Task
from seedance_mock.service.admission import Admission
from seedance_mock.service.tasks import Service
from seedance_mock.web.auth import authorization_values
from seedance_mock.web.context import RequestContext
from seedance_mock.web.faults.injection import FaultInjector
from seedance_mock.web.serializers import LAST_FRAME, PART, VIDEO, asset_query


def video_file(task: Task) -> Path:
    """Return the file of a task's video."""
    return clip(task.video.ratio, audio=task.audio)


def _frame(task: Task) -> Path | None:
    return last_frame(task.video.ratio) if task.last_frame else None


_FILES: Mapping[str, Callable[[Task], Path | None]] = {VIDEO: video_file, LAST_FRAME: _frame}

_CONDITIONS = StaticFiles()


_SPAN = re.compile(r"(\d{1,18})-(\d{0,18})|-\d{1,18}", re.ASCII)
"""One range of bytes: from a first to a last, from a first on, or the last so many."""


class _File(FileResponse):
    """A file, or the part of it that a Range header asks for if it is well-formed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = [
            (name, value)
            for name, value in scope["headers"]
            if name != b"range" or _well_formed(value.decode("latin-1"))
        ]
        await super().__call__({**scope, "headers": kept}, receive, send)


def _well_formed(asked: str) -> bool:
    """Tell whether a Range header is one. Source: RFC 9110, 14.2: else it is ignored."""
    unit, _, spans = asked.partition("=")
    matches = [_SPAN.fullmatch(span.strip()) for span in spans.split(",") if span.strip()]
    return unit.strip().lower() == "bytes" and bool(matches) and all(map(_forward, matches))


def _forward(span: re.Match[str] | None) -> bool:
    return span is not None and (not span[2] or int(span[1]) <= int(span[2]))


class AssetEndpoint:
    """The function of the route for results."""

    def __init__(self, service: Service, admission: Admission, staging: FaultInjector) -> None:
        self._service = service
        self._admission = admission
        self._staging = staging

    async def asset(self, exchange: RequestContext) -> Response:
        """`GET /assets/{id}/{name}`: needs no key, but the query exactly as it was given."""
        notes = exchange.log_entry
        notes.place, notes.authorized = "asset", bool(authorization_values(exchange))
        task = await self._task(exchange)
        account = await self._admission.store.account(task.owner)
        assert account is not None, "a completed task has an account"
        notes.task_id, notes.account = task.id, account.name
        now = self._service.now(account)
        visit = await self._admission.admit(account, now, "asset", task.id)
        notes.now = visit.now
        return await self._staging.respond(exchange, visit, self._file)

    async def _file(self, exchange: RequestContext) -> Response:
        task = await self._task(exchange)
        find = _FILES.get(exchange.path_params["name"])
        path = find(task) if find else None
        if path is None:
            raise ApiError(UNKNOWN_PATH)
        if task.script.download == "get" and exchange.scope["method"] == "HEAD":
            raise ApiError(METHOD_NOT_ALLOWED, headers={"Allow": "GET"})
        response = _File(path, stat_result=path.stat())
        if task.script.download == "whole":
            return Response(path.read_bytes(), media_type=response.media_type)
        if _CONDITIONS.is_not_modified(response.headers, Headers(scope=exchange.scope)):
            return NotModifiedResponse(response.headers)
        return response

    async def _task(self, exchange: RequestContext) -> Task:
        """Return the completed task whose result is asked for by its right link."""
        task = await self._service.completed_task(exchange.path_params["id"])
        if task is None:
            raise ApiError(TASK_NOT_FOUND)
        query = asset_query(task, exchange.path_params["name"])
        sent = exchange.scope["query_string"].decode("latin-1")
        if sent.removesuffix(PART) != query:
            raise ApiError(LINK_EXPIRED)
        return task
