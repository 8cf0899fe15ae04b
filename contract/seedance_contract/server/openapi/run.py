"""Runs our OpenAPI documents against a server with Schemathesis.

Schemathesis makes the requests and checks what the document can state. What it cannot state is
checked here, on the recorded exchanges. So no check is registered in the global lists of
Schemathesis, and two runs in one process do not affect each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial

from schemathesis.core.errors import HookExecutionError
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import CheckNode, Interaction, ScenarioRecorder
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase
from schemathesis.schemas import BaseSchema

from seedance_contract.case import Case, Result
from seedance_contract.declared.dialects import ALL_ENDPOINTS, CREATE_ENDPOINTS
from seedance_contract.declared.routes import Auth
from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.exchange import (
    CheckedExchange,
    ReceivedResponse,
    SentRequest,
)
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.openapi import cases as cases
from seedance_contract.server.openapi.cases import FULL, Depth, DocumentPart
from seedance_contract.server.openapi.documents import V1_DOCUMENT, ApiDocument
from seedance_contract.server.openapi.exchange_checks import (
    ExchangeCheck,
    endpoint_error_envelope,
    fail_closed,
    key_required,
    method_error_envelope,
    of_exchange,
)
from seedance_contract.server.openapi.followup import Followup
from seedance_contract.server.openapi.history import TaskHistory
from seedance_contract.server.openapi.limits import RunGate, limited_requests
from seedance_contract.server.openapi.setup import (
    SchemathesisCase,
    distinct_idempotency_keys,
    environment_without_proxies,
    limited_schema,
    register_hooks,
    run_config,
    spending_guard,
    temporary_hypothesis_storage,
)
from seedance_contract.server.openapi.tally import OpenapiFailure, Tally
from seedance_contract.server.process_setup import OverlappingContext
from seedance_contract.server.reproduction.script import ScriptSettings
from seedance_contract.server.responses import response_checks

PhaseProgress = Callable[[str, int], None]
"""Called with the current phase of Schemathesis and the number of requests so far."""

_PROCESS_SETUP = OverlappingContext(temporary_hypothesis_storage, environment_without_proxies)

_ENDPOINTS = {(endpoint.method, endpoint.path): endpoint for endpoint in ALL_ENDPOINTS}


def run_document(
    base_url: str,
    key: str,
    *,
    document: ApiDocument = V1_DOCUMENT,
    depth: Depth = FULL,
    seed: int = 1,
    billable: bool = False,
    progress: PhaseProgress | None = None,
) -> Iterator[Result]:
    """Run an OpenAPI document against a server. Yield a result for each of its cases at the end.

    Args:
        base_url: where the API is, such as http://127.0.0.1:8000.
        key: an API key of that server. It is sent nowhere else, and no result contains it.
        document: which document.
        depth: how much is tried.
        seed: the same seed makes the same requests, as far as the server responds the same.
        billable: whether to send requests that the server accepts, which may cost money. If not,
            all create requests break a documented rule, or are left out, and so are sequences.
        progress: called after each group of requests.
    """
    started = time.monotonic()
    tally = Tally(document)
    choices = RunChoices(depth=depth, seed=seed, billable=billable, progress=progress)
    with closing(Transport()) as transport:
        run_part(tally, base_url, key, choices, transport)
    scripts = ScriptSettings(base_url=base_url, key_variables={key: "TOKENLAB_API_KEY"})
    yield from tally.results(time.monotonic() - started, scripts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChoices:
    """The arguments of a run that all its parts have in common, as `run_document` names them."""

    depth: Depth
    seed: int
    billable: bool
    progress: PhaseProgress | None = None


def run_part(
    tally: Tally,
    base_url: str,
    key: str,
    choices: RunChoices,
    transport: Transport,
    part: DocumentPart | None = None,
) -> None:
    """Run a part of the document of a tally, or all of it if `part` is None. Add to the tally."""
    if part is not None and (part.model or 0) >= choices.depth.models:
        return
    document = tally.document
    base_url, billable = base_url.rstrip("/"), choices.billable
    sends_creates = billable or not document.needs_free_server
    if part is not None and part.model is not None and not sends_creates:
        return
    tally.add_key(key)
    create = document.dialect.create
    config = run_config(base_url, key, create, choices.depth, choices.seed, billable, part)
    schema = limited_schema(document, base_url, choices.depth, part, config)
    if not sends_creates:
        schema = schema.exclude(operation_id=create.id)
    register_hooks(schema, choices.depth, billable)
    gate = RunGate(transport)
    with ExitStack() as stack:
        stack.enter_context(_PROCESS_SETUP.shared())
        if not billable:
            stack.enter_context(spending_guard(schema))
        stack.enter_context(distinct_idempotency_keys(schema))
        stack.enter_context(limited_requests(schema, gate))
        followup = Followup(document.dialect, base_url, key, transport)
        _Run(tally, followup, key, choices.progress or _no_progress, gate).process(schema)


def _no_progress(phase: str, requests: int) -> None:
    """Do nothing."""


EXCHANGE_CHECKS: Sequence[tuple[Case, ExchangeCheck]] = (
    (cases.FAIL_CLOSED, fail_closed),
    (cases.METHOD_ENVELOPE, method_error_envelope),
    (cases.ENVELOPE, endpoint_error_envelope),
    (cases.RETRY_AFTER, of_exchange(response_checks.retry_after)),
    (cases.AUTHORISED, key_required),
    (cases.NO_ECHO, of_exchange(response_checks.no_key_echo)),
)
"""The checks of ours that need nothing but the exchange, and the cases that they decide."""


class _Run:
    """Turns the events of a Schemathesis run into results."""

    def __init__(
        self,
        tally: Tally,
        followup: Followup,
        key: str,
        progress: PhaseProgress,
        gate: RunGate,
    ) -> None:
        self._tally = tally
        self._gate = gate
        self._followup = followup
        self._key = key
        self._progress = progress
        self._requests = 0
        self._history = TaskHistory()

    def process(self, schema: BaseSchema) -> None:
        stream = from_schema(schema).execute()
        self._gate.on_stop = stream.stop
        for event in stream:
            match event:
                case events.ScenarioFinished():
                    self._process_scenario(event.recorder)
                    self._progress(event.phase.value, self._requests)
                case events.NonFatalError(value=error) | events.FatalError(exception=error):
                    self._process_error(error)
                case events.Interrupted() if self._gate.stop_reason is None:
                    raise KeyboardInterrupt
        self._process_stop_reason()

    def _process_stop_reason(self) -> None:
        match self._gate.stop_reason:
            case UnexercisedError() as reason:
                self._tally.mark_stopped(str(reason))
            case UnreachableError() as reason:
                self._tally.mark_broken(str(reason))
                self._tally.mark_stopped(str(reason))

    def _process_error(self, error: Exception) -> None:
        if self._gate.stop_reason is not None:
            return
        reason = f"{type(error).__name__}: {error}"
        # Without any response the server is not there at all. A hook that fails is a fault of ours.
        # Neither says anything about the contract.
        if not self._requests or isinstance(error, HookExecutionError):
            self._tally.mark_broken(reason)
            return
        failure = OpenapiFailure(expected="a response", actual=reason, exchange=None)
        self._tally.add_failure(cases.COMPLETED, failure)

    def _process_scenario(self, recorder: ScenarioRecorder) -> None:
        exchanges = self._exchanges(recorder)
        for id, exchange in exchanges.items():
            self._requests += 1
            self._apply_checks(exchange)
            for node in recorder.checks.get(id, ()):
                # A check may have failed because of a request of its own, such as one without key.
                failure_info = node.failure_info
                failed_id = failure_info.failure.case_id if failure_info is not None else None
                judged = exchanges.get(failed_id or id, exchange)
                self._add_schemathesis_check(node, recorder.cases[id].value, judged)

    def _exchanges(self, recorder: ScenarioRecorder) -> dict[str, CheckedExchange]:
        """Return the exchanges of a scenario by the ids that Schemathesis gives them."""
        exchanges = {
            id: _exchange(recorder.cases[id].value, interaction, self._key)
            for id, interaction in recorder.interactions.items()
            if interaction.response is not None
        }
        return {id: self._history.add(exchange) for id, exchange in exchanges.items()}

    def _apply_checks(self, exchange: CheckedExchange) -> None:
        self._tally.add_pass(cases.COMPLETED)
        document, followup = self._tally.document, self._followup
        for case, check in (*EXCHANGE_CHECKS, *document.exchange_checks):
            self._tally.apply(case, check, exchange)
        for case, followup_check in document.followups:
            followup.exchanges.clear()
            bound = partial(followup_check, followup)
            self._tally.apply(case, bound, exchange, followup.exchanges)

    def _add_schemathesis_check(
        self, node: CheckNode, generated: SchemathesisCase, exchange: CheckedExchange
    ) -> None:
        case = cases.SCHEMATHESIS_CHECKS[node.name]
        requirement = self._tally.document.cases[case].requirement
        if node.failure_info is not None:
            failure = node.failure_info.failure
            summary = exchange.response.summary
            actual = f"{failure.title}: {failure.message}" if failure.message else summary
            self._tally.add_failure(
                case,
                OpenapiFailure(expected=requirement, actual=actual, exchange=exchange),
            )
        elif node.status is Status.SUCCESS and _was_applicable(case, generated, exchange):
            self._tally.add_pass(case)


def _exchange(generated: SchemathesisCase, interaction: Interaction, key: str) -> CheckedExchange:
    request, response = interaction.request, interaction.response
    assert response is not None
    return CheckedExchange(
        endpoint=_ENDPOINTS[generated.operation.method.upper(), generated.operation.path],
        request=SentRequest(
            method=request.method,
            path=generated.operation.path,
            url=request.uri,
            # The key of the run, even if this request was sent without it: the response must not
            # repeat it, and reports must not show it.
            key=key,
            headers=_joined_values(request.headers),
            body=request.body,
        ),
        response=ReceivedResponse(
            status=response.status_code,
            headers={
                name.lower(): value for name, value in _joined_values(response.headers).items()
            },
            body=response.content,
        ),
    )


def _joined_values(headers: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: ", ".join(values) for name, values in headers.items()}


def _was_applicable(case: Case, generated: SchemathesisCase, exchange: CheckedExchange) -> bool:
    """Return whether a check of Schemathesis that did not fail had something to check.

    Schemathesis reports the same success in both cases. Without this distinction a case that was
    never tested would pass.
    """
    mode = generated.meta.generation.mode if generated.meta is not None else None
    status, method = exchange.response.status, exchange.request.method
    if case is cases.ACCEPTED:
        return exchange.has_documented_method and mode is GenerationMode.POSITIVE
    if case is cases.REFUSED:
        return exchange.has_documented_method and mode is GenerationMode.NEGATIVE
    if case is cases.METHOD:
        return not exchange.has_documented_method and method != "OPTIONS"
    if case is cases.ALLOW:
        return method == "OPTIONS" and "allow" in exchange.response.headers
    if case is cases.AUTHORISED:
        return exchange.endpoint.auth is Auth.REQUIRED and status < 400
    if case is cases.AVAILABLE:
        phase = generated.meta.phase.name if generated.meta is not None else None
        return (
            phase is TestPhase.STATEFUL
            and exchange.endpoint not in CREATE_ENDPOINTS
            and status < 400
        )
    return True
