"""The endpoints of v3: create, get, list and delete of tasks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from starlette.responses import Response

from seedance_contract.declared.errors import DELIVERY_TIER_UNAVAILABLE
from seedance_contract.declared.routes import Endpoint
from seedance_contract.declared.v3.content import TEXT, content_items, is_text_only
from seedance_contract.declared.v3.contract import v3_contract_of
from seedance_contract.declared.v3.routes import (
    CLIENT_REQUEST_ID_HEADER,
    IDEMPOTENCY_HEADER,
    MAX_IDEMPOTENCY_KEY,
    REPLAYED_HEADER,
    V3_CREATE,
    V3_DELETE,
    V3_LIST,
    V3_READ,
    V3_TASK_ID_PATTERN,
)
from seedance_contract.derived.v3.v3_validation import V3Rejected, validate_v3_request
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import words_in_texts
from seedance_mock.domain.task import Task
from seedance_mock.domain.v3.details import shown_id, stored_v3_id
from seedance_mock.service.admission import Admission
from seedance_mock.service.callbacks.deliveries import Callbacks
from seedance_mock.service.redaction import shown_client_id
from seedance_mock.service.v3_tasks import V3Service
from seedance_mock.web.context import EndpointFunctions, RequestContext, TaskIds
from seedance_mock.web.endpoints.delivery_policy import delivery_policy, is_available
from seedance_mock.web.endpoints.poll_cache import CachedPoll, PollCache
from seedance_mock.web.endpoints.request_bodies import RequestBodies
from seedance_mock.web.faults.injection import FaultInjector
from seedance_mock.web.ignored_fields import name_ignored_fields
from seedance_mock.web.origins import OriginResolver
from seedance_mock.web.responses import EncodedResponse, encode_json, json_response
from seedance_mock.web.v3.error_body import invalid_parameter, invalid_v3_request
from seedance_mock.web.v3.list_query import parse_list_query
from seedance_mock.web.v3.serializers import ark_task_body, v3_task_body

V3_TASK_IDS = TaskIds(re.compile(V3_TASK_ID_PATTERN), stored_v3_id)

ARK = "ark"
"""The value of the setting `wire` for the forms of the model's maker."""

_IDEMPOTENCY_NAME = IDEMPOTENCY_HEADER.lower().encode()
_CLIENT_ID_NAME = CLIENT_REQUEST_ID_HEADER.lower().encode()


