"""Functions that give a server one defect each, by patching the mock in this process."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs
from starlette.responses import Response

from seedance_contract.declared import examples
from seedance_contract.declared.errors import (
    INSUFFICIENT_BALANCE,
    RATE_LIMITED,
    TASK_NOT_FOUND,
)
from seedance_contract.declared.models import FAMILY, MODELS
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.routes import READ_LEGACY, Endpoint
from seedance_contract.declared.tasks import Status
from seedance_contract.derived import catalogue
from seedance_contract.derived.openapi import QUERY_VALUES
from seedance_contract.derived.validation import Accepted, Rejected, validate_request
from seedance_mock.domain import accounts
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import Stage, Task, charge
from seedance_mock.domain.task import status as original_status
from seedance_mock.domain.task import with_cancellation as original_cancellation
from seedance_mock.service import admission
from seedance_mock.service import tasks as service
from seedance_mock.service.account_locks import AccountLocks
from seedance_mock.service.tasks import Service
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, Change, TaskChange
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web import app, fast_path, handlers, serializers
from seedance_mock.web.context import Handler, RequestContext
from seedance_mock.web.endpoints import catalogue as catalogue_endpoints
from seedance_mock.web.endpoints import poll_cache
from seedance_mock.web.errors import handlers as error_handlers
from seedance_mock.web.logs import access_log
from seedance_mock.web.responses import encode_json, json_response

original_create = Service.create
original_handlers = handlers.endpoint_handlers

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect of a server, and the ids of the checks that must find it."""

    id: str
    checks: tuple[str, ...]
    patch: Patch
    settings: Settings = field(default_factory=Settings)


def without_rule(rule_id: str) -> Patch:
    """A request that breaks only this rule is accepted, as another request."""

    def validate(body: Body, **options: Any) -> Accepted | Rejected:
        verdict = validate_request(body, **options)
        if isinstance(verdict, Accepted):
            return verdict
        if {violation.rule.id for violation in verdict.violations} != {rule_id}:
            return verdict
        operation = next(iter(OPERATIONS.values()))
        return validate_request(examples.example_request(operation))

    return lambda patch: patch.setattr(service, "validate_request", validate)


def refuse_if(condition: Callable[[Body], object]) -> Patch:
    """A legal request is refused if it meets a condition."""

    def validate(body: Body, **options: Any) -> Accepted | Rejected:
        return validate_request({} if condition(body) else body, **options)

    return lambda patch: patch.setattr(service, "validate_request", validate)


def downgrade_video(patch: pytest.MonkeyPatch) -> None:
    def validate(body: Body, **options: Any) -> Accepted | Rejected:
        verdict = validate_request(body, **options)
        if isinstance(verdict, Rejected):
            return verdict
        return verdict._replace(request={**verdict.request, "resolution": "480p"})

    patch.setattr(service, "validate_request", validate)


def with_members(module: Any, name: str, **changes: Any) -> Patch:
    """An entry of the error catalogue has other members."""
    return lambda patch: patch.setattr(module, name, replace(getattr(module, name), **changes))


def with_function(module: Any, name: str, function: Callable[..., Any]) -> Patch:
    """A function is replaced. It is named as a string, so a rename must be repeated here."""
    return lambda patch: patch.setattr(module, name, function)


