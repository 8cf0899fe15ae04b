"""Checks against servers whose responses a test chooses: which fault each check reports."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from unittest.mock import create_autospec

import pytest

from seedance_contract.case import Verdict
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import KeyPool
from seedance_contract.server.control_adapter import ControlAdapter
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import checks_by_id

from .conftest import FindingOf, Reply, always, context_for, error_reply, json_reply

ID = "ldtask_" + "1" * 32
TASK = {"id": ID, "task_id": ID, "poll_url": f"/v1/tasks/{ID}", "model": "seedance-2.0"}
PENDING = json_reply(200, {**TASK, "status": "pending", "created": 1})
FAMILY = [{"id": f"seedance-2.0{suffix}"} for suffix in ("", "-fast", "-mini")]

FAULTS: dict[str, tuple[str, Reply, str, str]] = {
    "no list of violations": (
        "duration.range",
        error_reply(400, param="duration"),
        "a list of validation_errors",
        "400 ",
    ),
    "another field is named": (
        "duration.range",
        json_reply(
            400,
            {
                "error": {
                    "message": "no",
                    "type": "invalid_request_error",
                    "code": "invalid_request_error",
                },
                "validation_errors": [{"field": "seed"}],
            },
        ),
        "an error that names duration or seconds",
        "400 ",
    ),
    "an error that is no object": (
        "duration.range",
        json_reply(400, {"error": "no"}),
        'an object {"error": {…}}',
        "400 ",
    ),
    "an error without a message": (
        "duration.range",
        json_reply(400, {"error": {"type": "invalid_request_error"}}),
        "error.message, a text that is not empty",
        "400 ",
    ),
    "another code for two violations": (
        "requests.two-faults",
        error_reply(400, code="other"),
        "invalid_request_error",
        "400 ",
    ),
    "an unknown path of another type": (
        "refusals.unknown-path",
        error_reply(404),
        "the type not_found_error",
        "404 ",
    ),
    "405 without Allow": ("refusals.method", error_reply(405), "Allow with POST", "none"),
    "401 without a challenge": (
        "refusals.challenge",
        error_reply(401),
        "WWW-Authenticate: Bearer",
        "none",
    ),
    "no id": (
        "refusals.foreign-task",
        json_reply(200, {}),
        "an id in the response to create",
        "200 {}",
    ),
    "a list without some models": (
        "catalogue.family",
        json_reply(200, {"data": FAMILY[:1]}),
        "seedance-2.0-fast, seedance-2.0-mini, seedance-2.5 in the list",
        "['seedance-2.0']",
    ),
    "a detail without details": (
        "catalogue.detail-seedance-2.0",
        json_reply(200, {"tokenlab": {"category": "video"}}),
        "request_format_details",
        "['category']",
    ),
    "a detail without operations": (
        "catalogue.detail-seedance-2.0",
        json_reply(
            200, {"request_format_details": {"resolutions": ["480p", "720p", "1080p", "4k"]}}
        ),
        "the operations text-to-video, image-to-video, start-end-to-video, reference-to-video, "
        "video-to-video, video-extension",
        "[]",
    ),
    "a price that is a number": (
        "catalogue.prices-seedance-2.0",
        json_reply(200, {"pricing_summary": {"min_price": 2.3}}),
        "min_price as a decimal string with at most 8 decimals",
        "2.3",
    ),
    "another price": (
        "catalogue.prices-seedance-2.0",
        json_reply(200, {"pricing_summary": {"min_price": "1.0"}}),
        "min_price 2.35294118",
        "1.0",
    ),
    "a task that does not end": ("tasks.ends", PENDING, "an end within 0 s", "pending"),
    "another content type": (
        "answers.json",
        (200, {"Content-Type": "text/html"}, json.dumps({"data": FAMILY}).encode()),
        "Content-Type: application/json",
        "text/html",
    ),
    "no request id": (
        "answers.request-id",
        (200, {"Content-Type": "application/json"}, json.dumps({"data": FAMILY}).encode()),
        "an X-Request-ID",
        "200 ",
    ),
    "another request id in the body": (
        "answers.error-id",
        error_reply(404, request_id="req_2"),
        "request_id in the body, equal to X-Request-ID",
        "404 ",
    ),
    "no X-Task-ID": (
        "answers.task-id",
        json_reply(200, {**TASK, "data": FAMILY}),
        f"X-Task-ID: {ID}",
        "None",
    ),
    "no JSON": ("catalogue.family", (200, {}, b"<html>"), "a JSON body", "200 <html>"),
}


@pytest.mark.parametrize(("check", "reply", "expected", "actual"), FAULTS.values(), ids=FAULTS)
def test_fault_is_described(
    finding_of: FindingOf, check: str, reply: Reply, expected: str, actual: str
) -> None:
    finding = finding_of(always(reply), check)

    assert finding.verdict in (Verdict.FAIL, Verdict.INFO)
    assert finding.expected == expected
    assert finding.actual.startswith(actual)


def test_video_needs_control_over_the_clock(finding_of: FindingOf) -> None:
    finding = finding_of(always(PENDING), "requests.video-as-requested")

    assert finding.verdict is Verdict.UNEXERCISED
    assert finding.actual == "the server's clock and money cannot be moved from here"


def test_completed_task_without_a_video_is_a_failure(finding_of: FindingOf) -> None:
    completed = json_reply(200, {**TASK, "status": "completed", "created": 1})

    finding = finding_of(
        always(completed), "requests.video-as-requested", create_autospec(ControlAdapter)
    )

    assert finding.expected == "a completed task with its video"


def test_unexplained_race_is_a_failure(finding_of: FindingOf) -> None:
    def respond(method: str, path: str, body: bytes) -> Reply:
        return error_reply(409) if method == "DELETE" else PENDING

    finding = finding_of(respond, "races.cancel")

    assert finding.expected == "responses that some order of the requests explains"
    assert finding.actual.count("cancel ") == 2


def test_lost_response_may_have_been_any(finding_of: FindingOf) -> None:
    def respond(method: str, path: str, body: bytes) -> Reply | None:
        return None if method == "DELETE" else PENDING

    assert finding_of(respond, "races.cancel").verdict is Verdict.PASS


def test_error_instead_of_a_task_is_no_state(finding_of: FindingOf) -> None:
    def respond(method: str, path: str, body: bytes) -> Reply:
        return PENDING if method == "POST" else error_reply(503)

    assert finding_of(respond, "races.cancel").verdict is Verdict.FAIL


def test_rule_is_checked_on_both_sides(finding_of: FindingOf) -> None:
    def respond(method: str, path: str, body: bytes) -> Reply:
        request = json.loads(body)
        if request.get("duration", request.get("seconds")) in (-1, 4, 15):
            return PENDING
        error = {"message": "no", "type": "invalid_request_error", "param": "duration"}
        error["code"] = "invalid_request_error"
        return json_reply(400, {"error": error, "validation_errors": [{"field": "duration"}]})

    assert finding_of(respond, "duration.range").verdict is Verdict.PASS


def test_assumed_order_of_violations_is_info(finding_of: FindingOf) -> None:
    finding = finding_of(always(error_reply(400, param="nothing")), "requests.first-fault")

    assert finding.verdict is Verdict.INFO
    assert finding.expected.endswith(", the first violation in the order of our rules")


def test_task_may_start_in_real_time(finding_of: FindingOf) -> None:
    def respond(method: str, path: str, body: bytes) -> Reply:
        if method == "DELETE":
            return error_reply(409)
        if method == "POST":
            model = json.loads(body)["model"]
            return json_reply(200, {**TASK, "model": model, "status": "pending"})
        return json_reply(200, {**TASK, "status": "pending", "created": 1, "updated": 1})

    assert finding_of(respond, "tasks.order").verdict is Verdict.PASS


def test_missing_task_id_is_a_failure(finding_of: FindingOf) -> None:
    finding = finding_of(always(json_reply(200, {"status": "pending"})), "tasks.ids")

    assert finding.verdict is Verdict.FAIL
    assert finding.expected == "id and task_id, equal"


def test_refused_create_breaks_one_promise(finding_of: FindingOf) -> None:
    respond = always(error_reply(503))

    assert finding_of(respond, "tasks.affordable").verdict is Verdict.FAIL
    assert finding_of(respond, "tasks.order").verdict is Verdict.UNEXERCISED


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        ("cancelling.pending-base-can-be-cancelled", "it needs a task that is still pending"),
        ("operations.extension-of-a-pending-task-is-refused", "it needs a task that is still"),
        ("task.pending-poll", "it needs a task that is still pending"),
        ("cancelling.processing-is-409", "it needs time to pass"),
        ("v3_list.filters-together", "it needs a task that is still pending"),
        ("materials.a-new-material-is-processing", "it needs a material that is not ready"),
    ],
)
def test_example_with_time_needs_control(finding_of: FindingOf, example: str, reason: str) -> None:
    finding = finding_of(always(PENDING), f"examples.{example}")

    assert finding.verdict is Verdict.UNEXERCISED
    assert finding.actual.startswith(reason)


def test_example_sends_its_key_to_this_server_only(finding_of: FindingOf) -> None:
    poll_url = "https://elsewhere.example.com/v1/tasks/1"
    created = json_reply(200, {**TASK, "status": "pending", "poll_url": poll_url})

    finding = finding_of(always(created), "examples.task.poll-url-is-followed-exactly")

    assert finding.verdict is Verdict.FAIL
    assert finding.actual == f"step 2: {{path}}: expected a path on this server, got {poll_url!r}"


def test_id_that_breaks_a_pattern_is_a_failure(finding_of: FindingOf) -> None:
    created = json_reply(200, {**TASK, "id": "(", "status": "pending"})

    finding = finding_of(always(created), "examples.task.each-create-is-a-new-task")

    assert finding.verdict is Verdict.FAIL
    assert finding.actual.startswith("step 2: body: expected a usable value, got missing )")


def test_time_that_is_no_number_is_a_failure(finding_of: FindingOf) -> None:
    created = json_reply(200, {**TASK, "status": "pending", "created": "now", "updated": 1})

    finding = finding_of(
        always(created), "examples.task.pending-poll", create_autospec(ControlAdapter)
    )

    assert finding.verdict is Verdict.FAIL
    assert finding.actual.startswith("step 2: body: expected a usable value, got $between")


def test_example_ends_with_the_first_response_that_differs(finding_of: FindingOf) -> None:
    finding = finding_of(always(json_reply(200, {})), "examples.errors.delivery-policy")

    assert finding.verdict is Verdict.FAIL
    assert finding.actual.startswith("step 1: status: expected 400, got 200; ")
    assert "step 2" not in finding.actual


def test_flaky_response_is_a_failure(finding_of: FindingOf) -> None:
    bodies: list[bytes] = []

    def respond(method: str, path: str, body: bytes) -> Reply:
        bodies.append(body)
        return PENDING if len(bodies) == 1 else error_reply(400, param="duration")

    assert finding_of(respond, "duration.range").verdict is Verdict.FAIL


def test_missing_server_is_no_failure() -> None:
    context = context_for("http://127.0.0.1:1", keys=KeyPool(None, None, run_id="test"))
    names = ("answers.json", "requests.covered", "catalogue.family", "duration.range")

    results = run_checks(context, [checks_by_id()[name] for name in names])

    assert [result.verdict for result in results] == [
        Verdict.UNEXERCISED,
        Verdict.UNEXERCISED,
        Verdict.BROKEN,
        Verdict.BROKEN,
    ]


def test_each_part_of_the_document_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from seedance_contract.server.openapi import run as openapi_run
    from seedance_contract.server.openapi.documents import DOCUMENTS
    from seedance_contract.server.openapi.run import RunChoices

    calls: list[tuple[Any, Any, Any]] = []

    def run_nothing(*arguments: Any) -> None:
        tally, *_, choices, _, part = arguments
        calls.append((tally.document, choices, part))

    monkeypatch.setattr(openapi_run, "run_part", run_nothing)
    context = context_for("http://127.0.0.1:1", budget=Budget(Decimal(0)))

    cases = [case for document in DOCUMENTS for case in document.cases.values()]
    results = run_checks(context, [checks_by_id()[case.id] for case in cases], concurrency=1)

    assert calls == [
        (document, RunChoices(depth=document.quick, seed=0, billable=False), part)
        for document in DOCUMENTS
        for part in document.parts
    ]
    assert [result.case for result in results] == cases
    reasons = {result.case.id: result.findings[0].actual for result in results}
    assert reasons["openapi.retry-after"] == "no response had the status 429"
    assert reasons["openapi.status"] == "no response of the run was about this"
    assert reasons["openapi.v3-created-available"] == "no task could be created"


def test_keys_of_a_run() -> None:
    one, two, any_key = (
        KeyPool(key, other_key, run_id="x")
        for key, other_key in (("sk-one", None), ("sk-one", "sk-two"), (None, None))
    )

    assert one.up_to_two_keys() == ("sk-one",)
    with pytest.raises(UnexercisedError, match="--other-key"):
        one.key_pair()
    assert two.up_to_two_keys() == ("sk-one", "sk-two")
    assert any_key.up_to_two_keys() == ("sk-check-x-1", "sk-check-x-2")