class V3Endpoints:
    """The endpoints of v3."""

    def __init__(
        self,
        service: V3Service,
        admission: Admission,
        fault_injector: FaultInjector,
        origin_resolver: OriginResolver,
        bodies: RequestBodies,
        callbacks: Callbacks,
    ) -> None:
        self._service = service
        self._callbacks = callbacks
        self._admission = admission
        self._fault_injector = fault_injector
        self._origin_resolver = origin_resolver
        self._bodies = bodies
        self._contract = v3_contract_of(service.service.contract)
        self._wire = service.service.settings.wire
        self._is_tolerant = service.service.settings.tolerant
        self._polls = PollCache(v3_task_body)
        self._ark_polls = PollCache(ark_task_body)

    @property
    def endpoints(self) -> Mapping[Endpoint, EndpointFunctions]:
        """The endpoints, and what they do."""
        functions = {
            V3_CREATE: EndpointFunctions(self.create, self._bodies.receive),
            V3_READ: EndpointFunctions(self.read, task_ids=V3_TASK_IDS),
            V3_LIST: EndpointFunctions(self.list),
            V3_DELETE: EndpointFunctions(self.delete, task_ids=V3_TASK_IDS),
        }
        return {
            endpoint: endpoint_functions._replace(observe=_observe_client_id)
            for endpoint, endpoint_functions in functions.items()
        }

    async def create(self, context: RequestContext) -> Response:
        """`POST /api/v3/contents/generations/tasks`."""
        policy = delivery_policy(context, invalid_parameter)
        body = context.body
        if isinstance(body, ApiError):
            raise body
        assert body is not None, "the body was received"
        texts = _texts_with_brackets(body.get("content"))
        words = words_in_texts(texts) if texts else ""
        if not words:
            return await self._create(context, words, policy)
        text = "".join(text for _, text in texts)
        admitted = await self._admission.admit_prompt(_account(context), words, text)
        return await self._fault_injector.respond(
            context, admitted, partial(self._create, words=words, policy=policy)
        )

    async def _create(self, context: RequestContext, words: str, policy: str) -> Response:
        body, entry = context.body, context.log_entry
        assert isinstance(body, dict), "`create` has raised the error of an invalid body"
        idempotency_key = _idempotency_key(context)
        verdict = validate_v3_request(body, self._contract, tolerant=self._is_tolerant)
        if isinstance(verdict, V3Rejected):
            raise invalid_v3_request(verdict)
        if not is_available(policy, _account(context).script.delivery_tiers):
            raise ApiError(DELIVERY_TIER_UNAVAILABLE)
        task, is_replayed = await self._service.create(
            _account(context),
            verdict,
            words,
            context.key,
            body,
            idempotency_key,
            self._origin_resolver.origins(context).api,
        )
        if task.v3 is not None and task.v3.callback_url is not None:
            self._callbacks.wake()
        name_ignored_fields(context, verdict.ignored_fields)
        entry.task_id, entry.task_status = shown_id(task.id), "queued"
        if is_replayed:
            entry.add_headers({REPLAYED_HEADER: "true"})
        else:
            entry.price = task.price
        return json_response({"id": shown_id(task.id)})

    async def read(self, context: RequestContext) -> Response:
        """`GET /api/v3/contents/generations/tasks/{id}`."""
        account = _account(context)
        task, now = await self._service.service.read(
            account, _stored_id(context, account), context.task, v3=True
        )
        if account.timeline.by_polls or task.clock_by_polls:
            # The poll has moved the clock of the task.
            self._callbacks.wake()
        poll = self._poll(context, account, task, now)
        entry = context.log_entry
        entry.now, entry.task_status = now, poll.status
        return EncodedResponse(poll.body)

    def _poll(
        self, context: RequestContext, account: Account, task: Task, now: float
    ) -> CachedPoll:
        return self._polls_of(account).get(task, now, self._origin_resolver.origins(context))

    def _polls_of(self, account: Account) -> PollCache:
        return self._ark_polls if self._wire_of(account) == ARK else self._polls

    def _wire_of(self, account: Account) -> str:
        return account.script.wire or self._wire

    async def list(self, context: RequestContext) -> Response:
        """`GET /api/v3/contents/generations/tasks`."""
        account = _account(context)
        query = parse_list_query(context.scope["query_string"])
        tasks, total = await self._service.list(account, query)
        polls, origins = self._polls_of(account), self._origin_resolver.origins(context)
        # The encoded items are joined: most of them are in the cache, as each item is what get
        # shows.
        items = [polls.get(task, now, origins).body for task, now in tasks]
        head, tail = encode_json({"items": [], "total": total}).split(b"[]")
        return EncodedResponse(b"%b[%b]%b" % (head, b",".join(items), tail))

    async def delete(self, context: RequestContext) -> Response:
        """`DELETE /api/v3/contents/generations/tasks/{id}`."""
        account = _account(context)
        is_ark = self._wire_of(account) == ARK
        await self._service.delete(
            account, _stored_id(context, account), context.task, deletes_ended=is_ark
        )
        # Without a content type: an SDK of the model's maker parses an empty body that has one.
        return json_response({}) if is_ark else Response()


def _texts_with_brackets(content: object) -> Sequence[tuple[str, str]]:
    """Return the texts that may have words, each with its place in the body."""
    # Most requests have one text without words, and need no look at the items.
    if is_text_only(content) and "[" not in content[0]["text"]:
        return ()
    items = [item for item in content_items(content) if item.kind is TEXT]
    return [(f"{item.path}.text", item.value) for item in items if isinstance(item.value, str)]


def _account(context: RequestContext) -> Account:
    assert context.account is not None, "the endpoints for tasks require a key"
    return context.account


def _stored_id(context: RequestContext, account: Account) -> str:
    return stored_v3_id(context.path_params["id"], account.owner)


def _idempotency_key(context: RequestContext) -> str | None:
    """Return the idempotency key of a request, None without one.

    Raises ApiError for a repeated header, or a key of the wrong length.
    """
    if _IDEMPOTENCY_NAME not in context.headers:
        return None
    values = [value for name, value in context.scope["headers"] if name == _IDEMPOTENCY_NAME]
    key: str = values[0].decode("latin-1").strip(" \t")
    if len(values) > 1 or not 1 <= len(key) <= MAX_IDEMPOTENCY_KEY:
        requirement = f"must be there once and have 1 to {MAX_IDEMPOTENCY_KEY} characters"
        raise invalid_parameter(IDEMPOTENCY_HEADER, requirement)
    return key


def _observe_client_id(context: RequestContext) -> None:
    """Record the client's id of the request, and echo it.

    One of the SDKs of the model's maker reads it from the response, and all report it in errors in
    place of the server's id.
    """
    value = context.headers.get(_CLIENT_ID_NAME)
    client_id = None if value is None else shown_client_id(value)
    if client_id is not None:
        context.log_entry.client_request_id = client_id
        context.log_entry.add_headers({CLIENT_REQUEST_ID_HEADER: client_id})
