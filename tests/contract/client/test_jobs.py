"""The API key and the job of a case."""

from __future__ import annotations

from collections.abc import Callable

from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.jobs import NONCE_PATTERN, api_key, full_script, kit_job
from seedance_contract.declared.dialects import V3

MakeCase = Callable[..., ClientCase]


def test_script_begins_with_the_default_words(make_case: MakeCase) -> None:
    client_case = make_case(script="poll-429 clock-x20")

    assert full_script(client_case) == "clock-polls after-2polls poll-429 clock-x20"


def test_a_case_with_the_clock_of_the_machine_has_no_default_words(make_case: MakeCase) -> None:
    assert full_script(make_case(script="clock-real run-1s")) == "clock-real run-1s"


def test_key_contains_the_script(make_case: MakeCase) -> None:
    key = api_key(make_case(script="poll-429"), "7f3a")

    assert key == "sk-mock-clock-polls.after-2polls.poll-429--kit-POLL-90-7f3a"


def test_default_job_generates_a_small_video(make_case: MakeCase) -> None:
    assert kit_job(make_case(), "7f3a") == {
        "kit": 1,
        "action": "generate",
        "deadline_s": 60,
        "poll_interval_s": 5,
        "request": {
            "model": "seedance-2.0-fast",
            "operation": "text-to-video",
            "prompt": "A paper boat on a quiet lake kit:POLL-90:7f3a",
            "duration": 5,
            "resolution": "480p",
        },
    }


def test_case_changes_its_job(make_case: MakeCase) -> None:
    client_case = make_case(job={"deadline_s": 8, "request": {"prompt": "A kite"}})

    job = kit_job(client_case, "7f3a")

    assert job["deadline_s"] == 8
    assert job["request"]["prompt"] == "A kite kit:POLL-90:7f3a"
    assert job["request"]["duration"] == 5


def test_a_job_of_v3_has_a_request_of_v3(make_case: MakeCase) -> None:
    job = kit_job(make_case(dialect=V3, job={"request": {"duration": 7}}), "7f3a")

    assert job["dialect"] == "v3"
    assert job["request"] == {
        "model": "doubao-seedance-2-0-260128",
        "content": [
            {"type": "text", "text": "A paper boat on a quiet lake kit:POLL-90:7f3a"},
        ],
        "ratio": "16:9",
        "duration": 7,
        "resolution": "480p",
    }


def test_several_jobs_may_differ(make_case: MakeCase) -> None:
    members = {"action": "batch", "count": 2, "requests": [{}, {"prompt": "A kite"}]}

    first, second = kit_job(make_case(job=members), "7f3a")["requests"]

    assert first["prompt"] == "A paper boat on a quiet lake kit:POLL-90:7f3a.1"
    assert second["prompt"] == "A kite kit:POLL-90:7f3a.2"


def test_each_of_several_jobs_has_a_nonce(make_case: MakeCase) -> None:
    job = kit_job(make_case(job={"action": "batch", "count": 2}), "7f3a")

    nonces = [NONCE_PATTERN.findall(request["prompt"]) for request in job["requests"]]
    assert nonces == [["7f3a.1"], ["7f3a.2"]]
