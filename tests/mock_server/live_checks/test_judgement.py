"""Each mistake of a client is found in the journal, and nothing else is called one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Verdict
from seedance_contract.client.causes import CAUSES
from seedance_mock.live_checks import judgement
from seedance_mock.live_checks.catalogue import LiveCheck
from seedance_mock.live_checks.judgement import MAY_BE_ANOTHER_RUN, UNKNOWN_TIME
from seedance_mock.live_checks.recording import TimeBase
from seedance_mock.service.journal.entries import JournalEntry

from .traffic_entries import OTHER_TASK, TASK, create, entry, failed_create, poll

Verdicts = Callable[..., dict[str, dict[str, Any]]]

GOOD = [create(), poll(6), poll(12), poll(18, "completed")]

CANCEL = {"method": "DELETE"}
REJECTED: dict[str, Any] = {
    "task_id": None,
    "task_status": None,
    "target": "/v1/tasks/*",
    "status": 404,
}

MISTAKES: dict[str, tuple[str, list[JournalEntry], list[int]]] = {
    "a create is repeated blindly": (
        "no-blind-create",
        [failed_create(0, 504), create(2), poll(8)],
        [0, 1],
    ),
    "a create without a response is repeated": (
        "no-blind-create",
        [failed_create(0, None), failed_create(1, 503), create(3)],
        [0, 1],
    ),
    "a refused create is repeated": (
        "refusal-final",
        [failed_create(0, 400, rules=("duration.range",)), failed_create(1, 400)],
        [0, 1],
    ),
    "a body breaks a rule": (
        "valid-request",
        [failed_create(0, 400, rules=("duration.range",)), create(5, job="other")],
        [0],
    ),
    "an unknown field is ignored": (
        "documented-fields",
        [create(warnings=("fps is not documented and was ignored",))],
        [0],
    ),
    "Retry-After is not waited out": (
        "waits-out-retry-after",
        [
            failed_create(0, 429, error={"retryable": True}, response={"retry_after": "3"}),
            create(1),
        ],
        [0, 1],
    ),
    "the longer wait of the body is ignored": (
        "waits-out-longest",
        [failed_create(0, 429, error={"retryable": True, "retry_after": 3}), create(1)],
        [0, 1],
    ),
    "a failed poll is repeated at once": (
        "backs-off",
        [create(), poll(6, None, status=500), poll(6.2)],
        [1, 2],
    ),
    "polls follow without a pause": ("not-hammering", [create(), poll(6), poll(6.2)], [1, 2]),
    "polls are too frequent": ("unhurried", [create(), poll(6), poll(8), poll(10)], [2, 3]),
    "a task is polled after its end": ("stops-polling", [*GOOD, poll(24, "completed")], [3, 4]),
    "a hopeless poll goes on": (
        "rejected-lookup-final",
        [poll(number * 6, **REJECTED) for number in range(4)],
        [0, 1, 2],
    ),
    "a poll has another path": (
        "polls-known-paths",
        [create(), poll(6, target="/v1/tasks/*")],
        [0, 1],
    ),
    "a poll URL is changed": (
        "polls-exact-url",
        [
            create(response={"poll_url": f"/v1/tasks/{TASK}?view=full&sig=a%2Fb"}),
            poll(6, target=f"/v1/tasks/{TASK}"),
        ],
        [0, 1],
    ),
    "a refused cancel is repeated": (
        "cancels-once",
        [
            create(),
            entry("cancel", 6, status=409, task_status=None, **CANCEL),
            entry("cancel", 12, status=409, task_status=None, **CANCEL),
        ],
        [1, 2],
    ),
    "models are read with every poll": (
        "few-lookups",
        [
            create(),
            entry("models", 1, target="/v1/models", task_id=None),
            poll(6),
            entry("models", 7, target="/v1/models", task_id=None),
            poll(12),
            poll(18),
        ],
        [1, 2, 3, 4, 5],
    ),
    "the key follows a redirect": (
        "key-stays",
        [
            create(status=307, task_status=None, response={"location": "http://localhost:8000"}),
            create(1, host="localhost:8000"),
        ],
        [1],
    ),
    "the prompt follows a redirect": (
        "prompt-stays",
        [
            create(status=307, task_status=None, response={"location": "http://localhost:8000"}),
            create(1, host="localhost:8000", authorized=False),
        ],
        [0, 1],
    ),
    "the key is in the query": ("key-in-its-place", [poll(0, exposed=("target",))], [0]),
    "the key is in the body": ("key-in-its-place", [create(exposed=("body",))], [0]),
    "the key is in another header": ("bearer-once", [poll(0, exposed=("header x-api-key",))], [0]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(mistake: str, verdicts: Verdicts) -> None:
    check, entries, at_fault = MISTAKES[mistake]

    row = verdicts(entries)[check]

    assert row["verdict"] in ("FAIL", "NON-STRICT"), row
    assert CAUSES[row["cause"]].fix == row["fix"]
    assert set(row["requests"]) == {entries[index].request_id for index in at_fault}


def test_a_good_client_has_no_findings(verdicts: Verdicts) -> None:
    rows = verdicts(GOOD)

    assert {row["verdict"] for row in rows.values()} == {"PASS", "UNEXERCISED"}
    assert {name for name, row in rows.items() if row["verdict"] == "PASS"} >= {
        "valid-request",
        "not-hammering",
        "unhurried",
        "polls-known-paths",
        "polls-exact-url",
        "stops-polling",
        "few-lookups",
    }


def test_no_traffic_passes_nothing(verdicts: Verdicts) -> None:
    rows = verdicts([])

    assert {row["verdict"] for row in rows.values()} == {"UNEXERCISED"}
    assert rows["stops-polling"]["explanation"] == "The client sent no request."


def test_a_passed_check_names_the_latest_job(verdicts: Verdicts) -> None:
    other = f"/v1/tasks/{OTHER_TASK}"
    later = [create(30, task_id=OTHER_TASK), poll(36, task_id=OTHER_TASK, target=other)]

    row = verdicts([*GOOD, *later])["polls-known-paths"]

    assert row["explanation"] == "2 jobs kept it."
    assert row["requests"] == [each.request_id for each in later]


@pytest.mark.parametrize("check", ["key-in-its-place", "bearer-once"])
def test_what_is_not_searched_is_not_passed(check: str, verdicts: Verdicts) -> None:
    row = verdicts(GOOD)[check]

    assert row["verdict"] == "UNEXERCISED"
    assert row["explanation"].startswith("The traffic does not show")


@pytest.mark.parametrize("check", ["no-second-task", "ends-by-itself", "success-is-true"])
def test_what_traffic_does_not_show_is_not_passed(check: str, verdicts: Verdicts) -> None:
    row = verdicts([create(), create(5), *GOOD])[check]

    assert row["verdict"] == "UNEXERCISED"
    assert "`seedance-mock check-client`" in row["explanation"]


def test_a_429_may_still_be_repeated(verdicts: Verdicts) -> None:
    lone = [failed_create(0, 429, error={"retryable": True})]

    assert verdicts(lone)["retries-create"]["verdict"] == "UNEXERCISED"
    assert verdicts([*lone, create(9)])["retries-create"]["verdict"] == "PASS"


@pytest.mark.parametrize(
    ("time_base", "times", "verdict"),
    [
        (TimeBase.UNKNOWN, (0.0, 0.0, 0.0), "UNEXERCISED"),
        (TimeBase.ACCOUNT, (0.0, 0.0, 0.0), "UNEXERCISED"),
        (TimeBase.ACCOUNT, (0.0, 5.0, 10.0), "PASS"),
        (TimeBase.ACCOUNT, (0.0, 5.0, 5.1), "FAIL"),
    ],
)
def test_a_moved_clock_measures_waits(
    time_base: TimeBase, times: tuple[float, float, float], verdict: str, verdicts: Verdicts
) -> None:
    requests = [create(time=times[0]), poll(0.2, time=times[1]), poll(0.4, time=times[2])]

    row = verdicts(requests, time_base)["not-hammering"]

    assert row["verdict"] == verdict
    assert verdict != "UNEXERCISED" or row["explanation"].lower() == f"{UNKNOWN_TIME}.".lower()


def test_a_second_run_is_no_blind_retry(verdicts: Verdicts) -> None:
    row = verdicts([failed_create(0, 504), create(20, connection=2)])["no-blind-create"]

    assert row["verdict"] == "UNEXERCISED"
    assert row["explanation"].lower() == f"{MAY_BE_ANOTHER_RUN}.".lower()


def test_the_first_failure_is_explained(verdicts: Verdicts) -> None:
    blind = [failed_create(0, 504), create(2)]
    later = [failed_create(30, 504, job="other"), create(32, job="other", task_id=OTHER_TASK)]

    row = verdicts([*blind, *later])["no-blind-create"]

    assert row["requests"] == [each.request_id for each in blind]


def test_a_broken_check_is_reported(verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(check: LiveCheck, observed: object) -> Finding:
        reason = "the check itself failed: KeyError"
        return Finding(check=check.id, level=Level.MUST, verdict=Verdict.BROKEN, actual=reason)

    monkeypatch.setattr(judgement, "finding_of", broken)

    row = verdicts(GOOD)["stops-polling"]

    assert (row["verdict"], row["cause"]) == ("BROKEN", "")
    assert row["explanation"] == "The check itself failed: KeyError."


def test_other_requests_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "REQUESTS_PER_TURN", 1)

    async def turns_while_judging() -> int:
        judging, turns = asyncio.ensure_future(judgement.judge(GOOD, TimeBase.REAL)), 0
        while not judging.done():
            turns += 1
            await asyncio.sleep(0)
        return turns

    assert asyncio.run(turns_while_judging()) >= len(judgement.JUDGING_CHECKS)
