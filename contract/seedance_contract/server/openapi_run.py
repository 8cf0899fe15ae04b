"""A run of our OpenAPI document against a server, by Schemathesis; its door, with openapi_setup.

Schemathesis makes the requests and judges what the document can say. What it cannot say is
judged here, on the recorded exchanges, so that no check is registered in Schemathesis' global
lists and two runs in one process do not meet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial

import schemathesis
from schemathesis.core.errors import HookExecutionError
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import CheckNode, Interaction, ScenarioRecorder
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase
from schemathesis.schemas import BaseSchema

from seedance_contract.case import Case, Result
from seedance_contract.declared.routes import CREATE, ENDPOINTS, Auth
from seedance_contract.server import openapi_cases as cases
from seedance_contract.server.openapi_cases import FULL, Depth
from seedance_contract.server.openapi_exchange import (
    Exchange,
    answer,
    error_envelope,
    fail_closed,
    key_needed,
    method_envelope,
    no_key_echo,
    retry_after,
)
from seedance_contract.server.openapi_followup import Followup, followup_session
from seedance_contract.server.openapi_setup import (
    Call,
    config,
    hook,
    narrowed,
    spending_guard,
    temporary_hypothesis_storage,
)
from seedance_contract.server.openapi_tally import Failure, Tally

Progress = Callable[[str, int], None]
"""Told the phase that is under way and the requests made so far."""


_ONE_AT_A_TIME = threading.Lock()
"""Hypothesis' storage is one for the whole process."""

_BY_PLACE = {(endpoint.method, endpoint.path): endpoint for endpoint in ENDPOINTS}


def run_document(
    base_url: str,
    key: str,
    *,
    depth: Depth = FULL,
    seed: int = 1,
    billable: bool = False,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Run the OpenAPI document against a server; yield a result for each of `CASES` at the end.

    Args:
        base_url: where the API is, such as http://127.0.0.1:8000.
        key: an API key of that server; it goes nowhere else, and into no result.
        depth: `FULL`, `QUICK` or another.
        seed: the same seed makes the same requests, as far as the server answers the same.
        billable: whether requests may be sent that are accepted, and so cost money. Without it
            only creates go out that break a documented rule, and sequences are left out.
        progress: called after each group of requests.
    """
    started = time.monotonic()
    base_url = base_url.rstrip("/")
    tally = Tally(key)
    schema = schemathesis.openapi.from_dict(
        narrowed(base_url, depth), config=config(base_url, key, depth, seed, billable)
    )
    hook(schema, depth, billable)
    with ExitStack() as stack:
        stack.enter_context(_ONE_AT_A_TIME)
        stack.enter_context(temporary_hypothesis_storage())
        if not billable:
            stack.enter_context(spending_guard(schema))
        followup = stack.enter_context(followup_session(base_url, key))
        _Run(tally, followup, key, progress or _silent).drain(schema)
    yield from tally.results(time.monotonic() - started)


def _silent(phase: str, requests: int) -> None:
    """Tell nobody."""


class _Run:
    """Turns the events of a run into counts."""

    def __init__(self, tally: Tally, followup: Followup, key: str, progress: Progress) -> None:
        self._tally = tally
        self._followup = followup
        self._key = key
        self._progress = progress
        self._requests = 0

    def drain(self, schema: BaseSchema) -> None:
        for event in from_schema(schema).execute():
            match event:
                case events.ScenarioFinished():
                    self._scenario(event.recorder)
                    self._progress(event.phase.value, self._requests)
                case events.NonFatalError(value=error) | events.FatalError(exception=error):
                    self._error(error)
                case events.Interrupted():
                    raise KeyboardInterrupt

    def _error(self, error: Exception) -> None:
        """Count a request without an answer; where nothing ever answered, nothing can be said."""
        reason = f"{type(error).__name__}: {error}"
        if not self._requests or isinstance(error, HookExecutionError):
            self._tally.broke(reason)
            return
        failure = Failure(expected="an answer", actual=reason, exchange=None)
        self._tally.failed(cases.COMPLETED, failure)

    def _scenario(self, recorder: ScenarioRecorder) -> None:
        for id, interaction in recorder.interactions.items():
            call = recorder.cases[id].value
            if interaction.response is None:
                continue
            exchange = _exchange(call, interaction)
            self._requests += 1
            self._ours(exchange)
            for node in recorder.checks.get(id, ()):
                self._theirs(node, call, exchange)

    def _ours(self, exchange: Exchange) -> None:
        self._tally.passed(cases.COMPLETED)
        for case, judge in _OURS.items():
            self._tally.judge(case, partial(judge, exchange), exchange)
        for case, judge in (
            (cases.POLL_URL, self._followup.check_poll_url),
            (cases.CANCELLED, self._followup.check_cancelled_task),
            (cases.CANCELLED, self._followup.check_cancellation),
        ):
            self._tally.judge(case, partial(judge, exchange), exchange)
        for case, judge_key in ((cases.NO_ECHO, no_key_echo), (cases.AUTHORISED, key_needed)):
            self._tally.judge(case, partial(judge_key, exchange, self._key), exchange)

    def _theirs(self, node: CheckNode, call: Call, exchange: Exchange) -> None:
        case = cases.SCHEMATHESIS_CHECKS[node.name]
        if node.failure_info is not None:
            told = node.failure_info.failure
            failure = Failure(
                expected=case.requirement,
                actual=f"{told.title}: {told.message}" if told.message else answer(exchange),
                exchange=exchange,
            )
            self._tally.failed(case, failure)
        elif node.status is Status.SUCCESS and _concerns(case, call, exchange):
            self._tally.passed(case)


_OURS: Mapping[Case, Callable[[Exchange], bool]] = {
    cases.FAIL_CLOSED: fail_closed,
    cases.METHOD_ENVELOPE: method_envelope,
    cases.ENVELOPE: error_envelope,
    cases.RETRY_AFTER: retry_after,
}


def _exchange(call: Call, interaction: Interaction) -> Exchange:
    request, response = interaction.request, interaction.response
    assert response is not None
    return Exchange(
        endpoint=_BY_PLACE[call.operation.method.upper(), call.operation.path],
        method=request.method,
        url=request.uri,
        sent={name: ", ".join(values) for name, values in request.headers.items()},
        body=request.body,
        status=response.status_code,
        headers={name.lower(): ", ".join(values) for name, values in response.headers.items()},
        content=response.content,
    )


def _concerns(case: Case, call: Call, exchange: Exchange) -> bool:
    """Return whether a check that did not fail had something to judge; theirs do not say."""
    mode = call.meta.generation.mode if call.meta is not None else None
    if case is cases.ACCEPTED:
        return exchange.ordinary and mode is GenerationMode.POSITIVE
    if case is cases.REFUSED:
        return exchange.ordinary and mode is GenerationMode.NEGATIVE
    if case is cases.METHOD:
        return not exchange.ordinary and exchange.method != "OPTIONS"
    if case is cases.ALLOW:
        return exchange.method == "OPTIONS" and "allow" in exchange.headers
    if case is cases.AUTHORISED:
        return exchange.endpoint.auth is Auth.REQUIRED and exchange.status < 400
    if case is cases.AVAILABLE:
        after = call.meta is not None and call.meta.phase.name is TestPhase.STATEFUL
        return after and exchange.endpoint is not CREATE and exchange.status < 400
    return True
