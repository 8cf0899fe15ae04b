"""OpenAPI: our OpenAPI document, run by Schemathesis once for all checks of the group."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Case
from seedance_contract.server.check_context import CheckContext, ServerCheck, SharedRun
from seedance_contract.server.openapi import cases as openapi_cases
from seedance_contract.server.openapi.cases import CASES, FULL, PARTS, QUICK
from seedance_contract.server.openapi.tally import Tally

GROUP = openapi_cases.GROUP

FULL_DEPTH_EXAMPLES = 10
"""The number of examples of other properties from which on the document is run in full."""


def _start(context: CheckContext) -> Tally:
    return Tally()


def _run(context: CheckContext, tally: Tally, part: int) -> None:
    # Schemathesis takes about a second to import. Runs of other groups need not wait for it.
    from seedance_contract.server.openapi.run import RunChoices, run_part

    choices = RunChoices(
        depth=FULL if context.max_examples >= FULL_DEPTH_EXAMPLES else QUICK,
        seed=context.seed,
        # A budget does not help: random legal requests go only to a server that bills nothing.
        billable=context.target.budget.limit is None,
    )
    # If its clock can be stopped, tasks stay pending until a request cancels them.
    key, target = context.open_account(), context.target
    tally.add_setup(target.log.entries)
    run_part(tally, target.url, key, choices, target.transport, PARTS[part])


DOCUMENT_RUN = SharedRun(id="OpenAPI document", start=_start, part_count=len(PARTS), run_part=_run)


def _review(case: Case, context: CheckContext) -> None:
    tally: Tally = context.outcome_of(DOCUMENT_RUN)
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
}
"""The causes of the failures, by the case."""

SAFE_CASES = frozenset({openapi_cases.FAIL_CLOSED, openapi_cases.AUTHORISED, openapi_cases.NO_ECHO})
"""The cases about money and secrets, which belong to the profile SAFE."""

CHECKS = tuple(
    ServerCheck(
        case=case,
        run=partial(_review, case),
        cause=CAUSES[case],
        safe=case in SAFE_CASES,
        shared=DOCUMENT_RUN,
    )
    for case in CASES
)
