"""The suite bites: servers with one defect each, and the checks that must notice it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from starlette.responses import Response

from seedance_contract.case import Verdict
from seedance_contract.declared import examples
from seedance_contract.declared.errors import (
    INSUFFICIENT_BALANCE,
    RATE_LIMITED,
    TASK_NOT_FOUND,
)
from seedance_contract.declared.models import FAMILY, MODELS
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.routes import READ_OLD, Endpoint
from seedance_contract.declared.tasks import Status
from seedance_contract.derived import catalogue
from seedance_contract.derived.check import Accepted, Refused, check
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool, ServerCheck
from seedance_contract.server.checks.answers import GROUP as ANSWERS
from seedance_contract.server.checks.answers import ResponseMonitor
from seedance_contract.server.suite import checks_by_id, run_checks, select_checks
from seedance_contract.server.target import Target
from seedance_mock.commands.control_adapter import find_control_adapter
from seedance_mock.domain import accounts, errors
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import Stage, Task, charge
from seedance_mock.domain.task import status as real_status
from seedance_mock.domain.task import with_cancellation as really_cancelled
from seedance_mock.service import admission
from seedance_mock.service import tasks as service
from seedance_mock.service.tasks import Service
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, TaskChange
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.testing.live import LiveServer, live_server
from seedance_mock.web import app, error_handlers, fast_path, poll_cache, serializers
from seedance_mock.web.context import Handler, RequestContext
from seedance_mock.web.endpoints import catalogue as catalogue_endpoints
from seedance_mock.web.endpoints import tasks as task_endpoints
from seedance_mock.web.faults import injection
from seedance_mock.web.responses import encode_json, json_response

really_create = Service.create
real_handlers = app._handlers
real_handler = fast_path.Short.handler

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect of a server, and the ids of the checks that find it."""

    id: str
    checks: tuple[str, ...]
    patch: Patch
    settings: Settings = field(default_factory=Settings)


def lenient(rule: str) -> Patch:
    """A server without one rule: what breaks it alone is accepted, as something else."""

    def checked(body: Body, *, tolerant: bool = False) -> Accepted | Refused:
        verdict = check(body, tolerant=tolerant)
        if isinstance(verdict, Accepted) or {one.rule.id for one in verdict.violations} != {rule}:
            return verdict
        operation = next(iter(OPERATIONS.values()))
        return check(examples.request(operation))

    return lambda patch: patch.setattr(service, "check", checked)


def downgrading(patch: pytest.MonkeyPatch) -> None:
    def checked(body: Body, *, tolerant: bool = False) -> Accepted | Refused:
        verdict = check(body, tolerant=tolerant)
        if isinstance(verdict, Refused):
            return verdict
        return verdict._replace(request={**verdict.request, "resolution": "480p"})

    patch.setattr(service, "check", checked)


def kind(module: Any, name: str, **changes: Any) -> Patch:
    return lambda patch: patch.setattr(module, name, replace(getattr(module, name), **changes))


def function(module: Any, name: str, other: Callable[..., Any]) -> Patch:
    return lambda patch: patch.setattr(module, name, other)


