"""How Schemathesis is set up for the contract: what it tries, judges, and must not send."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import schemathesis
from hypothesis import configuration
from schemathesis import hooks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.generation.meta import TestPhase
from schemathesis.hooks import HookContext
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.schemas import BaseSchema

from seedance_contract.declared.routes import CANCEL, CREATE
from seedance_contract.derived.openapi import document
from seedance_contract.server.budget import certainly_refused, documented_rules
from seedance_contract.server.openapi_cases import SCHEMATHESIS_CHECKS, Depth
from seedance_contract.server.openapi_exchange import (
    broken_rules,
    member,
    parsed,
)
from seedance_contract.server.openapi_followup import TIMEOUT_S

Call = Case[Any]


class BillableRequestError(Exception):
    """A request that might have been billed was about to be sent."""


@contextmanager
def temporary_hypothesis_storage() -> Iterator[None]:
    """Let Hypothesis keep its tables in a temporary folder, not where the user works."""
    before = configuration.storage_directory(intent_to_write=False).home_directory
    with tempfile.TemporaryDirectory() as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)


@contextmanager
def spending_guard(schema: BaseSchema) -> Iterator[None]:
    """Stop what might be billed at the last moment, whichever way it came about.

    Filters see what is generated, but not the examples of a document. This hook is global, as
    Schemathesis calls no other just before it sends, and heeds the requests of this run only.
    """

    def before_call(context: HookContext, case: Call, kwargs: dict[str, Any]) -> None:
        creates = case.operation.method.upper() == CREATE.method
        ours = case.operation.schema is schema
        if ours and creates and not certainly_refused(_sendable(case.body)):
            raise BillableRequestError("a request that might be billed was held back")

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        hooks.unregister(before_call)


def narrowed(base_url: str, depth: Depth) -> dict[str, Any]:
    """Return our document, with the request schemas of as many models as are tried."""
    whole: Any = document(base_url)
    request = whole["components"]["schemas"]["VideoRequest"]
    request["oneOf"] = request["oneOf"][: depth.models]
    return dict(whole)


def config(base_url: str, key: str, depth: Depth, seed: int, billable: bool) -> SchemathesisConfig:
    """Return the settings of a run; everything that is not named stays as Schemathesis has it."""
    # The document is the only oracle: nothing is learned from the server's answers, which would
    # also make the requests depend on its ids.
    nothing_learned = {"extra-data-sources": {"responses": False}}
    unlearned = {**nothing_learned, "error-feedback": {"enabled": False}}
    settings: dict[str, object] = {
        "seed": seed,
        "base-url": base_url,
        "request-timeout": TIMEOUT_S,
        "cache": {"enabled": False},
        "suppress-health-check": ["all"],
        "auth": {"openapi": {"key": {"bearer": key}}},
        # A failure ends nothing, so that every seed makes the same requests of any server.
        "continue-on-failure": True,
        "generation": {"max-examples": depth.examples, "database": "none", "no-shrink": True},
        "checks": _checks(),
        "phases": {
            "examples": nothing_learned,
            "coverage": nothing_learned,
            "fuzzing": unlearned,
            "stateful": {"enabled": billable},
        },
    }
    if not billable:
        refused_only = {
            "generation": {"mode": "negative"},
            "phases": {"examples": {"enabled": False}},
        }
        settings["operations"] = [{"include-operation-id": CREATE.id, **refused_only}]
    return SchemathesisConfig.from_dict(settings)


def _checks() -> dict[str, object]:
    on: dict[str, dict[str, object]] = {name: {"enabled": True} for name in SCHEMATHESIS_CHECKS}
    # Whether money, ownership and the state of a task allow a request, no document can say.
    account = ["401", "402", "403", "404", "409", "429"]
    on["positive_data_acceptance"]["expected-statuses"] = ["2xx", *account]
    # Their default takes a 5xx for a refusal.
    refusals = ["400", "401", "403", "404", "413", "429"]
    on["negative_data_rejection"]["expected-statuses"] = refusals
    return {"enabled": False, **on}


def hook(schema: BaseSchema, depth: Depth, billable: bool) -> None:
    """Let the contract's own rules decide which requests go out and which failures count."""
    taken = count()

    def filter_case(context: HookContext, case: Call) -> bool:
        if case.operation.method.upper() != CREATE.method:
            return True
        if not billable and not certainly_refused(_sendable(case.body)):
            return False
        systematic = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
        return not systematic or next(taken) % depth.sampling_interval == 0

    def filter_failure(
        context: HookContext, failure: Failure, case: Call, response: Response
    ) -> bool:
        return _counts(failure, case, response)

    schema.hook(filter_case)
    schema.hook(filter_failure)


def _sendable(body: object) -> object:
    """Return the body as the server reads it: what was given as bytes may be JSON, too."""
    return parsed(body) if isinstance(body, str | bytes) else body


def _counts(failure: Failure, case: Call, response: Response) -> bool:
    """Return whether the rules see the failure as the schema does; it cannot say all of them."""
    operation = case.operation.definition.raw.get("operationId")
    rejected = isinstance(failure, RejectedPositiveData)
    if operation == CANCEL.id and rejected:
        # That the model cannot be cancelled is a 400, too, and depends on the task.
        return response.status_code != 400
    if operation != CREATE.id or not (rejected or isinstance(failure, AcceptedNegativeData)):
        return True
    broken = broken_rules(_sendable(case.body))
    if rejected:
        # Whether the task to be extended exists and is done, no document can say.
        return broken == [] and member(case.body, "task_id") is None
    return broken is None or bool(documented_rules(broken))
