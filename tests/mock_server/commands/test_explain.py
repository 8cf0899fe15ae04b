"""`explain`: a case in text and in JSON, and the requests that show it by hand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import pytest
from click.testing import Result
from starlette.testclient import TestClient

from seedance_contract import casebook
from seedance_contract.case import Case, Level
from seedance_contract.casebook import CaseEntry
from seedance_contract.declared.dialects import V3
from seedance_contract.declared.sources import assumed, page
from seedance_mock.commands.explain import case_description, key_with_script, manual_steps

CASE = Case(id="X-01", group="g", level=Level.MUST, requirement="It holds.", source=page("polling"))

Run = Callable[..., Result]


def test_a_case_is_explained(run: Run) -> None:
    output = run("explain", "poll-17").stdout

    assert output.startswith("POLL-17 (client, MUST)\n  group:       POLL")
    assert "source:      page: error-handling, rate-limits (documented)\n" in output
    assert "check:       waits-out-retry-after (MUST): " in output
    assert "    poll-429: GET of a task; counted for each task: 429" in output
    assert "seedance-mock check-client --case POLL-17 -- COMMAND\n" in output


def test_a_failure_is_explained(run: Run) -> None:
    client = run("explain", "POLL-17").stdout
    server = run("explain", "races.cancel").stdout

    assert "  if it fails: Retry-After is ignored\n    Wait at least as long as" in client
    assert "  if it fails: A cancellation and another change both take effect\n" in server
    assert "  profiles:    SAFE\n" in server


def test_a_case_is_explained_as_json(run: Run) -> None:
    explanation = json.loads(run("explain", "POLL-17", "--json").stdout)

    assert explanation["level"] == "MUST"
    assert explanation["key"] == "sk-mock-clock-polls.after-2polls.poll-429.retry-3s--by-hand"
    assert explanation["checks"][0] == {
        "id": "waits-out-retry-after",
        "level": "MUST",
        "requirement": "The client sends its next poll no earlier than Retry-After allows.",
    }
    assert explanation["causes"][0]["id"] == "retry-after-ignored"


def test_an_invariant_has_no_situation_of_its_own(run: Run) -> None:
    output = run("explain", "EXP-no-blind-create").stdout
    explanation = json.loads(run("explain", "EXP-no-blind-create", "--json").stdout)

    assert "  to see it:   seedance-mock check-client --explore -- COMMAND\n" in output
    assert explanation["key"] is None


def test_an_unknown_case_gets_a_suggestion(run: Run) -> None:
    ended = run("explain", "POLL-71")

    assert ended.exit_code == 2
    assert "there is no case 'POLL-71'; did you mean POLL-" in ended.output


def test_an_empty_casebook_has_no_suggestion(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casebook, "cases", lambda: {})

    output = run("explain", "POLL-17").output

    assert output.endswith("\nError: there is no case 'POLL-17'\n")


def test_a_server_case_has_no_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = CaseEntry(suite="server", case=CASE)
    monkeypatch.setattr(casebook, "cases", lambda: {"X-01": entry})

    assert json.loads(run("explain", "X-01", "--json").stdout)["key"] is None
    assert list(case_description(entry))[-2:] == [
        "  to see it:   seedance-mock check-server http://127.0.0.1:8000 --case X-01",
        "    the report has a script that reproduces the failure",
    ]


def test_an_assumption_is_marked() -> None:
    case = Case(
        id="X-02", group="g", level=Level.MUST, requirement="It holds.", source=assumed("what?")
    )
    lines = list(case_description(CaseEntry(suite="client", case=case, profiles=("core", "SAFE"))))

    assert lines[0] == "X-02 (client, INFO)"
    assert lines[2] == "  profiles:    core, SAFE"
    assert lines[4] == "  source:      assumption: what? (assumed)"


def test_manual_steps_request_the_affected_places() -> None:
    entry = CaseEntry(suite="client", case=CASE, script="asset-503 cancel-409x0")

    requests = [line.split()[-1] for line in manual_steps(entry) if "curl" in line]

    assert requests[1:] == [
        "http://127.0.0.1:8000/v1/tasks/TASK_ID",
        "http://127.0.0.1:8000/v1/tasks/TASK_ID",
        "VIDEO_URL",
    ]


def test_manual_steps_speak_the_dialect_of_the_case() -> None:
    entry = CaseEntry(suite="client", case=CASE, script="callback-never", dialect=V3)

    see, _, _, create, poll = manual_steps(entry)

    assert see == "  to see it:   seedance-mock check-client --dialect v3 --case X-01 -- COMMAND"
    assert "-X POST http://127.0.0.1:8000/api/v3/contents/generations/tasks -H" in create
    assert json.loads(shlex.split(create)[-1])["callback_url"] == "http://127.0.0.1:9000/callback"
    assert poll.endswith(" http://127.0.0.1:8000/api/v3/contents/generations/tasks/TASK_ID")


@pytest.mark.parametrize("script", ["", "poll-429 retry-3s", "create-504+x2~3 clock-polls"])
def test_the_mock_accepts_the_manual_create(script: str, client: TestClient) -> None:
    lines = manual_steps(CaseEntry(suite="client", case=CASE, script=script))
    create = shlex.split(next(line for line in lines if " -d " in line))

    response = client.post(
        "/v1/videos/generations",
        content=create[-1],
        headers={
            "Authorization": f"Bearer {key_with_script(script)}",
            "Content-Type": "application/json",
        },
    )

    assert response.status_code == 200
