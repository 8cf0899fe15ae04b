"""The endpoints for tasks: create, read and cancel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from starlette.responses import Response

from seedance_contract.declared.errors import DELIVERY_TIER_UNAVAILABLE
from seedance_contract.declared.routes import CANCEL, CREATE, READ, READ_LEGACY, Endpoint
from seedance_contract.derived.validation import Rejected
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import WORD_FIELDS, words_in_body
from seedance_mock.domain.task import Task
from seedance_mock.service.admission import Admission
from seedance_mock.service.tasks import Service
from seedance_mock.web.context import EndpointFunctions, RequestContext
from seedance_mock.web.endpoints.delivery_policy import delivery_policy, is_available
from seedance_mock.web.endpoints.poll_cache import PollCache
from seedance_mock.web.endpoints.request_bodies import RequestBodies
from seedance_mock.web.faults.injection import FaultInjector
from seedance_mock.web.ignored_fields import name_ignored_fields
from seedance_mock.web.origins import OriginResolver
from seedance_mock.web.responses import EncodedResponse, json_response
from seedance_mock.web.serializers import created_body, poll_url, task_body


class TaskEndpoints:
    """The endpoints that create, read and cancel tasks."""

    def __init__(
        self,
        service: Service,
        admission: Admission,
        fault_injector: FaultInjector,
        origin_resolver: OriginResolver,
        bodies: RequestBodies,
    ) -> None:
        self._service = service
        self._admission = admission
        self._fault_injector = fault_injector
        self._origin_resolver = origin_resolver
        self._poll_cache = PollCache(task_body)
        self._bodies = bodies

    @property
    def endpoints(self) -> Mapping[Endpoint, EndpointFunctions]:
        """The endpoints, and what they do."""
        return {
            CREATE: EndpointFunctions(self.create, self._bodies.receive),
            READ: EndpointFunctions(self.read),
            READ_LEGACY: EndpointFunctions(self.read),
            CANCEL: EndpointFunctions(self.cancel),
        }

    async def create(self, context: RequestContext) -> Response:
        """`POST /v1/videos/generations`."""
        policy = delivery_policy(context)
        body = context.body
        if isinstance(body, ApiError):
            raise body
        assert body is not None, "the body was received"
        if not is_available(policy, _account(context).script.delivery_tiers):
            verdict = self._service.validate(body)
            if isinstance(verdict, Rejected):
                await self._service.reconsider(_account(context), body, verdict)
            raise ApiError(DELIVERY_TIER_UNAVAILABLE)
        words = words_in_body(body)
        if not words:
            return await self._create(context, words)
        text = "".join(str(body.get(name)) for name in WORD_FIELDS)
        admitted = await self._admission.admit_prompt(_account(context), words, text)
        handler = partial(self._create, words=words)
        return await self._fault_injector.respond(context, admitted, handler)

    async def _create(self, context: RequestContext, words: str) -> Response:
        body, entry = context.body, context.log_entry
        assert isinstance(body, dict), "`create` has raised the error of an invalid body"
        task, verdict = await self._service.create(_account(context), body, words, context.key)
        # Warnings are made from a kept body. Without one, nothing reads the names, which may be
        # thousands.
        entry.ignored_fields = verdict.ignored_fields if entry.raw_body is not None else ()
        name_ignored_fields(context, verdict.ignored_fields)
        origins = self._origin_resolver.origins(context)
        created = created_body(task, origins)
        entry.task_id, entry.task_status, entry.price = task.id, str(created["status"]), task.price
        if task.script.poll_url_form != "path":
            entry.poll_url = poll_url(task, origins)
        return json_response(created)

    async def read(self, context: RequestContext) -> Response:
        """`GET /v1/tasks/{id}` and `GET /v1/videos/generations/{id}`."""
        task_id = context.path_params["id"]
        task, now = await self._service.read(_account(context), task_id, context.task)
        return self._task_response(context, task, now)

    async def cancel(self, context: RequestContext) -> Response:
        """`DELETE /v1/tasks/{id}`."""
        task_id = context.path_params["id"]
        task, now = await self._service.cancel(_account(context), task_id, context.task)
        return self._task_response(context, task, now)

    def _task_response(self, context: RequestContext, task: Task, now: float) -> Response:
        poll = self._poll_cache.get(task, now, self._origin_resolver.origins(context))
        entry = context.log_entry
        entry.now, entry.task_status = now, poll.status
        if poll.headers:
            entry.add_headers(poll.headers)
        return EncodedResponse(poll.body)


def _account(context: RequestContext) -> Account:
    account = context.account
    assert account is not None, "FaultInjector.wrap sets the account of an admitted request"
    return account
