"""The endpoints of the control API for tasks."""

from __future__ import annotations

from itertools import chain

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.errors import INVALID_REQUEST, UNKNOWN_PATH
from seedance_contract.declared.tasks import Status
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.forced_status import ForcedStatus
from seedance_mock.domain.task import Task, status
from seedance_mock.domain.v3.details import stored_v3_id
from seedance_mock.service.pauses import with_pauses
from seedance_mock.stores import Store
from seedance_mock.web.control.requests import (
    callbacks_of,
    integer_parameter,
    read_json_body,
    service_of,
)
from seedance_mock.web.control.schemas.bodies import FORCE_TASK_BODY
from seedance_mock.web.control.serializers import task_row
from seedance_mock.web.endpoints.assets import result_file
from seedance_mock.web.endpoints.byte_ranges import file_response
from seedance_mock.web.responses import json_response
from seedance_mock.web.serializers import JSON
from seedance_mock.web.v3.endpoints import V3_TASK_IDS

MAX_LAST_TASKS = 1_000_000
"""The highest value of `last`."""


async def list_tasks(request: Request) -> Response:
    """`GET /_mock/tasks`, of one `account` or all, or only the `last` ones of them."""
    service, name = service_of(request), request.query_params.get("account")
    accounts = {
        account.owner: account
        for account in await service.store.accounts()
        if name in (None, account.name)
    }
    last = integer_parameter(request, "last", 1, MAX_LAST_TASKS)
    # All tasks at once: to ask for those of each account takes a time that grows with the product
    # of accounts and tasks.
    tasks = [task for task in await service.store.tasks() if task.owner in accounts]
    rows: dict[str, list[JSON]] = {owner: [] for owner in accounts}
    async for task in with_pauses(tasks if last is None else tasks[-last:]):
        account = accounts[task.owner]
        rows[task.owner].append({"account": account.name, **task_row(service, account, task)})
    return json_response({"tasks": [*chain.from_iterable(rows.values())], "total": len(tasks)})


async def force_task(request: Request) -> Response:
    """`POST /_mock/tasks/{id}`: set its status from now on."""
    service = service_of(request)
    body = await read_json_body(request, FORCE_TASK_BODY)
    forced = ForcedStatus(str(body["status"]))
    if "failure" in body and forced is not ForcedStatus.FAILED:
        raise ApiError(
            INVALID_REQUEST, "failure needs the status failed", details={"param": "failure"}
        )
    account, task = await _requested_task(request)
    failure = None if "failure" not in body else str(body["failure"])
    after, _ = await service.force(account, task.id, forced, failure)
    await callbacks_of(request).deliver_within_limit(account.owner)
    return json_response(task_row(service, account, after))


async def read_task_file(request: Request) -> Response:
    """`GET /_mock/tasks/{id}/files/{name}`: a result, without a fault and without a trace.

    A download by the link of the task would be a request of its client: it would be in the
    journal, and might get a fault that was meant for the client.
    """
    account, task = await _requested_task(request)
    is_completed = status(task, service_of(request).now(account, task)) is Status.COMPLETED
    file = await result_file(task, request.path_params["name"]) if is_completed else None
    if file is None:
        raise ApiError(UNKNOWN_PATH, "The task has no such file")
    # In parts on request: a browser that seeks in a video asks for them.
    return file_response(*file, task.created, Headers(scope=request.scope))


async def _v3_task(store: Store, task_id: str) -> Task | None:
    """Return the task of v3 that some account sees under an id."""
    if V3_TASK_IDS.pattern.fullmatch(task_id):
        for account in await store.accounts():
            task = await store.task(stored_v3_id(task_id, account.owner))
            if task is not None:
                return task
    return None


async def _requested_task(request: Request) -> tuple[Account, Task]:
    """Return the task that the path names, and its account. Raises ApiError: 404."""
    store = service_of(request).store
    task_id = request.path_params["id"]
    task = await store.task(task_id) or await _v3_task(store, task_id)
    account = None if task is None else await store.account(task.owner)
    if task is None or account is None:
        raise ApiError(UNKNOWN_PATH, "No task of this id")
    return account, task
