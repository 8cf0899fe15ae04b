"""Checks against servers that answer as a test tells them to: what each line of them is for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from seedance_contract.case import Finding, Result, Verdict
from seedance_contract.server.budget import Budget
from seedance_contract.server.check_context import CheckContext, KeyPool
from seedance_contract.server.checks.answers import ResponseMonitor
from seedance_contract.server.suite import checks_by_id, run_checks
from seedance_contract.server.target import Target

Reply = tuple[int, dict[str, str], bytes]
Answering = Callable[[str, str, bytes], Reply | None]


def told(status: int, body: object, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    typed = {"Content-Type": "application/json", "X-Request-ID": "req_1"}
    return status, typed | named, json.dumps(body).encode()


def refusal(status: int, code: str = "invalid_request_error", **members: object) -> Reply:
    error = {"message": "no", "type": "invalid_request_error", "code": code, "request_id": "req_1"}
    return told(status, {"error": {**error, **members}})


@pytest.fixture
def judge() -> Iterator[Callable[[Answering, str], Finding]]:
    """Give a function that holds one check against a server that answers as a function says."""
    servers: list[ThreadingHTTPServer] = []

    def judged(answering: Answering, check: str) -> Finding:
        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                reply = answering(self.command, self.path, self.rfile.read(length))
                if reply is None:
                    self.close_connection = True
                    return
                status, headers, body = reply
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = handle_any

            def log_message(self, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        watch = ResponseMonitor()
        subject = CheckContext(
            target=Target(f"http://127.0.0.1:{server.server_port}", Budget(None), watch),
            keys=KeyPool("sk-one", "sk-two", run_id="test"),
            monitor=watch,
            max_examples=3,
            shrink=False,
            task_timeout=0.5,
        )
        leading = [checks_by_id()["catalogue.family"]] if check.startswith("answers.") else []
        *_, result = run_checks(subject, [*leading, checks_by_id()[check]])
        return result.findings[0]

    yield judged
    for server in servers:
        server.shutdown()
        server.server_close()


def always(reply: Reply) -> Answering:
    return lambda method, path, body: reply


ID = "ldtask_" + "1" * 32
TASK = {"id": ID, "task_id": ID, "poll_url": f"/v1/tasks/{ID}", "model": "seedance-2.0"}
PENDING = told(200, {**TASK, "status": "pending", "created": 1})
FAMILY = [{"id": f"seedance-2.0{suffix}"} for suffix in ("", "-fast", "-mini")]

WRONG: dict[str, tuple[str, Reply, str, str]] = {
    "no list of violations": (
        "duration.range",
        refusal(400, param="duration"),
        "a list of validation_errors",
        "400 ",
    ),
    "another field is named": (
        "duration.range",
        told(
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
        "a refusal that names duration or seconds",
        "400 ",
    ),
    "an error that is no object": (
        "duration.range",
        told(400, {"error": "no"}),
        'an object {"error": {…}}',
        "400 ",
    ),
    "an error without a message": (
        "duration.range",
        told(400, {"error": {"type": "invalid_request_error"}}),
        "an error with a message",
        "400 ",
    ),
    "two faults, another code": (
        "requests.two-faults",
        refusal(400, code="other"),
        "invalid_request_error",
        "400 ",
    ),
    "an unknown path of another type": (
        "paths.unknown",
        refusal(404),
        "the type not_found_error",
        "404 ",
    ),
    "405 without Allow": ("paths.method", refusal(405), "Allow with POST", "none"),
    "401 without a challenge": (
        "auth.challenge",
        refusal(401),
        "WWW-Authenticate: Bearer",
        "none",
    ),
    "no id": ("task.foreign", told(200, {}), "an id in the answer to create", "200 {}"),
    "a family that lacks members": (
        "catalogue.family",
        told(200, {"data": FAMILY[:1]}),
        "seedance-2.0-fast, seedance-2.0-mini in the list",
        "['seedance-2.0']",
    ),
    "a detail without details": (
        "catalogue.detail-seedance-2.0",
        told(200, {"tokenlab": {"category": "video"}}),
        "request_format_details",
        "['category']",
    ),
    "a detail without operations": (
        "catalogue.detail-seedance-2.0",
        told(200, {"request_format_details": {"resolutions": ["480p", "720p", "1080p", "4k"]}}),
        "the operations text-to-video, image-to-video, start-end-to-video, reference-to-video, "
        "video-to-video, video-extension",
        "[]",
    ),
    "a price that is a number": (
        "catalogue.prices-seedance-2.0",
        told(200, {"pricing_summary": {"min_price": 2.3}}),
        "min_price as a decimal string with at most 8 decimals",
        "2.3",
    ),
    "another price": (
        "catalogue.prices-seedance-2.0",
        told(200, {"pricing_summary": {"min_price": "1.0"}}),
        "min_price Decimal('2.35294118')",
        "Decimal('1.0')",
    ),
    "a task that does not end": ("tasks.ends", PENDING, "an end within 0 s", "pending"),
    "answers of another type": (
        "answers.json",
        (200, {"Content-Type": "text/html"}, json.dumps({"data": FAMILY}).encode()),
        "Content-Type: application/json",
        "text/html",
    ),
    "answers without a request id": (
        "answers.request-id",
        (200, {"Content-Type": "application/json"}, json.dumps({"data": FAMILY}).encode()),
        "an X-Request-ID",
        "200 ",
    ),
    "another request id in the body": (
        "answers.error-id",
        refusal(404, request_id="req_2"),
        "request_id req_1 in the body too",
        "404 ",
    ),
    "no X-Task-ID": (
        "answers.task-id",
        told(200, {**TASK, "data": FAMILY}),
        f"X-Task-ID: {ID}",
        "None",
    ),
    "no JSON at all": ("catalogue.family", (200, {}, b"<html>"), "a JSON body", "b'<html>'"),
}


@pytest.mark.parametrize(("check", "reply", "expected", "actual"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(
    judge: Callable[[Answering, str], Finding],
    check: str,
    reply: Reply,
    expected: str,
    actual: str,
) -> None:
    finding = judge(always(reply), check)

    assert finding.verdict in (Verdict.FAIL, Verdict.INFO)
    assert finding.expected == expected
    assert finding.actual.startswith(actual)


def test_a_completed_task_has_its_video(judge: Callable[[Answering, str], Finding]) -> None:
    assert judge(always(PENDING), "requests.as-asked").verdict is Verdict.UNEXERCISED


def test_a_race_that_no_order_explains_is_told(
    judge: Callable[[Answering, str], Finding],
) -> None:
    def answering(method: str, path: str, body: bytes) -> Reply:
        return refusal(409) if method == "DELETE" else PENDING

    finding = judge(answering, "races.cancel")

    assert finding.expected == "answers that some order of the requests explains"
    assert finding.actual.count("cancel ") == 2


def test_a_lost_answer_may_have_been_anything(
    judge: Callable[[Answering, str], Finding],
) -> None:
    def answering(method: str, path: str, body: bytes) -> Reply | None:
        return None if method == "DELETE" else PENDING

    assert judge(answering, "races.cancel").verdict is Verdict.PASS


def test_a_rule_is_kept_on_both_sides(judge: Callable[[Answering, str], Finding]) -> None:
    def answering(method: str, path: str, body: bytes) -> Reply:
        asked = json.loads(body)
        if asked.get("duration", asked.get("seconds")) in (-1, 4, 15):
            return PENDING
        error = {"message": "no", "type": "invalid_request_error", "param": "duration"}
        error["code"] = "invalid_request_error"
        return told(400, {"error": error, "validation_errors": [{"field": "duration"}]})

    assert judge(answering, "duration.range").verdict is Verdict.PASS


def test_the_first_fault_is_only_told(judge: Callable[[Answering, str], Finding]) -> None:
    finding = judge(always(refusal(400, param="nothing")), "requests.first-fault")

    assert finding.verdict is Verdict.INFO
    assert finding.expected.endswith(", the first fault in our order")


def test_time_that_passes_by_itself_is_allowed_for(
    judge: Callable[[Answering, str], Finding],
) -> None:
    def answering(method: str, path: str, body: bytes) -> Reply:
        if method == "DELETE":
            return refusal(409)
        if method == "POST":
            return told(200, {**TASK, "model": json.loads(body)["model"], "status": "pending"})
        return told(200, {**TASK, "status": "pending", "created": 1, "updated": 1})

    assert judge(answering, "tasks.order").verdict is Verdict.PASS


def test_an_example_tells_all_that_is_wrong(judge: Callable[[Answering, str], Finding]) -> None:
    finding = judge(always(told(200, {})), "examples.catalogue.list")

    assert finding.verdict is Verdict.FAIL
    assert finding.actual.startswith("step 1: ")


def test_other_answers_to_a_read_are_no_state(
    judge: Callable[[Answering, str], Finding],
) -> None:
    def answering(method: str, path: str, body: bytes) -> Reply:
        return PENDING if method == "POST" else refusal(503)

    assert judge(answering, "races.cancel").verdict is Verdict.FAIL


def test_an_answer_that_changes_its_mind_is_a_failure(
    judge: Callable[[Answering, str], Finding],
) -> None:
    turns: list[bytes] = []

    def answering(method: str, path: str, body: bytes) -> Reply:
        turns.append(body)
        return PENDING if len(turns) == 1 else refusal(400, param="duration")

    assert judge(answering, "duration.range").verdict is Verdict.FAIL


def test_nothing_was_seen_where_nothing_was_sent() -> None:
    watch = ResponseMonitor()
    subject = CheckContext(
        target=Target("http://127.0.0.1:1", Budget(None), watch),
        keys=KeyPool(None, None, run_id="test"),
        monitor=watch,
    )
    names = ("answers.json", "requests.covered", "catalogue.family", "duration.range")

    verdicts = [
        result.verdict for result in run_checks(subject, [checks_by_id()[name] for name in names])
    ]

    assert verdicts == [
        Verdict.UNEXERCISED,
        Verdict.UNEXERCISED,
        Verdict.BROKEN,
        Verdict.BROKEN,
    ]


def test_ids_are_unique_and_stand_in_one_group() -> None:
    from seedance_contract.server.suite import CHECKS, select_checks

    assert len(checks_by_id()) == len(CHECKS)
    assert select_checks(["races.*"], ["races"]) == select_checks(groups=["races"])
    with pytest.raises(ValueError, match="no check of that name"):
        select_checks(["races.*"], ["tasks"])


def test_the_document_is_tried_without_a_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    from seedance_contract.server import openapi_run
    from seedance_contract.server.openapi_cases import CASES, QUICK

    asked: list[dict[str, Any]] = []

    def pretended(url: str, key: str, **choices: Any) -> Iterator[Result]:
        asked.append(choices)
        return (Result(case=case, findings=()) for case in CASES)

    monkeypatch.setattr(openapi_run, "run_document", pretended)
    watch = ResponseMonitor()
    subject = CheckContext(
        target=Target("http://127.0.0.1:1", Budget(Decimal(0)), watch),
        keys=KeyPool(None, None, run_id="test"),
        monitor=watch,
        max_examples=3,
    )

    names = [checks_by_id()[case.id] for case in CASES]
    assert [result.case for result in run_checks(subject, names)] == list(CASES)
    assert asked == [{"depth": QUICK, "seed": 0, "billable": False}]
