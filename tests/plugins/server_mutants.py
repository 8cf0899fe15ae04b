"""Servers with one defect each, the checks that must find it, and how these are run."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from starlette.responses import Response

from seedance_contract.case import Result
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
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool, ServerCheck
from seedance_contract.server.checks import answers
from seedance_contract.server.http.target import Target
from seedance_contract.server.responses.response_monitor import ResponseMonitor
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import checks_by_id, select_checks
from seedance_mock.commands.check_server.control_adapter import find_control_adapter
from seedance_mock.domain import accounts, errors
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import Stage, Task, charge
from seedance_mock.domain.task import status as original_status
from seedance_mock.domain.task import with_cancellation as original_cancellation
from seedance_mock.service import admission
from seedance_mock.service import tasks as service
from seedance_mock.service.tasks import Service
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, TaskChange
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.testing.live import LiveServer
from seedance_mock.web import app, error_handlers, fast_path, serializers
from seedance_mock.web.context import Handler, RequestContext, as_endpoint
from seedance_mock.web.endpoints import catalogue as catalogue_endpoints
from seedance_mock.web.endpoints import poll_cache
from seedance_mock.web.endpoints import tasks as task_endpoints
from seedance_mock.web.faults import injection
from seedance_mock.web.logs import access_log
from seedance_mock.web.responses import encode_json, json_response

original_create = Service.create
original_handlers = app._handlers

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

    def validate(body: Body, *, tolerant: bool = False) -> Accepted | Rejected:
        verdict = validate_request(body, tolerant=tolerant)
        if isinstance(verdict, Accepted):
            return verdict
        if {violation.rule.id for violation in verdict.violations} != {rule_id}:
            return verdict
        operation = next(iter(OPERATIONS.values()))
        return validate_request(examples.example_request(operation))

    return lambda patch: patch.setattr(service, "validate_request", validate)


def refuse_if(condition: Callable[[Body], object]) -> Patch:
    """A legal request is refused if it meets a condition."""

    def validate(body: Body, *, tolerant: bool = False) -> Accepted | Rejected:
        return validate_request({} if condition(body) else body, tolerant=tolerant)

    return lambda patch: patch.setattr(service, "validate_request", validate)


def downgrade_video(patch: pytest.MonkeyPatch) -> None:
    def validate(body: Body, *, tolerant: bool = False) -> Accepted | Rejected:
        verdict = validate_request(body, tolerant=tolerant)
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
    return task._replace(cancelled_at=now, observed_stage=Stage.ENDED) if is_running else None


def cancel_twice(task: Task, now: float) -> Task | None:
    return original_cancellation(task, now) or task._replace(cancelled_at=now)


def keep_reservation(account: Account, task: Task) -> Account:
    return account if task.cancelled_at is not None else accounts.with_settlement(account, task)


def charge_cancelled_task(account: Account, task: Task) -> Account:
    settled = accounts.with_settlement(account, task)
    return settled._replace(charged=settled.charged + task.price) if task.cancelled_at else settled


def charge_twice(account: Account, task: Task) -> Account:
    settled = accounts.with_settlement(account, task)
    return settled._replace(charged=settled.charged + charge(task))


def round_charges(account: Account, task: Task) -> Account:
    settled = accounts.with_settlement(account, task)
    return settled._replace(charged=settled.charged.quantize(Decimal("0.01")))


def ignore_owner(self: Service, account: Account, task: Task | None) -> Task:
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

    def handlers(*arguments: Any) -> Mapping[Endpoint, Handler]:
        originals = original_handlers(*arguments)
        return {endpoint: wrapped(handler) for endpoint, handler in originals.items()}

    return with_function(app, "_handlers", handlers)


def without_request_ids(patch: pytest.MonkeyPatch) -> None:
    for module in (access_log, fast_path):
        patch.setattr(module, "identifying_headers", lambda entry: [])


async def not_found(context: RequestContext) -> Response:
    raise ApiError(TASK_NOT_FOUND)


def without_older_path(*arguments: Any) -> Mapping[Endpoint, Handler]:
    return {**original_handlers(*arguments), READ_LEGACY: not_found}


def is_cancelled(self: Service, account: Account, task: Task) -> bool:
    return task.cancelled_at is not None


async def reserve_without_commit(self: Service, account: Account, task: Task) -> bool:
    """Read the balance, wait, and reserve without a second look at the balance."""
    if not accounts.covers(account, task.estimate):
        raise ApiError(INSUFFICIENT_BALANCE)
    await asyncio.sleep(0.005)
    latest = await self.store.account(account.owner)
    assert latest is not None
    reservation = AccountChange(latest, accounts.with_reservation(latest, task.estimate))
    return await self.store.commit(reservation, TaskChange(None, task))


def lose_races(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Service, "_reserve", reserve_without_commit)
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


MUTANTS = (
    Mutant(
        "an alias may contradict its field",
        ("duration.spellings",),
        without_rule("duration.spellings"),
    ),
    Mutant(
        "fast accepts 1080p",
        ("seedance-2.0-fast.resolution", "catalogue.agrees-seedance-2.0-fast"),
        without_rule("seedance-2.0-fast.resolution"),
    ),
    Mutant("unknown fields are ignored", ("request.known",), without_rule("request.known")),
    Mutant("16 s are accepted", ("duration.range",), without_rule("duration.range")),
    Mutant(
        "ten images are accepted",
        ("reference_images.count",),
        without_rule("reference_images.count"),
    ),
    Mutant(
        "the category decision is unknown",
        ("examples.catalogue.decision-is-a-category",),
        without_category_decision,
    ),
    Mutant(
        "the delivery policy is ignored",
        ("examples.errors.delivery-policy",),
        with_function(task_endpoints, "delivery_policy", lambda context: "auto"),
    ),
    Mutant(
        "there is no overview",
        ("examples.endpoints.llms-txt",),
        with_function(app, "overview", as_endpoint(not_found)),
    ),
    Mutant("flex is ignored", ("service_tier.flex",), without_rule("service_tier.flex")),
    Mutant("strings are accepted as numbers", ("duration.type",), without_rule("duration.type")),
    Mutant(
        "URLs of any scheme are accepted", ("image_url.media",), without_rule("image_url.media")
    ),
    Mutant(
        "data URLs have no parameters",
        ("examples.media.data-urls-in-any-case-and-with-parameters",),
        refuse_if(lambda body: ";codecs=" in str(body)),
    ),
    Mutant(
        "reference videos need an image",
        ("examples.operations.reference-videos-without-image",),
        refuse_if(lambda body: body.keys() == {"model", "operation", "prompt", "video_urls"}),
    ),
    Mutant("the video is downgraded", ("requests.video-as-requested",), downgrade_video),
    Mutant(
        "a wrong status for violations",
        ("duration.range", "requests.any-fault", "answers.status"),
        with_members(errors, "INVALID_REQUEST", status=422),
    ),
    Mutant(
        "a wrong code for violations",
        ("duration.range", "requests.any-fault"),
        with_members(errors, "INVALID_REQUEST", code="bad_request"),
    ),
    Mutant(
        "invalid UTF-8 is replaced",
        ("requests.body-not-utf-8",),
        with_function(
            task_endpoints, "parse_object", lambda raw: json.loads(raw.decode(errors="replace"))
        ),
    ),
    Mutant(
        "a running task can be cancelled",
        ("tasks.cancel-late", "races.cancel-start"),
        with_function(service, "with_cancellation", cancel_running_task),
    ),
    Mutant(
        "a task is cancelled twice",
        ("tasks.cancel-late", "races.cancel"),
        with_function(service, "with_cancellation", cancel_twice),
    ),
    Mutant(
        "pending tasks cannot be cancelled",
        ("tasks.cancel-waiting",),
        with_function(service, "with_cancellation", lambda task, now: None),
    ),
    Mutant("mini can be cancelled", ("tasks.cancel-model",), cancel_every_model),
    Mutant(
        "the reservation of a cancelled task stays",
        ("tasks.reserved",),
        with_function(service, "with_settlement", keep_reservation),
    ),
    Mutant(
        "a cancelled task is charged",
        ("tasks.charged",),
        with_function(service, "with_settlement", charge_cancelled_task),
    ),
    Mutant(
        "a completed task is charged twice",
        ("tasks.charged",),
        with_function(service, "with_settlement", charge_twice),
    ),
    Mutant(
        "charges are rounded",
        ("tasks.charged",),
        with_function(service, "with_settlement", round_charges),
    ),
    Mutant(
        "tasks are shown to other keys",
        ("tasks.isolation", "refusals.foreign-task"),
        with_function(Service, "_visible_task", ignore_owner),
    ),
    Mutant(
        "`updated` is stale",
        ("tasks.updated",),
        with_function(serializers, "updated_time", lambda task, now: task.created),
    ),
    Mutant(
        "`updated` is before `created`",
        ("tasks.updated",),
        with_function(serializers, "updated_time", lambda task, now: task.created - 5),
    ),
    Mutant("reading changes a task", ("tasks.pure",), updated_changes()),
    Mutant("the status goes back", ("tasks.order",), status_goes_back()),
    Mutant("an ended task changes", ("tasks.ended",), with_serializer("status", fail_old_task)),
    Mutant(
        "no billing id",
        ("tasks.billing-id", "answers.schema"),
        with_function(serializers, "billing_id", lambda task, now: None),
    ),
    Mutant(
        "one billing id for all",
        ("tasks.billing-id",),
        with_function(serializers, "billing_id", lambda task, now: "btx_1"),
    ),
    Mutant(
        "the billing id is the task's",
        ("tasks.billing-id",),
        with_function(serializers, "billing_id", lambda task, now: task.id),
    ),
    Mutant(
        "completed without a video",
        ("tasks.result", "requests.video-as-requested"),
        with_function(serializers, "_files", lambda task, base: {}),
    ),
    Mutant(
        "id and task_id differ",
        ("tasks.ids",),
        with_function(task_endpoints, "created_body", other_task_id),
    ),
    Mutant(
        "poll_url leads elsewhere",
        ("tasks.poll-url",),
        with_function(serializers, "poll_url", lambda task, base: "/v1/tasks"),
    ),
    Mutant(
        "a new task is processing",
        ("tasks.created", "answers.schema"),
        with_function(task_endpoints, "created_body", processing_at_once),
    ),
    Mutant(
        "the older path is gone",
        ("tasks.old-path", "tasks.readable"),
        with_function(app, "_handlers", without_older_path),
    ),
    Mutant(
        "a cancelled task is gone",
        ("tasks.readable",),
        with_function(Service, "_is_past_retention", is_cancelled),
    ),
    Mutant(
        "a refusal reserves money",
        ("duration.range",),
        with_function(Service, "create", reserve_before_validation),
    ),
    Mutant(
        "the balance is not checked",
        ("tasks.unaffordable", "races.spending"),
        with_function(service, "covers", lambda account, amount: True),
    ),
    Mutant(
        "a charged account is refused",
        ("tasks.affordable",),
        with_function(service, "covers", lambda account, amount: not account.charged),
    ),
    Mutant(
        "a cancelled task is not marked",
        ("tasks.cancelled",),
        with_function(serializers, "_failure", unmarked_failure),
    ),
    Mutant(
        "the balance is checked too early",
        ("races.spending",),
        lose_races,
    ),
    Mutant("tasks never end", ("tasks.ends",), lambda patch: None, Settings(lifecycle="manual")),
    Mutant(
        "no key is needed",
        ("refusals.no-key",),
        with_function(injection, "authorization_values", lambda scope: (b"Bearer sk-anyone",)),
    ),
    Mutant(
        "no X-Request-ID",
        ("answers.request-id",),
        without_request_ids,
    ),
    Mutant("the key is echoed", ("answers.no-key",), with_error_response(echo_key)),
    Mutant(
        "the prompt is echoed",
        ("answers.no-secrets", "requests.discreet"),
        with_error_response(echo_prompt),
    ),
    Mutant("errors without a type", ("answers.envelope",), with_error_response(without_error_type)),
    Mutant(
        "a 429 without Retry-After",
        ("answers.retry-after",),
        with_function(admission, "_rate_limit_error", without_retry_after),
    ),
    Mutant(
        "the detail promises 4k",
        ("catalogue.detail-seedance-2.0-fast", "catalogue.agrees-seedance-2.0-fast"),
        with_function(catalogue_endpoints, "_encoded_model_detail", detail_with_4k),
    ),
    Mutant(
        "prices are floats",
        ("catalogue.prices-seedance-2.0", "answers.schema"),
        with_function(catalogue_endpoints, "_encoded_model_pricing", pricing_with_floats),
    ),
)

LONG_SEARCHES: Mapping[str, int] = {"an ended task changes": 60, "the status goes back": 8}
"""Mutants that the state machine takes seconds to find, and the number of examples for each.

