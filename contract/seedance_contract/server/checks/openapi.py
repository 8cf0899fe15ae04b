"""The OpenAPI group: a run of our document by Schemathesis, as checks beside the others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Case, Result
from seedance_contract.server.check_context import CheckContext, ServerCheck
from seedance_contract.server.openapi_cases import CASES, FULL, QUICK

THOROUGH = 10
"""Examples of other properties from which on the document is tried in full."""


def _result(case: Case, subject: CheckContext) -> Result:
    if "openapi" not in subject.cache:
        subject.cache["openapi"] = _run(subject)
    results: Mapping[str, Result] = subject.cache["openapi"]
    return results[case.id]


def _run(subject: CheckContext) -> dict[str, Result]:
    """Run the document once for all its cases.

    Whatever may be spent, legal requests made at random go to this machine only.
    """
    # Schemathesis takes a second to import: runs of other groups do not wait for it.
    from seedance_contract.server import openapi_run

    key = subject.keys.new_key()
    if subject.control is not None:
        # Its clock stands still then, so that tasks wait until they are cancelled.
        subject.control.open_account(key)
    results = openapi_run.run_document(
        subject.target.url,
        key,
        depth=FULL if subject.max_examples >= THOROUGH else QUICK,
        seed=subject.seed,
        billable=subject.target.budget.limit is None,
    )
    return {result.case.id: result for result in results}


CHECKS = tuple(ServerCheck(case=case, run=partial(_result, case)) for case in CASES)
