from __future__ import annotations

import json

from seedance_contract.client.traffic import response_body, task_status
from seedance_contract.declared.v3.rules.v3_rules import V3_RULES
from seedance_mock.live_checks.recording import TimeBase, observe, record_of

from .traffic_entries import TASK, create, failed_create, poll


def test_a_cut_response_shows_no_status() -> None:
    [(_, exchange)] = observe([create(complete=False, task_status=None)], "job-1")

    assert TASK in exchange.answer_body
    assert (response_body(exchange), task_status(exchange)) == ({}, None)


def test_an_empty_response_shows_nothing() -> None:
    [(_, exchange)] = observe([create(task_status=None)], "job-1")

    assert (exchange.status, exchange.answer_body) == (200, "")


def test_a_lost_response_has_no_time() -> None:
    [(_, exchange)] = observe([failed_create(0, None, answered=0.5)], "job-1")

    assert (exchange.status, exchange.sent, exchange.answer_body) == (None, None, "")


def test_time_passes_by_both_clocks() -> None:
    [(_, exchange)] = observe([poll(6, time=70.0)], "job-1", TimeBase.ACCOUNT)

    assert (exchange.seen, exchange.sent) == (76.0, 76.1)


def test_a_response_without_a_time_was_not_sent() -> None:
    [(_, exchange)] = observe([poll(6, answered=None)], "job-1")

    assert exchange.sent is None


def test_a_host_may_be_unknown() -> None:
    [(_, exchange)] = observe([poll(6, host=None, authorized=False)], "job-1")

    assert exchange.headers == ()


def test_the_host_of_a_foreign_poll_url_is_another_origin() -> None:
    url = f"http://user:secret@localhost:8000/v1/tasks/{TASK}"
    observed = observe(
        [create(response={"poll_url": url}), poll(6, host="localhost:8000"), poll(12)], "job-1"
    )

    assert [exchange.origin for _, exchange in observed] == ["api", "host", "api"]
    assert json.loads(observed[0].exchange.answer_body)["poll_url"] == url


def test_an_unknown_rule_is_no_violation() -> None:
    entries = [failed_create(0, 400, rules=("rule.of_tomorrow", "duration.range"))]

    violations = record_of(observe(entries, "job-1")).facts["violations"]

    assert [violation.rule.id for violation in violations] == ["duration.range"]


def test_a_create_that_a_fault_answered_was_not_validated() -> None:
    assert record_of(observe([failed_create(0, 503)], "job-1")).facts["violations"] is None


V3_ID = "cgt-20270115080000-abcde"
V3_TASKS = "/api/v3/contents/generations/tasks"


def test_a_task_of_v3_is_polled_at_its_path() -> None:
    accepted = create(target=V3_TASKS, task_id=V3_ID, task_status="queued")
    [(_, exchange)] = observe([accepted], "job-1")

    assert response_body(exchange)["poll_url"] == f"{V3_TASKS}/{V3_ID}"
    assert task_status(exchange) == "pending"


def test_rules_of_v3_are_violations() -> None:
    [rule_id] = [rule.id for rule in V3_RULES if rule.field == "duration"][:1]
    observed = observe([failed_create(0, 400, target=V3_TASKS, rules=(rule_id,))], "job-1")

    [violation] = record_of(observed).facts["violations"]
    assert violation.rule.id == rule_id