def with_serializer(name: str, function: Callable[..., Any]) -> Patch:
    """A serializer is replaced, and no body comes from the cache."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(poll_cache, "MAX_ENTRIES", 0)
        monkeypatch.setattr(serializers, name, function)

    return patch


def cancel_running_task(task: Task, now: float) -> Task | None:
    is_running = (
        task.observed_stage is Stage.PROCESSING
        or now < task.created + task.queue_seconds + task.run_seconds
    )
    return (
        structs.replace(task, cancelled_at=now, observed_stage=Stage.ENDED) if is_running else None
    )


def cancel_twice(task: Task, now: float) -> Task | None:
    return original_cancellation(task, now) or structs.replace(task, cancelled_at=now)


def keep_reservation(account: Account, task: Task) -> Account:
    return account if task.cancelled_at is not None else accounts.with_settlement(account, task)


def charge_cancelled_task(account: Account, task: Task) -> Account:
    settled = accounts.with_settlement(account, task)
    return (
        structs.replace(settled, charged=settled.charged + task.price)
        if task.cancelled_at
        else settled
    )


def charge_twice(account: Account, task: Task) -> Account:
    settled = accounts.with_settlement(account, task)
    return structs.replace(settled, charged=settled.charged + charge(task))


def round_charges(account: Account, task: Task) -> Account:
    settled = accounts.with_settlement(account, task)
    return structs.replace(settled, charged=settled.charged.quantize(Decimal("0.01")))


def ignore_owner(self: Service, account: Account, task: Task | None, v3: bool | None) -> Task:
    if task is None:
        raise ApiError(TASK_NOT_FOUND)
    return task


def status_goes_back() -> Patch:
    # For each task, so that the same requests about a task lead to the same responses.
    reads: Counter[str] = Counter()

    def status(task: Task, now: float) -> Status:
        state = original_status(task, now)
        if state is not Status.PROCESSING:
            return state
        reads[task.id] += 1
        return Status.PROCESSING if reads[task.id] % 2 else Status.PENDING

    return with_serializer("status", status)


def fail_old_task(task: Task, now: float) -> Status:
    state = original_status(task, now)
    is_old = now > task.created + 500
    return Status.FAILED if is_old and state is Status.COMPLETED else state


def updated_changes() -> Patch:
    reads: Counter[str] = Counter()

    def updated_time(task: Task, now: float) -> float:
        reads[task.id] += 1
        return now - reads[task.id] % 2

    return with_serializer("updated_time", updated_time)


def unmarked_failure(task: Task) -> dict[str, object]:
    return {"error": "the task was cancelled"}


def other_task_id(*arguments: Any) -> dict[str, object]:
    return {**serializers.created_body(*arguments), "task_id": "ldtask_" + "0" * 32}


def processing_at_once(*arguments: Any) -> dict[str, object]:
    return {**serializers.created_body(*arguments), "status": "processing"}


def echo_key(context: RequestContext, error: ApiError) -> Response:
    authorization = context.headers.get(b"authorization", b"").decode()
    return error_handlers.error_response(
        context.log_entry, ApiError(error.kind, f"{error.kind.message}: {authorization}")
    )


def echo_prompt(context: RequestContext, error: ApiError) -> Response:
    message = f"{error.kind.message}: {context.body}".replace("'", '"')
    return error_handlers.error_response(
        context.log_entry,
        ApiError(error.kind, message, violations=error.violations, details=error.details),
    )


def without_error_type(context: RequestContext, error: ApiError) -> Response:
    response = error_handlers.error_response(context.log_entry, error)
    body = json.loads(bytes(response.body))
    del body["error"]["type"]
    return json_response(body, error.kind.status)


def with_error_response(respond: Callable[[RequestContext, ApiError], Response]) -> Patch:
    """Every error is rendered by another function."""

    def wrapped(handler: Handler) -> Handler:
        async def handle(context: RequestContext) -> Response:
            try:
                return await handler(context)
            except ApiError as error:
                return respond(context, error)

        return handle

    def wrapped_handlers(*arguments: Any) -> Mapping[Endpoint, Handler]:
        originals = original_handlers(*arguments)
        return {endpoint: wrapped(handler) for endpoint, handler in originals.items()}

    return with_function(app, "endpoint_handlers", wrapped_handlers)


def without_request_ids(patch: pytest.MonkeyPatch) -> None:
    for module in (access_log, fast_path):
        patch.setattr(module, "identifying_headers", lambda entry: [])


async def not_found(context: RequestContext) -> Response:
    raise ApiError(TASK_NOT_FOUND)


def without_older_path(*arguments: Any) -> Mapping[Endpoint, Handler]:
    return {**original_handlers(*arguments), READ_LEGACY: not_found}


def is_cancelled(self: Service, account: Account, task: Task) -> bool:
    return task.cancelled_at is not None


async def reserve_without_commit(
    self: Service, account: Account, task: Task, further_changes: Sequence[Change]
) -> bool:
    """Read the balance, wait, and reserve without a second look at the balance."""
    if not accounts.covers(account, task.estimate):
        raise ApiError(INSUFFICIENT_BALANCE)
    await asyncio.sleep(0.005)
    latest = await self.store.account(account.owner)
    assert latest is not None
    reservation = AccountChange(latest, accounts.with_reservation(latest, task.estimate))
    return await self.store.commit(reservation, TaskChange(None, task), *further_changes)


def lose_races(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Service, "_reserve", reserve_without_commit)
    # Creates of one key would follow each other otherwise.
    patch.setattr(AccountLocks, "hold", lambda self, owner: nullcontext(False))
    # The memory store declares that it never waits; this mutant does.
    patch.setattr(MemoryStore, "is_async", True)


async def reserve_before_validation(
    self: Service, account: Account, body: Body, words: str, key: str
) -> Any:
    await self.store.commit(AccountChange(account, accounts.with_reservation(account, Decimal(1))))
    latest = await self.store.account(account.owner)
    assert latest is not None
    return await original_create(self, latest, body, words, key)


def detail_with_4k(model: str) -> bytes:
    detail: Any = json.loads(encode_json(catalogue.model_detail(MODELS[model])))
    detail["tokenlab"]["request_format_details"]["resolutions"].append("4k")
    return encode_json(detail)


def pricing_with_floats(model: str) -> bytes:
    pricing: Any = json.loads(encode_json(catalogue.model_pricing(MODELS[model])))
    summary = pricing["pricing_summary"]
    summary["min_price"] = float(summary["min_price"])
    return encode_json(pricing)


def without_category_decision(patch: pytest.MonkeyPatch) -> None:
    catalogue_endpoints._model_list.cache_clear()
    values = {**QUERY_VALUES, "category": ("chat", "video")}
    patch.setattr(catalogue_endpoints, "QUERY_VALUES", values)


def cancel_every_model(patch: pytest.MonkeyPatch) -> None:
    models: Mapping[str, Any] = {model.id: replace(model, cancellable=True) for model in FAMILY}
    patch.setattr(service, "MODELS", models)


def without_retry_after(status: Any) -> ApiError:
    headers = {"Retry-After": None, **admission.rate_limit_headers(status)}
    return ApiError(RATE_LIMITED, headers=headers)
