"""The download of results: real video files and images, as a file store serves them."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response

from seedance_contract.declared.errors import (
    LINK_EXPIRED,
    METHOD_NOT_ALLOWED,
    RANGE_NOT_SATISFIABLE,
    TASK_NOT_FOUND,
    UNKNOWN_PATH,
)
from seedance_fixtures.media import VideoOrder, last_frame, video
from seedance_fixtures.segmented_file import SegmentedFile
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import Task
from seedance_mock.domain.v3.details import shown_id
from seedance_mock.service.admission import Admission
from seedance_mock.service.tasks import Service
from seedance_mock.web.auth import authorization_values
from seedance_mock.web.context import RequestContext
from seedance_mock.web.endpoints.byte_ranges import file_response, whole_file_response
from seedance_mock.web.faults.injection import FaultInjector
from seedance_mock.web.serializers import (
    LAST_FRAME_FILE,
    RESULT_MEDIA_TYPES,
    SECOND_VIDEO_QUERY,
    asset_query,
    video_name,
)


class ResultFile(NamedTuple):
    """A result of a task, and its media type."""

    content: SegmentedFile
    media_type: str


def file_names(task: Task) -> list[str]:
    """Return the names of the files that a task has once it is completed."""
    return [video_name(task.container), *([LAST_FRAME_FILE] if task.last_frame else [])]


async def result_file(task: Task, name: str) -> ResultFile | None:
    """Return the file of a completed task that has this name in its link; None without one."""
    if name not in file_names(task):
        return None
    if name != LAST_FRAME_FILE:
        return ResultFile(video_file(task), RESULT_MEDIA_TYPES[name])
    # To compress the millions of pixels of 4k takes 20 ms. No other request waits for that.
    image = await run_in_threadpool(last_frame, _order(task))
    return ResultFile(SegmentedFile((image,)), RESULT_MEDIA_TYPES[name])


def video_file(task: Task) -> SegmentedFile:
    """Return the video of a completed task. Its metadata tell which task that is."""
    resolution, ratio, seconds = task.video.resolution, task.video.ratio, task.video.seconds
    return video(
        _order(task), shown_id(task.id), f"{task.model}, {resolution} {ratio}, {seconds} s"
    )


def _order(task: Task) -> VideoOrder:
    size, seconds = task.video.size, task.video.seconds
    return VideoOrder(*size, seconds, task.audio, task.watermark, task.container)


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
        file = await result_file(task, context.path_params["name"])
        if file is None:
            raise ApiError(UNKNOWN_PATH)
        if task.script.download_form == "get" and context.scope["method"] == "HEAD":
            raise ApiError(METHOD_NOT_ALLOWED, headers={"Allow": "GET"})
        if task.script.download_form == "whole":
            return whole_file_response(*file)
        # A file is as old as its task: a date after the account's time would be no valid one.
        response = file_response(*file, task.created, Headers(scope=context.scope))
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
