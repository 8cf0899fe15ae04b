"""How Schemathesis is set up: its configuration, and hooks that apply the rules of the contract."""

from __future__ import annotations

import os
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

from seedance_contract.declared.dialects import CREATE_ENDPOINTS
from seedance_contract.declared.routes import CANCEL, CREATE, Endpoint
from seedance_contract.declared.v3.routes import (
    IDEMPOTENCY_HEADER,
    MAX_IDEMPOTENCY_KEY,
    V3_DELETE,
    V3_READ,
)
from seedance_contract.server.budget import certainly_rejected, documented_rules
from seedance_contract.server.http.exchange import member, parse_json
from seedance_contract.server.http.transport import TIMEOUT_SECONDS
from seedance_contract.server.openapi.cases import SCHEMATHESIS_CHECKS, Depth, DocumentPart
from seedance_contract.server.openapi.documents import ApiDocument
from seedance_contract.server.openapi.exchange_checks import broken_rules, names_material

SchemathesisCase = Case[Any]
"""A request that Schemathesis generates, not a case of ours."""


class BillableRequestError(Exception):
    """A request that may be billed was about to be sent."""


@contextmanager
def temporary_hypothesis_storage() -> Iterator[None]:
    """Let Hypothesis keep its files in a temporary folder instead of the working directory."""
    # Hypothesis writes its tables of Unicode characters even if it has no database. The setting
    # belongs to the whole process: see `OverlappingContext`.
    before = configuration.storage_directory(intent_to_write=False).home_directory
    # After Ctrl-C a check that has not ended yet may go on to write there.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)


@contextmanager
def environment_without_proxies() -> Iterator[None]:
    """Hide the proxies and the .netrc of the user from Schemathesis."""
    # Its sessions of requests read both, and are not open to us. A proxy would answer in place of
    # the server. A .netrc replaces our key: its password is sent to the server, and a check that
    # expects 401 passes for the wrong reason. The environment belongs to the whole process, so it
    # is changed for the time of a run only.
    hidden = {"NO_PROXY": "*", "no_proxy": "*", "NETRC": os.devnull}
    before = {name: os.environ.get(name) for name in hidden}
    os.environ.update(hidden)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def spending_guard(schema: BaseSchema) -> Iterator[None]:
    """Raise BillableRequestError right before a request of `schema` is sent that may be billed."""

    def before_call(context: HookContext, case: SchemathesisCase, kwargs: dict[str, Any]) -> None:
        is_of_schema = case.operation.schema is schema
        if is_of_schema and _may_be_billed(case):
            raise BillableRequestError("a request that may be billed was held back")

    # The filters of `register_hooks` see generated requests, but not the examples of a document.
    # Schemathesis calls only global hooks right before it sends, so this one is global and ignores
    # the requests of other schemas.
    schemathesis.hook(before_call)
    try:
        yield
    finally:
        hooks.unregister(before_call)


@contextmanager
def distinct_idempotency_keys(schema: BaseSchema) -> Iterator[None]:
    """Send each Idempotency-Key with one body only, and any other body without it."""
    bodies: dict[str, object] = {}

    def before_call(context: HookContext, case: SchemathesisCase, kwargs: dict[str, Any]) -> None:
        # The same short keys are generated again and again. A key that has come with another body
        # is a conflict, which says nothing about this body.
        if case.operation.schema is not schema:
            return
        key = case.headers.get(IDEMPOTENCY_HEADER) if case.headers else None
        is_legal = isinstance(key, str) and 1 <= len(key) <= MAX_IDEMPOTENCY_KEY
        if is_legal and bodies.setdefault(str(key), case.body) != case.body:
            del case.headers[IDEMPOTENCY_HEADER]

    # Not `map_case`: with it Schemathesis generates requests in another way, which takes three
    # times as long.
    schemathesis.hook(before_call)
    try:
        yield
    finally:
        hooks.unregister(before_call)


def _may_be_billed(case: SchemathesisCase) -> bool:
    """Return whether a server may accept a create request, and bill it."""
    create = _create_endpoint(case)
    if create is None:
        return False
    # What a create of v3 costs, and which of them no server accepts, is not known to a budget.
    return create is not CREATE or not certainly_rejected(_json_value(case.body))


def _create_endpoint(case: SchemathesisCase) -> Endpoint | None:
    """Return the endpoint of a request that creates a task, None for any other request."""
    id = case.operation.definition.raw.get("operationId")
    return next((create for create in CREATE_ENDPOINTS if create.id == id), None)


def limited_schema(
    document: ApiDocument,
    base_url: str,
    depth: Depth,
    part: DocumentPart | None,
    config: SchemathesisConfig,
) -> BaseSchema:
    """Return a document with the request schemas of some models only.

    They are the first `depth.models` models, or the one that the part tries systematically. Such a
    part has create as its only operation.
    """
    content: Any = document.content(base_url)
    create = document.dialect.create
    is_systematic = part is not None and part.model is not None
    first = part.model if part is not None and part.model is not None else 0
    models = slice(first, first + 1 if is_systematic else depth.models)
    # A schema of its own: responses may recommend a request of any model.
    schemas = content["components"]["schemas"]
    whole = schemas[document.request_schema]
    branches = [_tried_branch(document, schemas, branch) for branch in whole["oneOf"][models]]
    schemas["TriedRequest"] = whole | {"oneOf": branches}
    operation = content["paths"][create.path][create.method.lower()]
    media_type = operation["requestBody"]["content"]["application/json"]
    media_type["schema"] = {"$ref": "#/components/schemas/TriedRequest"}
    schema: BaseSchema = schemathesis.openapi.from_dict(dict(content), config=config)
    if document.excluded:
        schema = schema.exclude(path=[endpoint.path for endpoint in document.excluded])
    return schema.include(operation_id=create.id) if is_systematic else schema


