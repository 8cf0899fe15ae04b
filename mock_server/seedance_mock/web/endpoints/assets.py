"""The download of results: real video files and images, as a file store serves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from zlib import crc32

from starlette.datastructures import Headers
from starlette.responses import Response

from seedance_contract.declared.errors import (
    LINK_EXPIRED,
    METHOD_NOT_ALLOWED,
    RANGE_NOT_SATISFIABLE,
    TASK_NOT_FOUND,
    UNKNOWN_PATH,
)
from seedance_fixtures.media import clip, content, last_frame
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import Task
from seedance_mock.service.admission import Admission
from seedance_mock.service.tasks import Service
from seedance_mock.web.auth import authorization_values
from seedance_mock.web.context import RequestContext
from seedance_mock.web.endpoints.byte_ranges import file_response
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

MEDIA_TYPES: Mapping[str, str] = {".mp4": "video/mp4", ".png": "image/png"}


@cache
def _etag(path: Path) -> str:
    # Of the content, as file stores have it. A cryptographic hash would need another module.
    return f'"{crc32(content(path)):08x}"'


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
        entry.host = context.headers.get(b"host")
        task = await self._linked_task(context)
        account = await self._admission.store.account(task.owner)
        assert account is not None, "a completed task has an account"
        entry.task_id, entry.account = task.id, account.name
        now = self._service.now(account)
        admitted = await self._admission.admit(account, now, "asset", task)
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
        data, media_type = content(path), MEDIA_TYPES[path.suffix]
        if task.script.download_form == "whole":
            return Response(data, media_type=media_type)
        headers = Headers(scope=context.scope)
        # A file is as old as its task: a date after the account's time would be no valid one.
        response = file_response(data, media_type, _etag(path), task.created, headers)
        if response.status_code == RANGE_NOT_SATISFIABLE.status:
            size = response.headers["Content-Range"]
            raise ApiError(RANGE_NOT_SATISFIABLE, headers={"Content-Range": size})
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
