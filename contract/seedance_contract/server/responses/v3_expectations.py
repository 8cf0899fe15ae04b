"""Requests to the routes under /api/v3, and what their responses must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from seedance_contract.case import Mismatch
from seedance_contract.declared.operations import Body
from seedance_contract.declared.routes import Endpoint
from seedance_contract.declared.v3.routes import (
    IDEMPOTENCY_HEADER,
    V3_CREATE,
    V3_DELETE,
    V3_LIST,
    V3_READ,
)
from seedance_contract.server.check_context import CheckContext
from seedance_contract.server.http.exchange import ReceivedResponse, member, objects
from seedance_contract.server.responses.response_checks import expect_status

EXAMPLE_V3_TASK_ID = "cgt-20260102030405-zzzzz"
"""The id of no task."""


def send_v3_create(
    context: CheckContext, key: str, body: object, idempotency_key: str | None = None
) -> ReceivedResponse:
    """Send a create request."""
    headers = None if idempotency_key is None else {IDEMPOTENCY_HEADER: idempotency_key}
    return context.target.send(
        V3_CREATE.method, V3_CREATE.path, key=key, body=body, headers=headers
    )


def created_id(response: ReceivedResponse) -> str:
    """Return the id in the response to a create. Raises Mismatch if it is refused."""
    task_id = expect_status(response, 200, cause="valid-request-refused").json_object.get("id")
    if not isinstance(task_id, str):
        raise Mismatch("an id in the response to create", response.summary)
    return task_id


def create_v3_task(context: CheckContext, key: str, body: Body) -> str:
    """Create a task and return its id. Raises Mismatch if the server refuses."""
    return created_id(send_v3_create(context, key, body))


def send_about_v3_task(
    context: CheckContext, endpoint: Endpoint, task_id: str, key: str
) -> ReceivedResponse:
    """Send a request about a task."""
    # The id comes from the server, which may send any text.
    path = endpoint.path.format(id=quote(task_id, safe="", errors="replace"))
    return context.target.send(endpoint.method, path, key=key)


def read_v3_task(context: CheckContext, task_id: str, key: str) -> Mapping[str, Any]:
    """Return a task as JSON. Raises Mismatch if the server refuses, or sends no object."""
    response = send_about_v3_task(context, V3_READ, task_id, key)
    return expect_status(response, 200).require_object()


def delete_v3_task(context: CheckContext, task_id: str, key: str) -> ReceivedResponse:
    """Send a request to delete a task."""
    return send_about_v3_task(context, V3_DELETE, task_id, key)


def list_v3_tasks(
    context: CheckContext, key: str, *filters: tuple[str, object]
) -> tuple[list[str], int]:
    """Return the ids of a list of tasks, and its total. Raises Mismatch if there is no list."""
    path = f"{V3_LIST.path}?{urlencode(filters, errors='replace')}" if filters else V3_LIST.path
    response = expect_status(context.target.send(V3_LIST.method, path, key=key), 200)
    items, total = (response.require_object().get(name) for name in ("items", "total"))
    if not isinstance(items, list) or type(total) is not int:
        raise Mismatch("items, an array, and total, an integer", response.summary)
    return [str(item.get("id")) for item in objects(items)], total


def expect_v3_error(
    response: ReceivedResponse, status: int, code: str | None = None, *, cause: str = ""
) -> ReceivedResponse:
    """Return the response if it has this status and error code. Raises Mismatch otherwise."""
    expect_status(response, status, cause=cause)
    actual = member(response.json, "error", "code")
    if code is not None and actual != code:
        raise Mismatch(f"the code {code}", response.summary, cause="wrong-error")
    return response
