"""Scripts: what they contain, what they leave out, and that they run."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from script_runs import run_script
from seedance_contract.case import Case, Level, failed_finding
from seedance_contract.declared.sources import page
from seedance_contract.server.control_adapter import AccountFunds
from seedance_contract.server.http.exchange import Exchange, ReceivedResponse, SentRequest
from seedance_contract.server.http.log import (
    AccountOpened,
    BalanceToppedUp,
    ClockAdvanced,
    FundsRead,
    LogEntry,
    RateLimitSet,
)
from seedance_contract.server.reproduction.identifiers import MAX_SEARCHED_BYTES
from seedance_contract.server.reproduction.script import ScriptSettings, reproduction_script
from seedance_mock.commands.check_server.control_adapter import find_control_adapter
from seedance_mock.testing.live import LiveServer

URL = "http://127.0.0.1:8000"
KEY, OTHER_KEY = "sk-live-1234567", "sk-live-7654321"
TASK_ID = "ldtask_" + "1" * 32
CREATED = {"id": TASK_ID, "poll_url": f"/v1/tasks/{TASK_ID}", "status": "pending"}
FUNDS = AccountFunds(balance=None, reserved=Decimal("0.50"), charged=Decimal(0))


def exchange(
    method: str = "GET",
    path: str = "/v1/models",
    *,
    key: str | None = KEY,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    response: object = None,
    status: int = 200,
    times: tuple[float, float] = (0.0, 0.0),
) -> Exchange:
    authorization = {} if key is None else {"Authorization": f"Bearer {key}"}
    return Exchange(
        request=SentRequest(
            method=method,
            path=path,
            url=URL + path,
            key=key,
            headers={"User-Agent": "seedance-mock", **authorization, **(headers or {})},
            body=body,
        ),
        response=ReceivedResponse(status, {}, json.dumps(response).encode()),
        started_at=times[0],
        answered_at=times[1],
        ended_at=times[1],
    )


def script(
    *entries: LogEntry,
    expected: str = "200\nor later",
    actual: str = "404",
    key_variables: dict[str, str] | None = None,
    control_functions: str = "",
) -> str:
    case = Case(
        id="tasks.readable",
        group="tasks",
        level=Level.MUST,
        requirement="A task stays readable.",
        source=page("cancel-task"),
    )
    settings = ScriptSettings(
        base_url=URL, key_variables=key_variables or {}, control_functions=control_functions
    )
    finding = failed_finding(case.id, case.level, expected, actual)
    return reproduction_script(entries, case, finding, settings)


def commands(text: str) -> list[str]:
    """Return the commands after the functions, with each request in one line."""
    lines = text.replace(" \\\n  ", " ").rpartition("\n}\n\n")[2].splitlines()
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def test_script_begins_with_the_failure() -> None:
    head = script(exchange()).splitlines()

    assert head[:6] == [
        "#!/bin/sh",
        "# tasks.readable: A task stays readable.",
        "# Source: page: cancel-task",
        "#",
        "# Expected: 200 or later",
        "# Got:      404",
    ]


def test_failure_without_an_expectation_has_none() -> None:
    assert "Expected" not in script(exchange(), expected="")


def test_no_script_without_a_log() -> None:
    assert script() == ""


def test_id_comes_from_the_response_of_the_script() -> None:
    text = script(
        exchange("POST", "/v1/videos/generations", body=b"{}", response=CREATED),
        exchange("GET", f"/v1/tasks/{TASK_ID}", response=CREATED),
        exchange("DELETE", f"/v1/tasks/{TASK_ID}", key=OTHER_KEY),
    )

    assert TASK_ID not in "".join(commands(text))
    assert 'step_1_id=$(member id <"$DIR/1")' in text
    assert commands(text)[-1] == (
        'request 3 DELETE "$BASE_URL/v1/tasks/$step_1_id" --header "Authorization: Bearer $KEY_2"'
    )


def test_any_identifier_is_taken_from_its_response() -> None:
    text = script(
        exchange(response={"video_url": "https://127.0.0.1/files/77777"}),
        exchange("GET", "/fetch?url=https://127.0.0.1/files/77777"),
    )

    assert 'step_1_video_url=$(member video_url <"$DIR/1")' in text
    assert '"$BASE_URL/fetch?url=$step_1_video_url"' in text


@pytest.mark.parametrize(
    ("response", "later"),
    [
        ({"ids": [TASK_ID]}, TASK_ID),
        ({"id": "other-12345", "data": {"id": TASK_ID}}, TASK_ID),
        ({"id": "processing"}, "processing"),
        ({"model": "seedance-2.0"}, "seedance-2.0"),
    ],
    ids=["without a member", "not the first member", "a word", "sent before"],
)
def test_other_texts_stay_as_they_are(response: object, later: str) -> None:
    first = exchange("GET", "/v1/models/seedance-2.0", response=response)

    text = script(first, exchange("GET", f"/v1/tasks/{later}"))

    assert f"/v1/tasks/{later}" in commands(text)[-1]
    assert "$(member" not in text


def test_unrelated_requests_are_left_out() -> None:
    other_id = "ldtask_" + "2" * 32
    text = script(
        exchange(response={"data": [{"id": "seedance-2.0"}]}, key=None),
        exchange("POST", "/v1/videos/generations", key=OTHER_KEY, response={"id": other_id}),
        exchange("GET", f"/v1/tasks/{other_id}", key=OTHER_KEY, response={"id": other_id}),
        exchange("POST", "/v1/videos/generations", response=CREATED),
        exchange("GET", f"/v1/tasks/{TASK_ID}", status=404),
    )

    assert [line.split()[:3] for line in commands(text) if line.startswith("request")] == [
        ["request", "1", "POST"],
        ["request", "2", "GET"],
    ]
    assert "KEY_2" not in text


def test_requests_with_one_idempotency_key_stay_together() -> None:
    path = "/api/v3/contents/generations/tasks"
    first, second, last = (
        exchange("POST", path, headers={"Idempotency-Key": key}) for key in ("a", "b", "a")
    )

    text = script(first, second, last)

    assert text.count("Idempotency-Key: a-$RUN") == 2
    assert "Idempotency-Key: b" not in text


def test_every_request_of_an_account_stays_before_a_list() -> None:
    path = "/api/v3/contents/generations/tasks"

    text = script(exchange("POST", path), exchange("GET", f"{path}?page_num=1"))

    assert len([line for line in commands(text) if line.startswith("request")]) == 2


def test_urls_in_common_connect_no_requests() -> None:
    advice = {"recommended": {"model": "seedance-2.0", "video_url": "https://example.com/a1.mp4"}}

    text = script(
        exchange("POST", "/v1/videos/generations", body=b"[]", response=advice),
        exchange("POST", "/v1/videos/generations", body=b"{}", response=advice),
    )

    assert len([line for line in commands(text) if line.startswith("request")]) == 1


@pytest.mark.parametrize(
    "entry",
    [
        AccountOpened(key=KEY, balance=Decimal(1)),
        RateLimitSet(key=KEY, requests_per_minute=1),
    ],
    ids=["money", "rate limit"],
)
def test_every_request_of_a_limited_account_stays(entry: LogEntry) -> None:
    text = script(entry, exchange("GET", "/v1/first"), exchange("GET", "/v1/last", status=429))

    assert "/v1/first" in text


def test_responses_with_the_same_id_stay_together() -> None:
    text = script(
        exchange("GET", "/v1/a", key=OTHER_KEY, response={"billing_transaction_id": "btx_12345"}),
        exchange("GET", "/v1/b", response={"billing_transaction_id": "btx_12345"}),
    )

    assert "/v1/a" in text


def test_control_steps_are_functions_of_the_adapter(seedance_server: LiveServer) -> None:
    adapter = find_control_adapter(seedance_server.url, None)
    assert adapter is not None

    text = script(
        AccountOpened(key=OTHER_KEY),
        AccountOpened(key=KEY, balance=Decimal("1.20")),
        ClockAdvanced(key=KEY, seconds=864_000.5),
        BalanceToppedUp(key=KEY, usd=Decimal("0.10")),
        FundsRead(key=KEY, funds=FUNDS),
        control_functions=adapter.shell_functions,
    )

    assert commands(text) == [
        'open_account "$KEY_1" 1.20',
        'advance_clock "$KEY_1" 864000.5',
        'top_up "$KEY_1" 0.10',
        "printf '\\n=== Step 4: the money of the account\\n'",
        'show_funds "$KEY_1"',
    ]
    assert "control()" in text
    assert "set_rate_limit()" not in text


def test_given_keys_are_variables_of_the_environment() -> None:
    text = script(
        exchange("POST", "/v1/videos", body=f'{{"user": "{OTHER_KEY}"}}'.encode(), response=KEY),
        actual=f"200 {KEY} {OTHER_KEY[:-1]}…",
        key_variables={KEY: "TOKENLAB_API_KEY", OTHER_KEY: "OTHER_API_KEY"},
    )

    assert "KEY_1=${TOKENLAB_API_KEY:?}\n" in text
    assert "KEY_2=${OTHER_API_KEY:?}\n" in text
    assert KEY not in text
    assert OTHER_KEY[:-1] not in text
    assert "RUN=" not in text


def test_comment_cannot_become_a_command() -> None:
    text = script(exchange(), actual="a\r\necho \x1b[31mb\u2028c")

    assert "# Got:      a  echo  [31mb c\n" in text


def test_headers_are_those_that_were_sent() -> None:
    headers = {"X-Empty": "", "X-Latin": "\xe9", "Content-Length": "2", "X-Schemathesis-Id": "1"}
    text = script(exchange("POST", "/v1/x", key=None, body=b"{}", headers=headers))

    [request] = commands(text)
    assert request == (
        "request 1 POST \"$BASE_URL/v1/x\" --header 'X-Empty;' "
        "--header \"$(printf 'X-Latin: \\351')\" --header Content-Type: --data-raw '{}'"
    )


def test_long_body_is_generated(seedance_server: LiveServer, tmp_path: Path) -> None:
    key = seedance_server.key()
    body = b'{"model": "x' + b"x" * 33_554_432 + b'"}'
    text = script(exchange("POST", "/v1/videos/generations", key=key, body=body))

    assert len(text) < 3_000
    assert " 413 " in run_script(text, seedance_server.url, tmp_path)


def test_bytes_that_are_no_text_are_sent(seedance_server: LiveServer, tmp_path: Path) -> None:
    body = b'{"model": "seedance-2.0", "prompt": "\xff"}'
    text = script(exchange("POST", "/v1/videos/generations", body=body))

    assert "UTF-8" in run_script(text, seedance_server.url, tmp_path)


def test_head_has_no_body(seedance_server: LiveServer, tmp_path: Path) -> None:
    output = run_script(script(exchange("HEAD")), seedance_server.url, tmp_path)

    assert output.startswith(f"\n=== Step 1: HEAD {seedance_server.url}/v1/models\nHTTP/1.1 200 ")
    assert "seedance-2.0" not in output


def test_script_says_that_there_is_no_response(tmp_path: Path) -> None:
    output = run_script(script(exchange()), "http://127.0.0.1:1", tmp_path)

    assert "no complete response: curl ended with 7" in output


def test_missing_id_ends_the_script(seedance_server: LiveServer, tmp_path: Path) -> None:
    text = script(
        exchange("POST", "/v1/videos/generations", body=b"{}", response=CREATED),
        exchange("GET", f"/v1/tasks/{TASK_ID}"),
    )

    output = run_script(text, seedance_server.url, tmp_path)

    assert " 400 " in output
    assert "Step 2" not in output
    assert [*tmp_path.iterdir()] == [tmp_path / "script.sh"]


def race(*statuses: int) -> str:
    """Return a script that cancels a task several times at once, with these statuses."""
    create = exchange("POST", "/v1/videos/generations", body=VALID_BODY, response=CREATED)
    cancel = f"/v1/tasks/{TASK_ID}"
    task = {"id": TASK_ID, "status": "failed", "cancelled": True}
    cancellations = [
        exchange("DELETE", cancel, status=status, response=body, times=(1.0, 2.0))
        for status in statuses
        for body in (task if status == 200 else {"error": {}},)
    ]
    return script(create, *cancellations, exchange("GET", cancel, response=task, times=(3.0, 4.0)))


VALID_BODY = b'{"model": "seedance-2.0", "prompt": "a paper boat"}'


def test_race_is_repeated_until_its_outcomes_occur(
    seedance_server: LiveServer, tmp_path: Path
) -> None:
    text = race(200, 409)

    output = run_script(text, seedance_server.url, tmp_path)

    assert output.count("=== Step ") == 4
    assert output.endswith("compared with the run that failed: same outcomes\n")


def test_control_step_takes_part_in_a_race() -> None:
    step = ClockAdvanced(key=KEY, seconds=3.0, started_at=1.0, ended_at=1.5)

    text = script(step, exchange("DELETE", "/v1/tasks/x", times=(1.0, 2.0)))

    assert commands(text)[1:5] == [
        '  advance_clock "$KEY_1" 3 >"$DIR/log-1" &',
        '  request 2 DELETE "$BASE_URL/v1/tasks/x" --header "Authorization: Bearer $KEY_1"'
        ' >"$DIR/log-2" &',
        "  wait",
        '  cat "$DIR/log-1" "$DIR/log-2"',
    ]


def test_text_of_the_server_cannot_become_a_command(
    seedance_server: LiveServer, tmp_path: Path
) -> None:
    pwned = tmp_path / "pwned"
    hostile = f"'; touch {pwned}; echo '$(touch {pwned})`touch {pwned}`"
    response = {"id": hostile, "status": hostile, "error": hostile}
    races = [
        exchange("POST", f"/v1/{number}", status=400, response=response, times=(1.0, 2.0))
        for number in range(2)
    ]

    for text in (script(*races, actual=hostile), script(races[0], actual=hostile)):
        run_script(text, seedance_server.url, tmp_path, TRIES="1")

    assert not pwned.exists()


def test_names_of_members_are_no_other_variables() -> None:
    names = ("key", "base_url", "1st")
    response = {name: f"{TASK_ID}{name}" for name in names}

    text = script(
        exchange(response=response), *(exchange("GET", f"/{response[name]}") for name in names)
    )

    assert text.count("KEY_1=") == 1
    assert "step_1_key=$(member key " in text
    assert "step_1_1st=$(member 1st " in text


def test_race_ends_without_its_outcomes(seedance_server: LiveServer, tmp_path: Path) -> None:
    output = run_script(race(200, 200), seedance_server.url, tmp_path, TRIES="2")

    assert output.endswith("=== Try 2: compared with the run that failed: other outcomes\n")


def test_lost_response_is_an_outcome(seedance_server: LiveServer, tmp_path: Path) -> None:
    lost = [
        replace(exchange("POST", "/v1/x", times=times), response=None)
        for times in ((1.0, 2.0), (1.5, 2.5))
    ]

    text = script(*lost)
    output = run_script(text, "http://127.0.0.1:1", tmp_path)

    assert output.endswith("=== Try 1: compared with the run that failed: same outcomes\n")


def test_limit_of_the_rate_is_a_function(tmp_path: Path) -> None:
    text = script(RateLimitSet(key=KEY, requests_per_minute=3), exchange(status=429))

    assert commands(text)[0] == 'set_rate_limit "$KEY_1" 3'


def test_huge_response_is_not_searched() -> None:
    task = {"id": TASK_ID, "text": "x" * MAX_SEARCHED_BYTES}
    text = script(exchange(response=task), exchange("GET", f"/v1/tasks/{TASK_ID}"))

    assert f"/v1/tasks/{TASK_ID}" in commands(text)[-1]


def test_script_is_valid_for_the_shell(tmp_path: Path) -> None:
    (tmp_path / "script.sh").write_text(race(200, 200))

    subprocess.run(["sh", "-n", tmp_path / "script.sh"], check=True)


def test_each_run_of_a_script_has_its_own_idempotency_key() -> None:
    text = script(
        exchange(headers={"Idempotency-Key": "order-1"}), key_variables={KEY: "TOKENLAB_API_KEY"}
    )

    assert "RUN=$(date +%s)-$$" in text
    assert '--header "Idempotency-Key: order-1-$RUN"' in text


@pytest.mark.parametrize("value", ["", "ä", "k" * 230])
def test_an_idempotency_key_that_cannot_be_extended_is_kept(value: str) -> None:
    text = script(
        exchange(headers={"Idempotency-Key": value}), key_variables={KEY: "TOKENLAB_API_KEY"}
    )

    assert "RUN" not in text
    assert "Idempotency-Key" in text