With 60 examples sixteen of sixteen seeds found the first, with 8 examples four missed it. What a
seed draws depends on the constants in the source, too, so any change can turn the result.
"""


CHECKS_WITH_EVERY_RESPONSE = (
    "refusals.*-key",
    "refusals.rate-limit",
    "requests.discreet",
    "requests.any-fault",
    "tasks.ends",
    "catalogue.prices-*",
)
"""Checks that make a server respond in every way. The group `answers` needs such responses."""


def run_on(
    server: LiveServer,
    checks: list[ServerCheck],
    max_examples: int = 8,
    keys: KeyPool | None = None,
) -> dict[str, Result]:
    """Carry out checks on a server. Return their results by id."""
    monitor = ResponseMonitor()
    context = CheckContext(
        target=Target(server.url, Budget(None), monitor),
        keys=keys or KeyPool(None, None, run_id="mutant"),
        monitor=monitor,
        control=find_control_adapter(server.url, None),
        max_examples=max_examples,
        shrink=False,
        task_timeout=1.0,
    )
    return {result.case.id: result for result in run_checks(context, checks)}


def checks_to_run(ids: tuple[str, ...]) -> list[ServerCheck]:
    """Return the checks of these ids, after those whose responses they need."""
    checks = [checks_by_id()[id] for id in ids]
    if not any(is_about_responses(check) for check in checks):
        return checks
    return [*select_checks(CHECKS_WITH_EVERY_RESPONSE), *sorted(checks, key=is_about_responses)]


def is_about_responses(check: ServerCheck) -> bool:
    return answers.GROUP.contains(check.case.id)
