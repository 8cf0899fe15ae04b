"""A request as the endpoints of the API see it, on the fast path and in Starlette alike."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from seedance_contract.declared.operations import Body
from seedance_contract.declared.tasks import TASK_ID_REGEX
from seedance_mock.domain.accounts import OPENING_KEY, Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import Task
from seedance_mock.web.logs.access_log import AccessLogEntry, log_entry_of

NO_PATH_PARAMS: Mapping[str, str] = MappingProxyType({})

STARTED = "seedance_mock.started"
"""The key in the ASGI scope of an awaitable: the response of a handler that has already started."""


class RequestContext:
    """A request, and what its handlers find out about it.

    `scope` is the ASGI scope. `headers` has the first header of each name, in lower case.
    `raw_body` is the body, or the ASGI `receive` where it has not been read. `account` is set
    when the request is admitted, and `key` says which key of the account it has. `secret` is
    that key itself. `body` is the parsed body of a create request, or the error that parsing
    raised. `task` is the task of the path as it was read with the account, if there is one.
    """

    # The scope refers to the log entry, never to the context: a reference cycle for each request
    # would be work for the garbage collector (a test counts them).
    __slots__ = (
        "account",
        "body",
        "headers",
        "key",
        "log_entry",
        "path_params",
        "raw_body",
        "scope",
        "secret",
        "task",
    )

    def __init__(self, scope: Scope, raw_body: Receive | bytes, log_entry: AccessLogEntry) -> None:
        self.scope = scope
        self.raw_body = raw_body
        self.log_entry = log_entry
        self.headers: Mapping[bytes, bytes] = dict(reversed(scope["headers"]))
        self.path_params: Mapping[str, str] = NO_PATH_PARAMS
        self.account: Account | None = None
        self.key = OPENING_KEY
        self.secret = ""
        self.task: Task | None = None
        self.body: Body | ApiError | None = None


Handler = Callable[[RequestContext], Coroutine[Any, Any, Response]]

BodyReceiver = Callable[[RequestContext], Awaitable[None]]


class TaskIds(NamedTuple):
    """The ids of tasks in a dialect.

    `pattern` matches the ids that the API shows. `stored_id` returns the id under which a task is
    stored, from the id in a path and the owner of the account.
    """

    pattern: re.Pattern[str]
    stored_id: Callable[[str, str], str] | None = None


V1_TASK_IDS = TaskIds(TASK_ID_REGEX)


class EndpointFunctions(NamedTuple):
    """What an endpoint does: it may receive the body, and it responds.

    `observe` is called first, also for requests that are refused or get a fault.
    """

    respond: Handler
    receive_body: BodyReceiver | None = None
    task_ids: TaskIds = V1_TASK_IDS
    observe: Callable[[RequestContext], None] | None = None


def as_endpoint(handler: Handler) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return a handler as an endpoint of a Starlette route."""

    async def endpoint(request: Request) -> Response:
        started: Awaitable[Response] | None = request.scope.pop(STARTED, None)
        if started is not None:
            return await started
        context = RequestContext(request.scope, request.receive, log_entry_of(request.scope))
        context.path_params = request.path_params
        return await handler(context)

    return endpoint
