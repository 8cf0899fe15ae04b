"""Checks of the routes under /api/v3 against servers whose responses a test chooses."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from unittest.mock import create_autospec

import pytest

from seedance_contract.case import Verdict
from seedance_contract.declared.v3.rules.v3_rules import V3_RULES_BY_ID
from seedance_contract.server.budget import Budget
from seedance_contract.server.checks import deletions, idempotency, lists, v3
from seedance_contract.server.checks.examples import NEEDS_OWN_ACCOUNT
from seedance_contract.server.control_adapter import AccountFunds, ControlAdapter
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import checks_by_id

from .conftest import FindingOf, Reply, Respond, always, context_for, json_reply

ID = "cgt-20260102030405-aaaaa"
CREATED = json_reply(200, {"id": ID})
REPLAYED = json_reply(200, {"id": ID}, Idempotency_Replayed="true")
DELETED: Reply = (200, {"X-Request-ID": "req_1"}, b"")
RESULT = {"ratio": "16:9", "resolution": "720p", "duration": "5"}


def task(status: str, **members: object) -> Reply:
    return json_reply(200, {"id": ID, "model": "seedance-2.0", "status": status, **members})


def tasks(*ids: str) -> Reply:
    return json_reply(200, {"items": [{"id": id} for id in ids], "total": len(ids)})


def refusal(status: int, code: str = "InvalidParameter", param: str = "", **headers: str) -> Reply:
    error = {"code": code, "message": "no", "param": param, "type": "BadRequest"}
    return json_reply(status, {"error": error}, **headers)


def responding(
    create: Reply = CREATED, read: Reply = CREATED, delete: Reply = DELETED, listed: Reply = CREATED
) -> Respond:
    """Return a server with one response for each route."""

    def respond(method: str, path: str, body: bytes) -> Reply:
        if method != "GET":
            return create if method == "POST" else delete
        return listed if path.partition("?")[0].endswith("/tasks") else read

    return respond


def in_turn(*replies: Reply) -> Respond:
    """Return a server that responds with each of these in turn, and then with the last."""
    numbers = count()
    return lambda method, path, body: replies[min(next(numbers), len(replies) - 1)]


def control(reserved: int = 0) -> ControlAdapter:
    adapter: ControlAdapter = create_autospec(ControlAdapter, instance=True)
    funds = AccountFunds(balance=None, reserved=Decimal(reserved), charged=Decimal(0))
    adapter.funds.return_value = funds  # type: ignore[attr-defined] # an autospec
    return adapter


def pages(*replies: Reply) -> Respond:
    """Return a server that filters correctly and responds with these pages of two."""
    numbers, page_numbers = count(), count()
    ids: list[str] = []

    def respond(method: str, path: str, body: bytes) -> Reply:
        if method == "POST":
            ids.append(f"cgt-20260102030405-{next(numbers):05}")
            return json_reply(200, {"id": ids[-1]})
        if "page_num" in path:
            return replies[next(page_numbers)]
        if "filter.task_ids" in path:
            return tasks(*(id for id in ids if id in path))
        return tasks() if "succeeded" in path else tasks(*ids)

    return respond


FIRST, SECOND, THIRD = (f"cgt-20260102030405-0000{number}" for number in range(3))


def page(*ids: str) -> Reply:
    return json_reply(200, {"items": [{"id": id} for id in ids], "total": 3})


def ended_task(delete: Reply) -> Respond:
    return responding(read=task("succeeded"), delete=delete)


FAULTS: dict[str, tuple[str, Respond, str]] = {
    "no key is needed": ("v3.no-key", always(CREATED), "401"),
    "another code without a key": (
        "v3.no-key",
        always(refusal(401)),
        "the code AuthenticationError",
    ),
    "an invalid request is accepted": ("v3.duration.range", always(CREATED), "400"),
    "another field is named": (
        "v3.duration.range",
        always(refusal(400, param="seed")),
        "an error that names duration",
    ),
    "a legal request is refused": ("v3.any-legal", always(refusal(400)), "200"),
    "nulls are refused": ("v3.nulls", always(refusal(400)), "200"),
    "any fault is accepted": ("v3.any-fault", always(CREATED), "400"),
    "no id": ("v3.states", always(json_reply(200, {})), "an id in the response to create"),
    "an unknown state": ("v3.states", responding(read=task("done")), "queued or later"),
    "a task with another id": (
        "v3.states",
        responding(read=json_reply(200, {"id": "x", "status": "queued"})),
        f"the id {ID}",
    ),
    "a task that does not end": (
        "v3.states",
        responding(read=task("queued")),
        "an end",
    ),
    "another video": (
        "v3.states",
        responding(read=task("succeeded", **RESULT | {"resolution": "480p"})),
        "a video of {'ratio': '16:9', 'resolution': '720p', 'duration': '5'}",
    ),
    "no video": (
        "v3.states",
        responding(read=task("succeeded", **RESULT)),
        "content.video_url, a URL",
    ),
    "an unknown task is shown": ("v3.unknown-task", always(CREATED), "404"),
    "no list": ("lists.filters", always(CREATED), "items, an array, and total, an integer"),
    "a list without the task": (
        "lists.filters",
        responding(listed=tasks()),
        f"1 tasks with filter.task_ids: {ID}",
    ),
    "pages that do not end": (
        "lists.filters",
        pages(page(FIRST, SECOND), page(THIRD), page(THIRD)),
        "pages of 2, 1 and 0 tasks, each with total 3",
    ),
    "a task on two pages": (
        "lists.filters",
        pages(page(FIRST, SECOND), page(FIRST), page()),
        "each task on one page",
    ),
    "a page 0": ("lists.faults", responding(listed=tasks()), "400"),
    "a foreign task is shown": ("lists.isolation", always(CREATED), "a refusal"),
    "a delete with a body": (
        "deletions.queued",
        responding(delete=CREATED),
        "an empty body",
    ),
    "a deleted task that waits": (
        "deletions.shown",
        responding(read=task("queued")),
        "the status cancelled",
    ),
    "an ended task is deleted": ("deletions.ended", ended_task(DELETED), "an error"),
    "a task that never succeeds": (
        "deletions.ended",
        responding(read=task("queued")),
        "a task that has succeeded",
    ),
    "another code for a refused delete": (
        "deletions.code",
        ended_task(refusal(409)),
        "the code OperationDenied.InvalidState",
    ),
    "a replay at the first request": (
        "idempotency.replay",
        always(REPLAYED),
        "no Idempotency-Replayed at the first request",
    ),
    "a replay that is not marked": (
        "idempotency.replay",
        always(CREATED),
        f"{ID} and Idempotency-Replayed: true",
    ),
    "two tasks in the list": (
        "idempotency.replay",
        in_turn(CREATED, REPLAYED, REPLAYED, tasks(ID, "cgt-2")),
        f"one task, {ID}",
    ),
    "another body is accepted": ("idempotency.conflict", always(CREATED), "409"),
    "one key for all": (
        "idempotency.scope",
        always(CREATED),
        "a task of its own for each API key",
    ),
    "a long key": ("idempotency.length", always(CREATED), "400"),
    "a refusal uses up the key": ("idempotency.refused", always(refusal(400)), "200"),
    "the bytes are compared": (
        "idempotency.json-value",
        in_turn(CREATED, refusal(409, "IdempotencyConflict")),
        "200",
    ),
    "a cancelled task is made anew": (
        "idempotency.deleted",
        responding(create=CREATED),
        f"{ID} and Idempotency-Replayed: true",
    ),
    "two tasks in a race": (
        "idempotency.race",
        in_turn(CREATED, json_reply(200, {"id": "cgt-2"})),
        "one task",
    ),
    "a race without Retry-After": (
        "idempotency.race",
        in_turn(CREATED, refusal(409, "IdempotencyRequestInProgress")),
        "Retry-After: whole seconds",
    ),
}


@pytest.mark.parametrize(("check", "respond", "expected"), FAULTS.values(), ids=FAULTS)
def test_fault_is_described(
    finding_of: FindingOf, check: str, respond: Respond, expected: str
) -> None:
    finding = finding_of(respond, check, control())

    assert finding.verdict in (Verdict.FAIL, Verdict.INFO)
    assert finding.expected == expected


def test_every_check_reports_a_fault() -> None:
    groups = (v3, lists, deletions, idempotency)
    checks = {check.id for group in groups for check in group.CHECKS}
    # Keys and rules have one function for all.
    others = {"v3.management-key", "v3.signature-key", *V3_RULES_BY_ID} - {"v3.duration.range"}

    assert checks - others == {check for check, *_ in FAULTS.values()}


def test_a_deleted_task_costs_nothing(finding_of: FindingOf) -> None:
    finding = finding_of(responding(), "deletions.queued", control(reserved=1))

    assert finding.verdict is Verdict.FAIL
    assert finding.actual == "1 reserved, 0 charged"


def test_a_race_may_be_refused_once(finding_of: FindingOf) -> None:
    in_progress = refusal(409, "IdempotencyRequestInProgress", Retry_After="1")

    def respond(method: str, path: str, body: bytes) -> Reply:
        return tasks(ID) if method == "GET" else next(creates)

    creates = iter([CREATED, in_progress] * 3)

    assert finding_of(respond, "idempotency.race", control()).verdict is Verdict.PASS


def test_a_race_without_a_response_is_unexercised(finding_of: FindingOf) -> None:
    finding = finding_of(lambda method, path, body: None, "idempotency.race", control())

    assert finding.verdict is Verdict.UNEXERCISED
    assert finding.actual == "no create received a response"


def test_an_id_that_is_no_text_is_a_failure(finding_of: FindingOf) -> None:
    created = json_reply(200, {"id": "cgt-\ud800"})

    assert finding_of(always(created), "lists.filters").verdict is Verdict.FAIL


def test_without_control_a_list_may_have_other_tasks(finding_of: FindingOf) -> None:
    ids = [f"cgt-20260102030405-0000{number}" for number in range(3)]
    created = iter(ids)

    def respond(method: str, path: str, body: bytes) -> Reply:
        if method == "POST":
            return json_reply(200, {"id": next(created)})
        return tasks(*(id for id in ids if id in path))

    assert finding_of(respond, "lists.filters").verdict is Verdict.PASS


def test_without_control_other_tasks_are_not_counted(finding_of: FindingOf) -> None:
    assert finding_of(in_turn(CREATED, REPLAYED), "idempotency.replay").verdict is Verdict.PASS


def test_without_control_a_task_is_read_in_real_time(
    finding_of: FindingOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(v3, "POLL_SECONDS", 0.0)

    finding = finding_of(responding(read=task("queued")), "v3.states")

    assert finding.expected == "an end"


def test_creates_are_sent_only_where_nothing_is_billed() -> None:
    context = context_for("http://127.0.0.1:1", budget=Budget(Decimal(5)))

    [result] = run_checks(context, [checks_by_id()["v3.any-legal"]])

    assert result.verdict is Verdict.UNEXERCISED
    assert "only where nothing is billed" in result.findings[0].actual


@pytest.mark.parametrize("example", ["v3_list.empty", "v3_idempotency.replay"])
def test_examples_that_depend_on_other_tasks_need_an_account(
    finding_of: FindingOf, example: str
) -> None:
    without_control = finding_of(always(CREATED), f"examples.{example}")
    with_control = finding_of(always(CREATED), f"examples.{example}", control())

    assert without_control.actual == NEEDS_OWN_ACCOUNT
    # The accounts of given keys are as new before each example.
    assert with_control.verdict is Verdict.FAIL
