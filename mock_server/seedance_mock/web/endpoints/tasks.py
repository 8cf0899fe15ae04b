"""Create, read and cancel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from starlette.responses import Response

from seedance_contract.declared.field_rules import printable
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import WORD_FIELDS, words_in_body
from seedance_mock.domain.task import Task
from seedance_mock.service import redaction
from seedance_mock.service.admission import Admission
from seedance_mock.service.tasks import Service
from seedance_mock.web.bodies import parse_object, read_bytes, too_large
from seedance_mock.web.context import RequestContext
from seedance_mock.web.faults.injection import FaultInjector
from seedance_mock.web.origins import OriginResolver
from seedance_mock.web.poll_cache import PollCache
from seedance_mock.web.responses import EncodedResponse, json_response
from seedance_mock.web.serializers import created_body

MAX_KEPT_BODY = 4 * 1024
"""Bytes of a body that the journal may keep until somebody reads its entry."""

MAX_LISTED_NAMES = 16
"""How many ignored fields an answer names."""


class TaskEndpoints:
    """The functions of the routes that create, read and cancel tasks."""

    def __init__(
        self,
        service: Service,
        admission: Admission,
        staging: FaultInjector,
        addresses: OriginResolver,
    ) -> None:
        self._service = service
        self._admission = admission
        self._staging = staging
        self._addresses = addresses
        self._polls = PollCache()
        self._most = service.settings.max_body

    async def receive(self, exchange: RequestContext) -> None:
        """Read the body of a create request, so that it is known whatever becomes of the request.

        Raises ApiError: `payload_too_large`.
        """
        raw = exchange.raw_body
        if not isinstance(raw, bytes):
            announced = exchange.headers.get(b"content-length", b"")
            raw = await read_bytes(raw, announced, self._most)
        elif len(raw) > self._most:
            raise too_large(self._most)
        try:
            body = exchange.body = parse_object(raw)
        except ApiError as error:
            exchange.body = error
            return
        notes = exchange.log_entry
        notes.unknown_headers = redaction.unknown_headers(exchange.headers)
        if len(raw) <= MAX_KEPT_BODY:
            notes.body = body
        else:
            notes.request = redaction.request_summary(body)

    async def create(self, exchange: RequestContext) -> Response:
        """`POST /v1/videos/generations`."""
        body = exchange.body
        if isinstance(body, ApiError):
            raise body
        assert body is not None, "the body was received"
        words = words_in_body(body)
        if not words:
            return await self._create(exchange, words)
        text = "".join(str(body.get(name)) for name in WORD_FIELDS)
        visit = await self._admission.admit_prompt(_account(exchange), words, text)
        return await self._staging.respond(exchange, visit, partial(self._create, words=words))

    async def _create(self, exchange: RequestContext, words: str) -> Response:
        body, notes = exchange.body, exchange.log_entry
        assert isinstance(body, dict), "a body that cannot be read is refused"
        task, verdict = await self._service.create(_account(exchange), body, words)
        notes.ignored_fields = verdict.ignored
        if verdict.ignored:
            notes.add_headers({"Mock-Ignored": _listed(verdict.ignored)})
        notes.task_id, notes.task_status = task.id, "pending"
        return json_response(created_body(task, self._addresses.origins(exchange)))

    async def read(self, exchange: RequestContext) -> Response:
        """`GET /v1/tasks/{id}` and its older path."""
        task, now = await self._service.read(_account(exchange), exchange.path_params["id"])
        return self._shown(exchange, task, now)

    async def cancel(self, exchange: RequestContext) -> Response:
        """`DELETE /v1/tasks/{id}`."""
        task, now = await self._service.cancel(_account(exchange), exchange.path_params["id"])
        return self._shown(exchange, task, now)

    def _shown(self, exchange: RequestContext, task: Task, now: float) -> Response:
        told = self._polls.get(task, now, self._addresses.origins(exchange))
        notes = exchange.log_entry
        notes.now, notes.task_status = now, told.status
        if told.headers:
            notes.add_headers(told.headers)
        return EncodedResponse(told.body)


def _account(exchange: RequestContext) -> Account:
    account = exchange.account
    assert account is not None, "the request was let in"
    return account


def _listed(names: Sequence[str]) -> str:
    """Return the names of fields as a header can have them."""
    shown = list(dict.fromkeys(map(printable, names)))
    return ", ".join(
        [*shown[:MAX_LISTED_NAMES], *(["..."] if len(shown) > MAX_LISTED_NAMES else [])]
    )