def seen(name: str, other: Callable[..., Any]) -> Patch:
    """A server that shows tasks otherwise, and makes every answer anew."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(poll_cache, "SIZE", 0)
        monkeypatch.setattr(serializers, name, other)

    return patch


def cancels_running(task: Task, now: float) -> Task | None:
    running = (
        task.observed_stage is Stage.PROCESSING
        or now < task.created + task.queue_seconds + task.run_seconds
    )
    return task._replace(cancelled_at=now, observed_stage=Stage.ENDED) if running else None


def cancels_twice(task: Task, now: float) -> Task | None:
    return really_cancelled(task, now) or task._replace(cancelled_at=now)


def no_refund(account: Account, task: Task) -> Account:
    return account if task.cancelled_at is not None else accounts.with_settlement(account, task)


def charges_cancelled(account: Account, task: Task) -> Account:
    after = accounts.with_settlement(account, task)
    return after._replace(charged=after.charged + task.price) if task.cancelled_at else after


def charges_twice(account: Account, task: Task) -> Account:
    after = accounts.with_settlement(account, task)
    return after._replace(charged=after.charged + charge(task))


def loses_cents(account: Account, task: Task) -> Account:
    after = accounts.with_settlement(account, task)
    return after._replace(charged=after.charged.quantize(Decimal("0.01")))


def owned_by_all(self: Service, account: Account, task: Task | None) -> Task:
    if task is None:
        raise ApiError(TASK_NOT_FOUND)
    return task


def relapsing() -> Patch:
    looks = count()

    def status(task: Task, now: float) -> Status:
        state = real_status(task, now)
        return Status.PENDING if state is Status.PROCESSING and next(looks) % 2 else state

    return seen("status", status)


def rotting(task: Task, now: float) -> Status:
    state = real_status(task, now)
    old = now > task.created + 500
    return Status.FAILED if old and state is Status.COMPLETED else state


def flickering() -> Patch:
    looks = count()
    return seen("updated_time", lambda task, now: now - next(looks) % 2)


def without_ids(*given: Any) -> dict[str, object]:
    return {**serializers.created_body(*given), "task_id": "ldtask_" + "0" * 32}


def at_once(*given: Any) -> dict[str, object]:
    return {**serializers.created_body(*given), "status": "processing"}


def echoing_key(exchange: RequestContext, error: ApiError) -> Response:
    shown = exchange.headers.get(b"authorization", b"").decode()
    return error_handlers.error_response(
        exchange.log_entry, ApiError(error.kind, f"{error.kind.message}: {shown}")
    )


def echoing_prompt(exchange: RequestContext, error: ApiError) -> Response:
    message = f"{error.kind.message}: {exchange.body}".replace("'", '"')
    return error_handlers.error_response(
        exchange.log_entry,
        ApiError(error.kind, message, violations=error.violations, details=error.details),
    )


def bare_error(exchange: RequestContext, error: ApiError) -> Response:
    response = error_handlers.error_response(exchange.log_entry, error)
    told = json.loads(bytes(response.body))
    del told["error"]["type"]
    return json_response(told, error.kind.status)


def refusing_with(refused: Callable[[RequestContext, ApiError], Response]) -> Patch:
    def handler(self: fast_path.Short, exchange: RequestContext) -> Handler | None:
        handle = real_handler(self, exchange)

        async def refusing(exchange: RequestContext) -> Response:
            assert handle is not None
            try:
                return await handle(exchange)
            except ApiError as error:
                return refused(exchange, error)

        return refusing if handle else None

    return function(fast_path.Short, "handler", handler)


async def nothing_here(exchange: RequestContext) -> Response:
    raise ApiError(TASK_NOT_FOUND)


def without_older_path(*given: Any) -> Mapping[Endpoint, Handler]:
    return {**real_handlers(*given), READ_OLD: nothing_here}


def gone_once_cancelled(self: Service, account: Account, task: Task) -> bool:
    return task.cancelled_at is not None


async def hasty(self: Service, account: Account, task: Task) -> bool:
    """Look at the balance, do something else, then spend."""
    if not accounts.covers(account, task.estimate):
        raise ApiError(INSUFFICIENT_BALANCE)
    await asyncio.sleep(0.005)
    latest = await self.store.account(account.owner)
    assert latest is not None
    spent = AccountChange(latest, accounts.with_reservation(latest, task.estimate))
    return await self.store.commit(spent, TaskChange(None, task))


def overspending(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Service, "_reserve", hasty)
    patch.setattr(MemoryStore, "is_async", True)


async def greedy(self: Service, account: Account, body: Body, words: str) -> Any:
    """Reserve first, check afterwards."""
    await self.store.commit(AccountChange(account, accounts.with_reservation(account, Decimal(1))))
    latest = await self.store.account(account.owner)
    assert latest is not None
    return await really_create(self, latest, body, words)


def promising_4k(model: str) -> bytes:
    told: Any = json.loads(encode_json(catalogue.model_detail(MODELS[model])))
    told["tokenlab"]["request_format_details"]["resolutions"].append("4k")
    return encode_json(told)


def priced_in_floats(model: str) -> bytes:
    told: Any = json.loads(encode_json(catalogue.model_pricing(MODELS[model])))
    told["pricing_summary"]["min_price"] = float(told["pricing_summary"]["min_price"])
    return encode_json(told)


def all_cancellable(patch: pytest.MonkeyPatch) -> None:
    free: Mapping[str, Any] = {one.id: replace(one, cancellable=True) for one in FAMILY}
    patch.setattr(service, "MODELS", free)


def never_retry(allowance: Any) -> ApiError:
    return ApiError(
        RATE_LIMITED,
        headers={"Retry-After": None, **admission.rate_limit_headers(allowance)},
    )


MUTANTS = (
    Mutant("an alias may disagree", ("duration.spellings",), lenient("duration.spellings")),
    Mutant(
        "1080p is let through on fast",
        ("seedance-2.0-fast.resolution", "catalogue.agrees-seedance-2.0-fast"),
        lenient("seedance-2.0-fast.resolution"),
    ),
    Mutant("fields nobody knows are ignored", ("request.known",), lenient("request.known")),
    Mutant("16 s are let through", ("duration.range",), lenient("duration.range")),
    Mutant(
        "ten images are let through", ("reference_images.count",), lenient("reference_images.count")
    ),
    Mutant("flex is ignored", ("service_tier.flex",), lenient("service_tier.flex")),
    Mutant("strings are taken for numbers", ("duration.type",), lenient("duration.type")),
    Mutant("any scheme is a URL", ("image_url.media",), lenient("image_url.media")),
    Mutant("the video is downgraded", ("requests.as-asked",), downgrading),
    Mutant(
        "a wrong status for faults",
        ("duration.range", "requests.any-fault", "answers.status"),
        kind(errors, "INVALID_REQUEST", status=422),
    ),
    Mutant(
        "a wrong code for faults",
        ("duration.range", "requests.any-fault"),
        kind(errors, "INVALID_REQUEST", code="bad_request"),
    ),
    Mutant(
        "broken UTF-8 is mended",
        ("requests.body-not-utf-8",),
        function(
            task_endpoints, "parse_object", lambda raw: json.loads(raw.decode(errors="replace"))
        ),
    ),
    Mutant(
        "a running task can be cancelled",
        ("tasks.cancel-late", "races.cancel-start"),
        function(service, "with_cancellation", cancels_running),
    ),
    Mutant(
        "a task is cancelled twice",
        ("tasks.cancel-late", "races.cancel"),
        function(service, "with_cancellation", cancels_twice),
    ),
    Mutant(
        "waiting tasks cannot be cancelled",
        ("tasks.cancel-waiting",),
        function(service, "with_cancellation", lambda task, now: None),
    ),
    Mutant("mini can be cancelled", ("tasks.cancel-model",), all_cancellable),
    Mutant(
        "the reservation of a cancelled task stays",
        ("tasks.reserved",),
        function(service, "with_settlement", no_refund),
    ),
    Mutant(
        "a cancelled task is charged",
        ("tasks.charged",),
        function(service, "with_settlement", charges_cancelled),
    ),
    Mutant(
        "a completed task is charged twice",
        ("tasks.charged",),
        function(service, "with_settlement", charges_twice),
    ),
    Mutant(
        "charges are rounded", ("tasks.charged",), function(service, "with_settlement", loses_cents)
    ),
    Mutant(
        "tasks are shown to strangers",
        ("tasks.isolation", "task.foreign"),
        function(Service, "_visible_task", owned_by_all),
    ),
    Mutant(
        "`updated` is stale",
        ("tasks.updated",),
        function(serializers, "updated_time", lambda task, now: task.created),
    ),
    Mutant(
        "`updated` is before `created`",
        ("tasks.updated",),
        function(serializers, "updated_time", lambda task, now: task.created - 5),
    ),
    Mutant("reading changes a task", ("tasks.pure",), flickering()),
    Mutant("the status goes back", ("tasks.order",), relapsing()),
    Mutant("an ended task changes", ("tasks.ended",), seen("status", rotting)),
    Mutant(
        "no billing id",
        ("tasks.billing-id", "answers.schema"),
        function(serializers, "billing_id", lambda task, now: None),
    ),
    Mutant(
        "one billing id for all",
        ("tasks.billing-id",),
        function(serializers, "billing_id", lambda task, now: "btx_1"),
    ),
    Mutant(
        "the billing id is the task's",
        ("tasks.billing-id",),
        function(serializers, "billing_id", lambda task, now: task.id),
    ),
    Mutant(
        "completed without a video",
        ("tasks.result", "requests.as-asked"),
        function(serializers, "_files", lambda task, base: {}),
    ),
    Mutant(
        "id and task_id differ",
        ("tasks.ids",),
        function(task_endpoints, "created_body", without_ids),
    ),
    Mutant(
        "poll_url leads elsewhere",
        ("tasks.poll-url",),
        function(serializers, "poll_url", lambda task, base: "/v1/tasks"),
    ),
    Mutant(
        "create answers processing",
        ("tasks.created", "answers.schema"),
        function(task_endpoints, "created_body", at_once),
    ),
    Mutant(
        "the older path is gone",
        ("tasks.old-path", "tasks.readable"),
        function(app, "_handlers", without_older_path),
    ),
    Mutant(
        "a cancelled task is gone",
        ("tasks.readable",),
        function(Service, "_is_past_retention", gone_once_cancelled),
    ),
    Mutant("a refusal reserves money", ("duration.range",), function(Service, "create", greedy)),
    Mutant(
        "debts are allowed",
        ("tasks.unaffordable", "races.spending"),
        function(service, "covers", lambda account, amount: True),
    ),
    Mutant(
        "a balance is looked at too early",
        ("races.spending",),
        overspending,
    ),
    Mutant("tasks never end", ("tasks.ends",), lambda patch: None, Settings(lifecycle="manual")),
    Mutant(
        "nobody needs a key",
        ("auth.none",),
        function(injection, "authorization_values", lambda scope: (b"Bearer sk-anyone",)),
    ),
    Mutant(
        "no X-Request-ID",
        ("answers.request-id",),
        function(fast_path, "identifying_headers", lambda notes: []),
    ),
    Mutant("the key is echoed", ("answers.no-key",), refusing_with(echoing_key)),
    Mutant(
        "the prompt is echoed",
        ("answers.no-secrets", "requests.discreet"),
        refusing_with(echoing_prompt),
    ),
    Mutant("errors without a type", ("answers.envelope",), refusing_with(bare_error)),
    Mutant(
        "a 429 without Retry-After",
        ("answers.retry-after",),
        function(admission, "_rate_limit_error", never_retry),
    ),
    Mutant(
        "the detail promises 4k",
        ("catalogue.detail-seedance-2.0-fast", "catalogue.agrees-seedance-2.0-fast"),
        function(catalogue_endpoints, "_detail", promising_4k),
    ),
    Mutant(
        "prices are floats",
        ("catalogue.prices-seedance-2.0", "answers.schema"),
        function(catalogue_endpoints, "_pricing", priced_in_floats),
    ),
)


LEADING = (
    "auth.*",
    "limits.rate",
    "requests.discreet",
    "requests.any-fault",
    "tasks.ends",
    "catalogue.prices-*",
)
"""Checks that make a server answer in every way, for those that look at all answers."""


def verdicts(server: LiveServer, checks: list[ServerCheck]) -> dict[str, Verdict]:
    watch = ResponseMonitor()
    subject = CheckContext(
        target=Target(server.url, Budget(None), watch),
        keys=KeyPool(None, None, run_id="mutant"),
        monitor=watch,
        control=find_control_adapter(server.url, None),
        max_examples=8,
        shrink=False,
        task_timeout=1.0,
    )
    return {result.case.id: result.verdict for result in run_checks(subject, checks)}


def wanted(ids: tuple[str, ...]) -> list[ServerCheck]:
    """Return the checks of these ids, behind those that lead to them."""
    own = [checks_by_id()[name] for name in ids]
    leading = select_checks(LEADING) if any(check.case.group == ANSWERS for check in own) else []
    return [*leading, *sorted(own, key=lambda check: check.case.group == ANSWERS)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_a_mutant_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.patch(monkeypatch)
    with live_server(mutant.settings) as server:
        found = verdicts(server, wanted(mutant.checks))

    missed = {name: found[name] for name in mutant.checks if found[name] is not Verdict.FAIL}
    assert not missed


def test_the_checks_pass_without_a_mutant() -> None:
    named = tuple(dict.fromkeys(name for mutant in MUTANTS for name in mutant.checks))
    with live_server() as server:
        found = verdicts(server, wanted(named))

    assert {name: verdict for name, verdict in found.items() if verdict is not Verdict.PASS} == {}


def test_there_are_mutants_enough() -> None:
    assert len({mutant.id for mutant in MUTANTS}) >= 40
