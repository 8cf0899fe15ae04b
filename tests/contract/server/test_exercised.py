"""A check passes only if it compared something, and says why if it did not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from hostile_server import hostile_server, http_response
from seedance_contract.case import Result, Verdict
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool, ServerCheck, Stage
from seedance_contract.server.checks import answers, tasks
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.http.target import Target
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.properties.promise_search import PROMISE_SEARCH, PromiseSearch
from seedance_contract.server.responses.response_monitor import OWN_REQUEST_ID, ResponseMonitor
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import CHECKS, checks_by_id


def new_context(url: str = "http://127.0.0.1:1") -> CheckContext:
    monitor = ResponseMonitor()
    target = Target(url, Budget(None), monitor, Transport())
    keys = KeyPool("sk-one", None, run_id="test")
    return CheckContext(target=target, keys=keys, monitor=monitor, shrink=False)


def result_of(check: ServerCheck, context: CheckContext) -> Result:
    [result] = run_checks(context, [check], concurrency=1)
    return result


def silent_server(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield b""
    raise OSError


@pytest.mark.slow("check-server")
def test_no_check_passes_on_a_server_that_never_answers() -> None:
    checks = [check for check in CHECKS if check.shared is None]
    with hostile_server(silent_server) as url:
        context = new_context(url)
        with closing(context.target.transport):
            results = run_checks(context, checks)

    assert {result.verdict for result in results} <= {Verdict.BROKEN, Verdict.UNEXERCISED}


REVIEWS = [check for check in CHECKS if check.stage is Stage.REVIEW]


@pytest.mark.parametrize("check", REVIEWS, ids=[check.case.id for check in REVIEWS])
def test_review_of_nothing_is_unexercised(check: ServerCheck) -> None:
    result = result_of(check, new_context())

    assert result.verdict is Verdict.UNEXERCISED
    assert result.findings[0].actual


@pytest.mark.parametrize("name", tasks.PROMISES)
def test_promise_that_was_never_at_stake_is_unexercised(name: str) -> None:
    context = new_context()
    context.shared_outcomes[PROMISE_SEARCH.id] = PromiseSearch()

    with pytest.raises(UnexercisedError, match=" "):
        checks_by_id()[f"tasks.{name}"].run(context)


def test_promise_after_a_search_that_was_cut_short_is_unexercised() -> None:
    context = new_context()
    search = PromiseSearch(is_cut_short=True)
    search.counts["tasks.order"] = 7
    context.shared_outcomes[PROMISE_SEARCH.id] = search

    with pytest.raises(UnexercisedError, match="repair the broken promises first"):
        checks_by_id()["tasks.order"].run(context)


def test_every_reason_belongs_to_a_check() -> None:
    assert tasks.UNEXERCISED_REASONS.keys() <= tasks.PROMISES.keys()
    assert answers.UNEXERCISED_REASONS.keys() <= answers.REQUIREMENTS.keys()


def with_request_id(request_id: str) -> bytes:
    return http_response(200, b"{}", Content_Type="application/json", X_Request_ID=request_id)


@pytest.mark.parametrize(("ids", "is_repeated"), [(["a", "b"], False), (["a", "a"], True)])
def test_repeated_request_id_is_named_as_a_cache(ids: list[str], is_repeated: bool) -> None:
    turns = iter(ids)
    with hostile_server(lambda method, path, body: [with_request_id(next(turns))]) as url:
        context = new_context(url)
        for path in ("/v1/models", "/v1/pricing"):
            context.target.send("GET", path, key="sk-one")

    result = result_of(checks_by_id()[f"answers.{OWN_REQUEST_ID}"], context)

    assert result.verdict is (Verdict.FAIL if is_repeated else Verdict.PASS)
    if is_repeated:
        [finding] = result.findings
        assert finding.cause == "cached-response"
        assert finding.actual == (
            "a in the responses to GET /v1/models and to GET /v1/pricing: "
            "an answer was repeated; is a cache in between?"
        )
        exchanges = result.evidence["exchanges"]
        assert isinstance(exchanges, list)
        assert [exchange["target"] for exchange in exchanges] == ["/v1/models", "/v1/pricing"]
