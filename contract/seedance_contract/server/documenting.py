"""The OpenAPI document: its run by Schemathesis, as checks of the suite beside the others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Case, Result
from seedance_contract.server.openapi_cases import CASES, FULL, QUICK
from seedance_contract.server.subject import Check, Subject

THOROUGH = 10
"""Examples of other properties from which on the document is tried in full."""


def _result(case: Case, subject: Subject) -> Result:
    if "openapi" not in subject.memory:
        subject.memory["openapi"] = _run(subject)
    results: Mapping[str, Result] = subject.memory["openapi"]
    return results[case.id]


def _run(subject: Subject) -> dict[str, Result]:
    """Run the document once for all its cases.

    Whatever may be spent, legal requests made at random go to this machine only.
    """
    from seedance_contract.server import openapi_suite

    key = subject.keys.fresh()
    if subject.steering is not None:
        # Its clock stands still then, so that tasks wait until they are cancelled.
        subject.steering.open(key)
    results = openapi_suite.run(
        subject.target.url,
        key,
        depth=FULL if subject.examples >= THOROUGH else QUICK,
        seed=subject.seed,
        billable=subject.target.purse.limit is None,
    )
    return {result.case.id: result for result in results}


CHECKS = tuple(Check(case=case, run=partial(_result, case)) for case in CASES)
