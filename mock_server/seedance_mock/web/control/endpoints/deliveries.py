"""The endpoints of the control API for the deliveries of callbacks."""

from __future__ import annotations

from msgspec.structs import asdict
from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.errors import UNKNOWN_PATH
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.v3.callbacks import Delivery, EndedCallbacks, TaskCallbacks
from seedance_mock.domain.v3.details import shown_id
from seedance_mock.web.control.requests import callbacks_of, service_of
from seedance_mock.web.responses import json_response
from seedance_mock.web.serializers import JSON


async def list_deliveries(request: Request) -> Response:
    """`GET /_mock/deliveries`, of one `account` or `task`, or all."""
    name, task_id = request.query_params.get("account"), request.query_params.get("task")
    rows: list[JSON] = []
    for account in await service_of(request).store.accounts():
        if name not in (None, account.name):
            continue
        for callbacks in await callbacks_of(request).of_account(account.owner):
            if task_id in (None, shown_id(callbacks.id)):
                rows += [_row(account, callbacks, item) for item in callbacks.deliveries]
    return json_response({"deliveries": rows})


async def redeliver(request: Request) -> Response:
    """`POST /_mock/deliveries/{id}/redeliver`: send one again, and wait for the outcome."""
    delivery_id = request.path_params["id"]
    for account in await service_of(request).store.accounts():
        if await callbacks_of(request).redeliver(account, delivery_id):
            return await list_deliveries(request)
    raise ApiError(UNKNOWN_PATH, "no such delivery, or too many for its task")


def _row(account: Account, callbacks: TaskCallbacks | EndedCallbacks, delivery: Delivery) -> JSON:
    """Return a delivery without the URL, which may have a secret of the client."""
    return {
        "id": delivery.id,
        "account": account.name,
        "task_id": shown_id(callbacks.id),
        "status": delivery.status,
        "changed": delivery.changed,
        "due": None if delivery.is_ended else delivery.due,
        "acknowledged": any(attempt.is_acknowledged for attempt in delivery.attempts),
        "attempts": [asdict(attempt) for attempt in delivery.attempts],
    }
