"""Hooks for the command line of Schemathesis, for runs of our OpenAPI document.

    export SCHEMATHESIS_HOOKS=seedance_contract.server.openapi.schemathesis_hooks
    schemathesis run seedance.json --url http://127.0.0.1:8000 -H 'Authorization: Bearer sk-test'

A document cannot state what depends on the tasks of a server: whether the task to extend exists,
whether the model of a task can be cancelled, and that a cancelled task stays readable. Without
these hooks Schemathesis reports such responses as failures.
"""

from __future__ import annotations

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.hooks import HookContext
from schemathesis.openapi.checks import UseAfterFree

from seedance_contract.server.openapi.setup import SchemathesisCase, is_failure


# Schemathesis finds out which hook a function is by its name.
@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: SchemathesisCase, response: Response
) -> bool:
    """Return whether the rules of the contract agree that this is a failure."""
    # The only DELETE of the API cancels a task.
    return not isinstance(failure, UseAfterFree) and is_failure(failure, case, response)
