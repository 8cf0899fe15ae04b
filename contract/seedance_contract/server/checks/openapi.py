"""OpenAPI: our OpenAPI documents, each run by Schemathesis once for all its checks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Case
from seedance_contract.server.check_context import CheckContext, ServerCheck, SharedRun
from seedance_contract.server.openapi import cases as openapi_cases
from seedance_contract.server.openapi import v3_cases
from seedance_contract.server.openapi.documents import DOCUMENTS, ApiDocument
from seedance_contract.server.openapi.tally import Tally

GROUP = openapi_cases.GROUP

FULL_DEPTH_EXAMPLES = 10
"""The number of examples of other properties from which on a document is run in full."""


def _start(document: ApiDocument, context: CheckContext) -> Tally:
    return Tally(document)


def _run(context: CheckContext, tally: Tally, part: int) -> None:
    # Schemathesis takes about a second to import. Runs of other groups need not wait for it.
    from seedance_contract.server.openapi.run import RunChoices, run_part

    document = tally.document
    choices = RunChoices(
        depth=document.full if context.max_examples >= FULL_DEPTH_EXAMPLES else document.quick,
        seed=context.seed,
        # A budget does not help: random legal requests go only to a server that bills nothing.
        billable=context.target.budget.limit is None,
    )
    # If its clock can be stopped, tasks stay pending until a request cancels them.
    key, target = context.open_account(), context.target
    tally.add_setup(target.log.entries)
    run_part(tally, target.url, key, choices, target.transport, document.parts[part])


def _shared_run(document: ApiDocument) -> SharedRun:
    return SharedRun(
        id=document.title,
        start=partial(_start, document),
        part_count=len(document.parts),
        run_part=_run,
    )


def _review(case: Case, run: SharedRun, context: CheckContext) -> None:
    tally: Tally = context.outcome_of(run)
    context.exercised = tally.review(case)


CAUSES: Mapping[Case, str] = {
    openapi_cases.COMPLETED: "no-response",
    openapi_cases.STATUS: "status-undocumented",
    openapi_cases.CONTENT_TYPE: "body-undocumented",
    openapi_cases.BODY: "body-undocumented",
    openapi_cases.HEADERS: "header-lost",
    openapi_cases.SERVER_ERROR: "server-error",
    openapi_cases.ACCEPTED: "valid-request-refused",
    openapi_cases.REFUSED: "invalid-request-accepted",
    openapi_cases.FAIL_CLOSED: "invalid-request-accepted",
    openapi_cases.AUTHORISED: "key-not-required",
    openapi_cases.AVAILABLE: "task-not-found",
    openapi_cases.METHOD: "wrong-error",
    openapi_cases.METHOD_ENVELOPE: "error-envelope-lost",
    openapi_cases.ALLOW: "header-lost",
    openapi_cases.ENVELOPE: "error-envelope-lost",
    openapi_cases.RETRY_AFTER: "retry-after-lost",
    openapi_cases.POLL_URL: "task-not-found",
    openapi_cases.CANCELLED: "cancellation-wrong",
    openapi_cases.NO_ECHO: "key-disclosed",
    v3_cases.NULL: "valid-request-refused",
    v3_cases.ID: "task-not-found",
    v3_cases.LIST: "list-wrong",
    v3_cases.REPLAYED: "created-twice",
    v3_cases.DELETED: "body-undocumented",
}
"""The causes of the failures, by the case of v1 about the same."""

SAFE_CASES = frozenset({openapi_cases.FAIL_CLOSED, openapi_cases.AUTHORISED, openapi_cases.NO_ECHO})
"""The cases about money and secrets, which belong to the profile SAFE."""


def _checks(document: ApiDocument) -> tuple[ServerCheck, ...]:
    run = _shared_run(document)
    return tuple(
        ServerCheck(
            case=case,
            run=partial(_review, case, run),
            cause=CAUSES[key],
            safe=key in SAFE_CASES,
            shared=run,
        )
        for key, case in document.cases.items()
    )


CHECKS = tuple(check for document in DOCUMENTS for check in _checks(document))
