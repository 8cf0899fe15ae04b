"""The download of results: real video files and images, as a file store serves them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
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
from seedance_mock.web.serializers import (
    LAST_FRAME_FILE,
    SECOND_VIDEO_QUERY,
    VIDEO_FILE,
    asset_query,
)


def video_file(task: Task) -> Path:
    """Return the file of a task's video."""
    return clip(task.video.ratio, audio=task.audio)


def _last_frame_file(task: Task) -> Path | None:
    return last_frame(task.video.ratio) if task.last_frame else None


ASSET_FILES: Mapping[str, Callable[[Task], Path | None]] = {
    VIDEO_FILE: video_file,
    LAST_FRAME_FILE: _last_frame_file,
}

# FileResponse sets ETag and Last-Modified but ignores If-None-Match and If-Modified-Since.
# StaticFiles evaluates them; nothing else of it is used, so it needs no directory.
_STATIC_FILES = StaticFiles()

# `first-last`, `first-` or `-suffix_length` (RFC 9110, 14.1.2). 18 digits fit into 64 bits; int()
# raises for more than 4300 digits.
_BYTE_RANGE = re.compile(r"(\d{1,18})-(\d{0,18})|-\d{1,18}", re.ASCII)


class _RangeFileResponse(FileResponse):
    """A file, or the part of it that a valid Range header selects."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette answers 400 to an invalid Range header. RFC 9110, 14.2, lets a server ignore
        # the header and send the whole file. File stores do that.
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name != b"range" or _is_valid_range(value.decode("latin-1"))
        ]
        await super().__call__({**scope, "headers": headers}, receive, send)


def _is_valid_range(header: str) -> bool:
    """Return whether the value of a Range header is valid. Source: RFC 9110, 14.2"""
    unit, _, ranges = header.partition("=")
    # Empty elements of a list are ignored (RFC 9110, 5.6.1.2).
    matches = [_BYTE_RANGE.fullmatch(part.strip()) for part in ranges.split(",") if part.strip()]
    return unit.strip().lower() == "bytes" and bool(matches) and all(map(_is_ascending, matches))


def _is_ascending(byte_range: re.Match[str] | None) -> bool:
    return byte_range is not None and (
        not byte_range[2] or int(byte_range[1]) <= int(byte_range[2])
    )


class AssetEndpoint:
    """The endpoint for results."""

    def __init__(
        self, service: Service, admission: Admission, fault_injector: FaultInjector
    ) -> None:
        self._service = service
        self._admission = admission
        self._fault_injector = fault_injector

    async def download(self, context: RequestContext) -> Response:
        """`GET /assets/{id}/{name}`. It needs no key, as the link is the permission."""
        entry = context.log_entry
        entry.place, entry.authorized = "asset", bool(authorization_values(context))
        task = await self._linked_task(context)
        account = await self._admission.store.account(task.owner)
        assert account is not None, "a completed task has an account"
        entry.task_id, entry.account = task.id, account.name
        now = self._service.now(account)
        admitted = await self._admission.admit(account, now, "asset", task.id)
        entry.now = admitted.now
        handler = partial(self._file_response, task=task)
        return await self._fault_injector.respond(context, admitted, handler)

    async def _file_response(self, context: RequestContext, task: Task) -> Response:
        find_file = ASSET_FILES.get(context.path_params["name"])
        path = find_file(task) if find_file else None
        if path is None:
            raise ApiError(UNKNOWN_PATH)
        if task.script.download_form == "get" and context.scope["method"] == "HEAD":
            raise ApiError(METHOD_NOT_ALLOWED, headers={"Allow": "GET"})
        response = _RangeFileResponse(path, stat_result=path.stat())
        if task.script.download_form == "whole":
            return Response(path.read_bytes(), media_type=response.media_type)
        if _STATIC_FILES.is_not_modified(response.headers, Headers(scope=context.scope)):
            return NotModifiedResponse(response.headers)
        return response

    async def _linked_task(self, context: RequestContext) -> Task:
        """Return the completed task that the requested link belongs to.

        Raises ApiError: `async_task_not_found`, or `link_expired` for an altered link.
        """
        task = await self._service.completed_task(context.path_params["id"])
        if task is None:
            raise ApiError(TASK_NOT_FOUND)
        # The raw bytes are compared, not the parsed query: a client that re-encodes a signed link
        # must fail here as it would at a real file store.
        expected = asset_query(task, context.path_params["name"])
        query = context.scope["query_string"].decode("latin-1")
        if query.removesuffix(SECOND_VIDEO_QUERY) != expected:
            raise ApiError(LINK_EXPIRED)
        return task
