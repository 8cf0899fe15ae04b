"""Records of client runs, written as stories: one line of text for each run.

    story    = step *( " / " step )
    step     = place *( " " word )            create +2 429 !create-429
             | "exit" status | "seconds" number | "killed" | "outcome" JSON | "output" text
             | "leaks" word | "job" JSON | "facts" JSON | "passed" *( " " field ) | "unknown"

A word is an HTTP status, a task status, `none` (no response), `cut` (an incomplete response), `+5`
(seconds since the last response; 5 by default), `!word` (an injected fault that was not applied),
`!!word` (one that was applied), `reused` (connection), `key`, `nokey`, or `name=value` for a member
of the exchange. `request={...}` and `response={...}` add to the JSON bodies, `header=Name:value` to
the request headers. `wait=3` is Retry-After: 3 in the response, `date=3` is a date, `replayed=true`
is Idempotency-Replayed. `target=v3` is the route under /api/v3.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest

from seedance_contract.case import Case, Finding, Group, Level
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.client_case import ClientCase, ClientCheck
from seedance_contract.client.grading import grade
from seedance_contract.client.jobs import api_key
from seedance_contract.client.record import REDACTED_KEY, OutputChunk, Record, RecordedExchange
from seedance_contract.client.redaction import Secret
from seedance_contract.declared.sources import page

MakeCase = Callable[..., ClientCase]
MakeExchange = Callable[..., RecordedExchange]

ENDPOINTS = {
    "create": ("POST", "/v1/videos/generations"),
    "poll": ("GET", "/v1/tasks/{id}"),
    "cancel": ("DELETE", "/v1/tasks/{id}"),
    "models": ("GET", "/v1/models"),
    "pricing": ("GET", "/v1/pricing"),
    "asset": ("GET", "/assets/{id}/video.mp4?expires=9&signature=a%2Fb"),
    "other": ("GET", "/favicon.ico"),
}
RESPONSE_HEADERS = {"wait": "Retry-After", "replayed": "Idempotency-Replayed"}
V3_TASKS = "/api/v3/contents/generations/tasks"
V3_ENDPOINTS = {
    "create": ("POST", V3_TASKS),
    "poll": ("GET", V3_TASKS + "/{id}"),
    "cancel": ("DELETE", V3_TASKS + "/{id}"),
}
DEFAULT_REQUEST = {"model": "seedance-2.0", "operation": "text-to-video", "prompt": "kit:X:1"}
LISTS = {"leaks": "leaks", "passed": "passed_fields"}
V3_STATUSES = ("running", "succeeded", "cancelled", "expired")
TASK_STATUSES = ("pending", "processing", "completed", "failed", "queued", *V3_STATUSES)
VIDEO_URL = "http://127.0.0.1:8000/assets/{id}/video.mp4?expires=9&signature=a%2Fb"


@dataclass
class Step:
    """An exchange of a story.

    Args:
        place: the kind of request, or "other".
        gap: seconds since the last response.
        status: the HTTP status of the response.
        task: the character that the id of the task consists of.
        task_status: the status of the task in the response.
        has_response: whether there is a response body.
        has_key: whether the request contains the key; None for the default of its kind.
        request: members to add to the request body.
        response: members to add to the response body; "-" removes one.
        headers: further request headers.
        members: members of the exchange.
    """

    place: str
    gap: float = 5.0
    status: int | None = 200
    task: str = "1"
    task_status: str = "pending"
    has_response: bool = True
    has_key: bool | None = None
    request: dict[str, Any] = field(default_factory=dict)
    response: dict[str, Any] = field(default_factory=dict)
    headers: list[tuple[str, str]] = field(default_factory=list)
    members: dict[str, Any] = field(default_factory=dict)

    @property
    def needs_key(self) -> bool:
        return self.place in ("create", "poll", "cancel")

    @property
    def is_v3(self) -> bool:
        return self.members.get("target") == "v3"

    @property
    def task_id(self) -> str:
        return f"cgt-20260102030405-{self.task * 5}" if self.is_v3 else "ldtask_" + self.task * 32


def parse_step(place: str, words: list[str]) -> Step:
    """Return the exchange that the words of a step describe."""
    step = Step(place)
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            _add_assignment(step, name, value)
        else:
            _add_word(step, word)
    return step


def _add_assignment(step: Step, name: str, value: str) -> None:
    match name:
        case "request":
            step.request |= json.loads(value)
        case "response":
            step.response |= json.loads(value)
        case "header":
            header_name, _, header_value = value.partition(":")
            step.headers.append((header_name, header_value))
        case "task":
            step.task = value
        case "seen" | "sent":
            step.members[name] = float(value)
        case "wait" | "replayed":
            step.members["answer_headers"] = ((RESPONSE_HEADERS[name], value),)
        case "date":
            dates = {"Date": 0.0, "Retry-After": float(value)}
            headers = tuple((header, formatdate(dates[header], usegmt=True)) for header in dates)
            step.members["answer_headers"] = headers
        case _:
            step.members[name] = value


def _add_word(step: Step, word: str) -> None:
    match word:
        case "none":
            step.status, step.has_response = None, False
        case "cut":
            step.members["complete"] = False
        case "reused":
            step.members["turn"] = 2
        case "key" | "nokey":
            step.has_key = word == "key"
        case _ if word in TASK_STATUSES:
            step.task_status = word
        case _ if word.startswith("+"):
            step.gap = float(word)
        case _ if word.startswith("!"):
            step.members |= {"fault": word.lstrip("!"), "applied": word.startswith("!!")}
        case _:
            step.status = int(word)


def exchange_of(step: Step, last_response: float) -> RecordedExchange:
    """Return the exchange of a step that follows a response."""
    method, target = (V3_ENDPOINTS if step.is_v3 else ENDPOINTS)[step.place]
    body = json.dumps(DEFAULT_REQUEST | step.request) if step.place == "create" else ""
    members: dict[str, Any] = {
        "origin": "api",
        "connection": 1,
        "turn": 1,
        "method": method,
        "target": target.format(id=step.task_id),
        "headers": _request_headers(step, body),
        "body": body,
        "seen": last_response + step.gap,
        "sent": last_response + step.gap,
        "place": None if step.place == "other" else step.place,
        "task_id": step.task_id if step.needs_key or step.place == "asset" else None,
        "job": "1" if step.place == "create" else None,
        "status": step.status,
        "answer_body": _response_body(step),
    }
    members |= {name: value for name, value in step.members.items() if value != "v3"}
    members["job"] = None if members["job"] == "-" else members["job"]
    return RecordedExchange(**members)


def _request_headers(step: Step, body: str) -> tuple[tuple[str, str], ...]:
    headers = [("Host", "127.0.0.1:8000"), *step.headers]
    if step.needs_key if step.has_key is None else step.has_key:
        headers.append(("Authorization", f"Bearer {REDACTED_KEY}"))
    if body and "Content-Type" not in dict(headers):
        headers.append(("Content-Type", "application/json"))
    if body and "Transfer-Encoding" not in dict(headers):
        headers.append(("Content-Length", str(len(step.members.get("body", body)))))
    return tuple(headers)


def _response_body(step: Step) -> str:
    if not step.has_response:
        return ""
    if step.status != 200:
        return json.dumps({"error": {"message": "No", "code": "no"}} | step.response)
    if not step.needs_key:
        return json.dumps(step.response)
    if step.is_v3:
        status = {} if step.place == "create" else {"status": step.task_status}
        return json.dumps({"id": step.task_id, **status, **step.response})
    task = {
        "id": step.task_id,
        "task_id": step.task_id,
        "poll_url": f"/v1/tasks/{step.task_id}",
        "status": step.task_status,
    }
    if step.task_status == "completed":
        video_url = VIDEO_URL.format(id=step.task_id)
        task |= {"video_url": video_url, "billing_transaction_id": "btx_1"}
    if step.task_status == "failed":
        task |= {"error": "Held back"}
    return json.dumps(
        {name: value for name, value in (task | step.response).items() if value != "-"}
    )


def record_of(case: str, story: str) -> Record:
    """Return the record of a story. The exit status is 0 unless the story has another one."""
    exchanges: list[RecordedExchange] = []
    members: dict[str, Any] = {
        "exit": 0,
        "job": {"request": {"model": "seedance-2.0"}},
        "seconds": 20.0,
    }
    for step in story.split(" / "):
        name, _, rest = step.strip().partition(" ")
        match name:
            case "unknown":
                members["exit"] = None
            case "killed":
                members |= {"exit": None, "killed": True}
            case "exit" | "seconds" | "outcome" | "job" | "facts":
                members[name] = json.loads(rest)
            case "output":
                members["output"] = (OutputChunk(0.0, "stdout", rest),)
            case "leaks" | "passed":
                members[LISTS[name]] = tuple(rest.split())
            case _:
                last_response = exchanges[-1].sent or 0.0 if exchanges else 0.0
                exchanges.append(exchange_of(parse_step(name, rest.split()), last_response))
    return Record(case=case, exchanges=tuple(exchanges), **members)


@pytest.fixture(scope="session")
def record_story() -> Callable[[str, str], Record]:
    """Give a function from a case id and a story to the record of the run."""
    return record_of


@pytest.fixture(scope="session")
def grade_story() -> Callable[[str, str], dict[str, Finding]]:
    """Give a function from a case id and a story to the finding of each check."""

    def findings(case: str, story: str) -> dict[str, Finding]:
        result = grade(CASES[case], record_of(case, story))
        return {finding.check: finding for finding in result.findings}

    return findings


def pass_always(record: Record) -> None:
    """Accept every record."""


@pytest.fixture
def make_case() -> MakeCase:
    """Give a function that makes a case with one check. The id selects the group."""

    def make(case_id: str = "POLL-90", level: Level = Level.MUST, **members: Any) -> ClientCase:
        prefix = case_id.partition("-")[0]
        case = Case(
            id=case_id,
            group=f"{prefix} Things",
            level=level,
            requirement="It works.",
            source=page("here"),
        )
        check = ClientCheck(id="works", level=level, requirement="It works.", evaluate=pass_always)
        group = Group(name=f"{prefix.lower()}-things", prefix=prefix, title="Things")
        defaults = {"case": case, "group": group, "script": "ok", "checks": (check,)}
        return ClientCase(**{**defaults, **members})

    return make


@pytest.fixture
def make_exchange() -> MakeExchange:
    """Give a function that makes an exchange."""

    def make(**members: Any) -> RecordedExchange:
        defaults = {"origin": "api", "connection": 1, "turn": 1, "method": "GET", "target": "/"}
        return RecordedExchange(**{**defaults, "headers": (), "body": "", "seen": 0.0, **members})

    return make


@dataclass
class FakeCaseServer:
    """A case server that receives only the exchanges that a test adds."""

    secret: Secret
    base_url: str = "http://127.0.0.1:9"
    received: list[RecordedExchange] = field(default_factory=list)
    known_facts: Mapping[str, Any] = field(default_factory=dict)
    closed: bool = False
    started: float = field(default_factory=time.monotonic)

    def start_clock(self) -> None:
        self.started = time.monotonic()

    def elapsed_seconds(self) -> float:
        return time.monotonic() - self.started

    def request_count(self) -> int:
        return len(self.received)

    def exchanges(self) -> tuple[RecordedExchange, ...]:
        return tuple(self.received)

    def facts(self) -> Mapping[str, Any]:
        return self.known_facts

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def case_server(make_case: MakeCase) -> FakeCaseServer:
    """Give a case server without exchanges."""
    return FakeCaseServer(Secret(api_key(make_case(), "7f3a")))