def _tried_branch(document: ApiDocument, schemas: Any, branch: Any) -> Any:
    """Return the branch of a model with the schemas of fields that are tried in place of others."""
    if not document.field_schemas:
        return branch
    named = schemas[branch["$ref"].rpartition("/")[2]]
    return named | {"properties": named["properties"] | dict(document.field_schemas)}


def run_config(
    base_url: str,
    key: str,
    create: Endpoint,
    depth: Depth,
    seed: int,
    billable: bool,
    part: DocumentPart | None,
) -> SchemathesisConfig:
    """Return the configuration of a run. What is not named here keeps its default."""
    # The document is the only oracle: Schemathesis must not learn from responses. The requests
    # would otherwise depend on the ids of the server, and no longer on the seed alone.
    no_response_data = {"extra-data-sources": {"responses": False}}
    no_feedback = {**no_response_data, "error-feedback": {"enabled": False}}
    is_systematic = part is not None and part.model is not None
    settings: dict[str, object] = {
        "seed": seed,
        "base-url": base_url,
        "request-timeout": TIMEOUT_SECONDS,
        # The contract has no redirects. Each could make thirty requests of one.
        "max-redirects": 0,
        "cache": {"enabled": False},
        "suppress-health-check": ["all"],
        "auth": {"openapi": {"key": {"bearer": key}}},
        # A failure ends no phase, so a seed makes the same requests of a broken server too.
        "continue-on-failure": True,
        "generation": {"max-examples": depth.examples, "database": "none", "no-shrink": True},
        "checks": _check_settings(),
        "phases": {
            "examples": no_response_data,
            "coverage": no_response_data,
            "fuzzing": no_feedback,
            "stateful": {"enabled": billable and not is_systematic},
        },
    }
    create_settings = _create_settings(billable, part)
    if create_settings:
        settings["operations"] = [{"include-operation-id": create.id, **create_settings}]
    return SchemathesisConfig.from_dict(settings)


def _create_settings(billable: bool, part: DocumentPart | None) -> dict[str, object]:
    """Return what the configuration says of create requests only."""
    disabled: dict[str, object] = {}
    if part is not None and part.model is None:
        disabled["coverage"] = {"enabled": False}
    if not billable or (part is not None and part.model is not None):
        disabled["examples"] = {"enabled": False}
    if part is not None and part.model is not None:
        disabled["fuzzing"] = {"enabled": False}
    phases: dict[str, object] = {"phases": disabled} if disabled else {}
    return phases if billable else {**phases, "generation": {"mode": "negative"}}


def _check_settings() -> dict[str, object]:
    checks: dict[str, dict[str, object]] = {name: {"enabled": True} for name in SCHEMATHESIS_CHECKS}
    # A document cannot state whether money, ownership and the state of a task allow a request.
    account_errors = ["401", "402", "403", "404", "409", "429"]
    checks["positive_data_acceptance"]["expected-statuses"] = ["2xx", *account_errors]
    # The default of Schemathesis counts a 5xx as a rejection.
    rejections = ["400", "401", "403", "404", "413", "429"]
    checks["negative_data_rejection"]["expected-statuses"] = rejections
    return {"enabled": False, **checks}


def register_hooks(schema: BaseSchema, depth: Depth, billable: bool) -> None:
    """Let the rules of the contract decide which requests are sent and which failures count."""
    coverage_numbers = count()

    def filter_case(context: HookContext, case: SchemathesisCase) -> bool:
        if _create_endpoint(case) is None:
            return True
        if not billable and _may_be_billed(case):
            return False
        is_systematic = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
        return not is_systematic or next(coverage_numbers) % depth.sampling_interval == 0

    def filter_failure(
        context: HookContext, failure: Failure, case: SchemathesisCase, response: Response
    ) -> bool:
        return is_failure(failure, case, response)

    # Schemathesis finds out which hook a function is by its name.
    schema.hook(filter_case)
    schema.hook(filter_failure)


def _json_value(body: object) -> object:
    """Return the body as the server reads it. Schemathesis may give JSON as bytes."""
    return parse_json(body) if isinstance(body, str | bytes) else body


# A 400 also says that the model of a task cannot be cancelled, or, under /api/v3, that a text is no
# id of a task.
_IDS_OF_REFUSALS = (CANCEL.id, V3_READ.id, V3_DELETE.id)


def is_failure(failure: Failure, case: SchemathesisCase, response: Response) -> bool:
    """Return whether the rules agree that this is a failure. A schema cannot state all of them."""
    operation = case.operation.definition.raw.get("operationId")
    create = _create_endpoint(case)
    is_rejection = isinstance(failure, RejectedPositiveData)
    if is_rejection and operation in _IDS_OF_REFUSALS:
        return response.status_code != 400
    if create is None or not (is_rejection or isinstance(failure, AcceptedNegativeData)):
        return True
    body = _json_value(case.body)
    rules = broken_rules(create, body)
    if is_rejection:
        # A document cannot state whether the task to extend exists and is completed, nor which
        # materials an account has.
        return rules == [] and member(body, "task_id") is None and not names_material(body)
    return rules is None or bool(documented_rules(rules))
