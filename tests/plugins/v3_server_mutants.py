"""Servers with one defect each in the routes under /api/v3, and the checks that must find it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from seedance_contract.declared.operations import Body
from seedance_contract.declared.v3.contract import V3Contract
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.tasks import V3Status
from seedance_contract.derived.v3.v3_validation import (
    V3Accepted,
    V3Rejected,
    validate_v3_request,
)
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.task import Task
from seedance_mock.domain.v3.idempotency import IdempotencyRecord
from seedance_mock.domain.v3.status import v3_status
from seedance_mock.service.v3_tasks import ListQuery, V3Service
from seedance_mock.stores import Change, EntryChange
from seedance_mock.web.endpoints import poll_cache
from seedance_mock.web.faults import injection
from seedance_mock.web.v3 import endpoints, serializers
from server_defects import Mutant, Patch, with_function

original_list = V3Service.list
original_delete = V3Service.delete
original_result = serializers._result


def without_v3_rule(rule_id: str) -> Patch:
    """A request that breaks only this rule is accepted, as another request."""

    def validate(body: Body, contract: V3Contract) -> V3Accepted | V3Rejected:
        verdict = validate_v3_request(body)
        if isinstance(verdict, V3Rejected):
            broken = {violation.rule.id for violation in verdict.violations}
            return validate_v3_request(example_v3_request()) if broken == {rule_id} else verdict
        return verdict

    return with_function(endpoints, "validate_v3_request", validate)


def refuse_sound(body: Body, contract: V3Contract) -> V3Accepted | V3Rejected:
    return validate_v3_request({} if body.get("generate_audio") else body)


def with_v3_serializer(name: str, function: Any) -> Patch:
    """A function of the serializers is replaced, and no body comes from the cache."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(poll_cache, "MAX_ENTRIES", 0)
        monkeypatch.setattr(serializers, name, function)

    return patch


def fail_at_the_end(task: Task, now: float) -> V3Status:
    status = v3_status(task, now)
    return V3Status.EXPIRED if status is V3Status.SUCCEEDED else status


def without_video(*arguments: Any) -> dict[str, object]:
    return {**original_result(*arguments), "content": {}}


def smaller_video(*arguments: Any) -> dict[str, object]:
    return {**original_result(*arguments), "resolution": "480p"}


async def list_without_filters(
    self: V3Service, account: Account, query: ListQuery
) -> tuple[Sequence[tuple[Task, float]], int]:
    return await original_list(self, account, ListQuery(query.page_num, query.page_size))


async def list_with_page_total(
    self: V3Service, account: Account, query: ListQuery
) -> tuple[Sequence[tuple[Task, float]], int]:
    tasks, _ = await original_list(self, account, query)
    return tasks, len(tasks)


async def delete_nothing(self: V3Service, *arguments: Any, **named: Any) -> None:
    return None


async def delete_ended(self: V3Service, *arguments: Any, **named: Any) -> None:
    await original_delete(self, *arguments, deletes_ended=True)


async def claim_too_late(
    self: V3Service, account: Account, record_id: str, digest: str, task: Task
) -> Sequence[Change]:
    """Overwrite the record of another create that has come in between."""
    await asyncio.sleep(0.02)
    before = await self.service.store.entry(IdempotencyRecord, account.owner, record_id)
    return [EntryChange(before, IdempotencyRecord(account.owner, record_id, digest, task.id))]


V3_MUTANTS = (
    Mutant(
        "v3: 16 s are accepted",
        ("v3.duration.range",),
        without_v3_rule("v3.duration.range"),
    ),
    Mutant(
        "v3: unknown fields are accepted",
        ("v3.request.known",),
        without_v3_rule("v3.request.known"),
    ),
    Mutant(
        "v3: frames and references are mixed",
        ("v3.content.modes",),
        without_v3_rule("v3.content.modes"),
    ),
    Mutant(
        "v3: sound is refused",
        ("v3.any-legal",),
        with_function(endpoints, "validate_v3_request", refuse_sound),
    ),
    Mutant(
        "v3: no key is needed",
        ("v3.no-key", "v3.signature-key"),
        with_function(injection, "authorization_values", lambda scope: (b"Bearer sk-anyone",)),
    ),
    Mutant(
        "v3: tasks expire in spite of success",
        ("v3.states",),
        with_v3_serializer("v3_status", fail_at_the_end),
    ),
    Mutant(
        "v3: succeeded without a video",
        ("v3.states",),
        with_v3_serializer("_result", without_video),
    ),
    Mutant(
        "v3: the video is downgraded", ("v3.states",), with_v3_serializer("_result", smaller_video)
    ),
    Mutant(
        "v3: filters are ignored",
        ("lists.filters",),
        with_function(V3Service, "list", list_without_filters),
    ),
    Mutant(
        "v3: total counts a page",
        ("lists.filters",),
        with_function(V3Service, "list", list_with_page_total),
    ),
    Mutant(
        "v3: pages have no bounds",
        ("lists.faults",),
        with_function(endpoints, "parse_list_query", lambda query: ListQuery(1, 20)),
    ),
    Mutant(
        "v3: a delete does nothing",
        ("deletions.queued", "deletions.shown"),
        with_function(V3Service, "delete", delete_nothing),
    ),
    Mutant(
        "v3: ended tasks are deleted",
        ("deletions.ended",),
        with_function(V3Service, "delete", delete_ended),
    ),
    Mutant(
        "v3: an Idempotency-Key is ignored",
        ("idempotency.replay", "idempotency.conflict", "idempotency.race"),
        with_function(endpoints, "_idempotency_key", lambda context: None),
    ),
    Mutant(
        "v3: an Idempotency-Key is claimed too late",
        ("idempotency.race",),
        with_function(V3Service, "_claim", claim_too_late),
    ),
)
