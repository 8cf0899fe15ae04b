"""The script of each client case leads a plain client into the situation that the case is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from seedance_contract.client.catalogue import CASES
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.jobs import DEFAULT_REQUEST, DEFAULT_V3_REQUEST, full_script
from seedance_contract.declared.dialects import V3
from seedance_mock.scripting.words import Clause, Setting, parse
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app
from seedance_mock.web.faults import altered_responses

CREATE = "/v1/videos/generations"
V3_TASKS = "/api/v3/contents/generations/tasks"
HOST, PORT, THIRD = "http://other.test:9", "http://127.0.0.1:9", "http://third.test:9"

ATTEMPTS = 4


@dataclass
class ClientRun:
    """What a plain client has received, and the faults that the server has injected."""

    responses: list[httpx2.Response] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)

    def responses_to(self, method: str, path_start: str) -> list[httpx2.Response]:
        """Return the responses to requests with this method and start of the path."""
        return [
            response
            for response in self.responses
            if response.request.method == method
            and response.request.url.path.startswith(path_start)
        ]

    @property
    def creates(self) -> list[Any]:
        responses = self.responses_to("POST", CREATE)
        return [response.json() for response in responses if response.status_code == 200]

    @property
    def creates_of_v3(self) -> list[Any]:
        responses = self.responses_to("POST", V3_TASKS)
        return [response.json() for response in responses if response.status_code == 200]

    @property
    def polls(self) -> list[Any]:
        paths = ("/v1/tasks/", V3_TASKS)
        responses = [item for path in paths for item in self.responses_to("GET", path)]
        return [
            response.json()
            for response in responses
            if response.status_code == 200 and response.content
        ]

    @property
    def last_poll(self) -> Any:
        return self.polls[-1]

    @property
    def statuses(self) -> list[str]:
        return [poll["status"] for poll in self.polls]

    @property
    def errors(self) -> list[Any]:
        responses = [response for response in self.responses if response.status_code >= 400]
        return [response.json()["error"] for response in responses]


class PlainClient:
    """A client that does the job of a case, retries each failure, and follows no redirect."""

    def __init__(self, web: TestClient, case: ClientCase, words: str) -> None:
        self.web = web
        self.case = case
        self.headers = {"Authorization": f"Bearer sk-mock-{words.replace(' ', '.')}"}
        self.run = ClientRun()

    def do_job(self) -> ClientRun:
        """Do the job, and return what was received."""
        if self.case.dialect is V3:
            self.do_v3_job()
            return self.finish()
        for path in ("/v1/models", "/v1/pricing"):
            if "catalogue" in self.case.script:
                self.send("GET", path)
        body = {**DEFAULT_REQUEST, **self.case.job.get("request", {})}
        created = self.send("POST", CREATE, json=body)
        if created is not None:
            # A case can leave out one of the two ids.
            task = created.json()
            self.follow(str(task.get("id") or task.get("task_id")))
        return self.finish()

    def do_v3_job(self) -> None:
        """Create a task with a key, and poll it to its end."""
        self.headers["Idempotency-Key"] = "boat"
        body = {**DEFAULT_V3_REQUEST, "callback_url": "http://127.0.0.1:9/callback"}
        created = self.send("POST", V3_TASKS, json=body)
        for _ in range(4 if created is not None else 0):
            self.send("GET", f"{V3_TASKS}/{created.json()['id']}")  # type: ignore[union-attr]

    def finish(self) -> ClientRun:
        """Return what was received, with the faults that the journal names."""
        entries = self.web.get("/_mock/journal").json()["entries"]
        self.run.faults = {entry["fault"] for entry in entries}
        return self.run

    def follow(self, task: str) -> None:
        """Cancel a task if that is the job, poll it to its end, download it if that is the job."""
        if self.case.job.get("action") == "cancel":
            self.send("DELETE", f"/v1/tasks/{task}")
        for _ in range(8):
            poll = self.send("GET", f"/v1/tasks/{task}")
            if poll is None or poll.json()["status"] in ("completed", "failed"):
                break
        link = poll.json().get("video_url") if poll is not None else None
        if link is not None and self.case.job.get("action") == "download":
            self.send("GET", link)
            self.send("HEAD", link)

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response | None:
        """Return the first successful response with a body, None after a few attempts."""
        for _ in range(ATTEMPTS):
            try:
                response = self.web.request(method, path, headers=self.headers, **options)
            except (OSError, TimeoutError):
                continue
            self.run.responses.append(response)
            if response.status_code == 200 and response.content:
                return response
        return None


ENDED_IN_V3 = ("succeeded", "cancelled", "expired")

Evidence = Callable[[ClientRun], bool]


def last_poll_has(**members: object) -> Evidence:
    """Return whether the last poll has these members; `...` stands for any value."""

    def check(run: ClientRun) -> bool:
        return all(
            name in run.last_poll and value in (..., run.last_poll[name])
            for name, value in members.items()
        )

    return check


def poll_url_starts(start: str) -> Evidence:
    return lambda run: run.creates[0]["poll_url"].startswith(start)


def redirects_to(origin: str) -> Evidence:
    return lambda run: any(
        response.headers.get("Location", "").startswith(origin) for response in run.responses
    )


def retry_after(header: str | None, **members: object) -> Evidence:
    def check(run: ClientRun) -> bool:
        response = next(item for item in run.responses if item.status_code in (429, 503))
        error = response.json()["error"]
        same_members = all(error.get(name) == value for name, value in members.items())
        return response.headers.get("Retry-After") == header and same_members

    return check


def pricing_contains(text: str) -> Evidence:
    return lambda run: all(
        text in response.text for response in run.responses_to("GET", "/v1/pricing")
    )


EVIDENCE: Mapping[str, Evidence] = {
    "after-1polls": lambda run: (
        run.statuses[:1] in (["completed"], ["failed"]) or run.statuses[0] in ENDED_IN_V3
    ),
    "after-2polls": lambda run: (
        run.statuses == ["processing", "completed"][bool({"poll-cut"} & run.faults) :]
        or run.statuses[:2] == ["running", "succeeded"]
    ),
    "after-3polls": lambda run: len(run.statuses) == 3,
    "after-4polls": lambda run: len(run.statuses) == 4,
    "after-6polls": lambda run: len(run.statuses) == 6,
    "after-9polls": lambda run: run.statuses == ["processing"],
    "queue-600s": lambda run: {"pending", "failed"} >= set(run.statuses),
    "queue-0s": lambda run: True,
    "run-0s": lambda run: True,
    "delay-0s": lambda run: len(run.creates) == 1,
    "clock-polls": lambda run: True,
    "end-never": lambda run: run.statuses[-1] == "processing",
    "end-failed": last_poll_has(status="failed"),
    "end-cancelled": lambda run: (
        run.statuses[-1] == "cancelled" or last_poll_has(status="failed", cancelled=True)(run)
    ),
    "end-expired": last_poll_has(status="expired"),
    "clock-real": lambda run: True,
    # What is sent to the client is the subject of tests/mock_server/web/v3/test_callbacks.py.
    "callback-twice": lambda run: len(run.creates_of_v3) == 1,
    "callback-never": lambda run: len(run.creates_of_v3) == 1,
    "callback-shuffled": lambda run: len(run.creates_of_v3) == 1,
    "run-1s": lambda run: True,
    "idempotency-hold-3s": lambda run: any(
        error.get("code") == "IdempotencyRequestInProgress" for error in run.errors
    ),
    "at-query": lambda run: run.creates[0]["poll_url"].endswith("?view=full&sig=a%2Fb"),
    "at-absolute": poll_url_starts("http://127.0.0.1:8000/v1/tasks/"),
    "at-foreign": poll_url_starts(HOST),
    "at-userinfo": poll_url_starts("http://user:secret@other.test:9/"),
    "at-file": poll_url_starts("file:///v1/tasks/"),
    "at-slashes": poll_url_starts("//other.test:9/v1/tasks/"),
    "at-none": lambda run: "poll_url" not in run.creates[0],
    "id-id": lambda run: "task_id" not in run.creates[0],
    "id-task": lambda run: "id" not in run.creates[0],
    "status-queued": lambda run: run.statuses == ["queued", "processing", "completed"],
    "status-back": lambda run: run.statuses[1:3] == ["processing", "pending"],
    "status-done": lambda run: run.creates[0]["status"] == "completed",
    "progress-none": lambda run: not any("progress" in poll for poll in run.polls),
    "progress-lie": lambda run: run.polls[0]["progress"] == 100,
    "progress-null": last_poll_has(progress=None),
    "progress-text": last_poll_has(progress="42"),
    "progress-over": last_poll_has(progress=150),
    "out-url": lambda run: "video_url" in run.last_poll and "video" not in run.last_poll,
    "out-video": lambda run: "video" in run.last_poll and "video_url" not in run.last_poll,
    "out-videos": lambda run: len(run.last_poll["videos"]) == 2,
    "out-content": last_poll_has(content=...),
    "out-data": last_poll_has(data=...),
    "out-none": lambda run: "assets" not in json.dumps(run.last_poll),
    "err-string": lambda run: isinstance(run.last_poll["error"], str),
    "err-rich": lambda run: {"code", "message", "x_nested"} <= run.last_poll["error"].keys(),
    "err-none": lambda run: "error" not in run.last_poll,
    "err-null": last_poll_has(error=None),
    "shape-large": lambda run: len(json.dumps(run.last_poll)) > 2_000_000,
    "billing-task": lambda run: run.last_poll["billing_transaction_id"].startswith("ldtask_"),
    "billing-none": lambda run: "billing_transaction_id" not in run.last_poll,
    "files-host": lambda run: run.last_poll["video_url"].startswith(HOST),
    "to-port": redirects_to(PORT),
    "to-third": redirects_to(THIRD),
    "download-get": lambda run: any(response.status_code == 405 for response in run.responses),
    "download-whole": lambda run: (
        "Accept-Ranges" not in run.responses_to("GET", "/assets")[-1].headers
    ),
    "retry-1s": retry_after("1", retry_after=1),
    "retry-2s": retry_after("2", retry_after=2),
    "retry-3s": retry_after("3", retry_after=3),
    "retry-86400s": retry_after("86400"),
    "retry-none": retry_after(None, retry_after=None),
    "retry-body": retry_after(None, retry_after=2),
    "retry-soon": retry_after("soon"),
    "retry-minus": retry_after("-5"),
    "retry-mixed": retry_after("3", retry_after=1),
    "retry-never": retry_after(None, retryable=False),
    "retry-date": lambda run: "GMT" in run.responses[0].headers["Retry-After"],
    "refusal-bare": lambda run: run.errors[0].keys() == {"message", "type"},
    "refusal-rich": lambda run: len(run.errors[0]) > 20,
    "refusal-swapped": lambda run: run.errors[0]["type"] == "model_not_allowed",
    "refusal-foreign": lambda run: "später" in run.errors[0]["message"],
    "catalogue-invented": pricing_contains("seedance-x9"),
    "catalogue-odd": pricing_contains('"pricing_summary":null'),
    "catalogue-less": lambda run: (
        '"model":"seedance-2.0"' not in run.responses_to("GET", "/v1/pr")[0].text
    ),
}
"""What a client receives because of a setting. The journal names faults, but no settings."""


def settings_in(script: str) -> Iterator[str]:
    """Yield the settings that a script names."""
    for word in parse(script):
        if isinstance(word, Setting):
            yield str(word)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Give a client of a server with three other origins and without pauses in dripping."""
    monkeypatch.setattr(altered_responses, "DRIP_SECONDS", 0.0)
    app = create_app(Settings(redirect_origins={"host": HOST, "port": PORT, "third": THIRD}))
    with TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case_leads_to_its_situation(case: ClientCase, web: TestClient) -> None:
    # The word is the same for any number of seconds, and the test need not wait for 12.
    script = case.script.replace("delay-12s", "delay-0s")

    words = full_script(case).replace("delay-12s", "delay-0s")
    run = PlainClient(web, case, words).do_job()

    clauses = {str(word) for word in parse(script) if isinstance(word, Clause)}
    assert clauses <= run.faults
    assert [word for word in settings_in(script) if not EVIDENCE[word](run)] == []


def test_every_setting_of_a_case_has_evidence() -> None:
    used = {word for case in CASES.values() for word in settings_in(case.script)}

    assert used - {"delay-12s"} == EVIDENCE.keys() - {"delay-0s"}
