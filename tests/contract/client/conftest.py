"""Records of runs, made by hand from stories: a line of text that tells what a client did.

    story    = step *( " / " step )
    step     = place *( " " word )            create +2 429 !create-429
             | "exit" status | "killed" | "outcome" JSON | "output" text | "leaks" word
             | "job" JSON | "facts" JSON | "unknown"

A word is a status of HTTP, a status of a task, `none` (no answer), `cut`, `+5` (seconds since
the last answer; 5 where unsaid), `!word` (a fault that was not applied), `!!word` (one that was),
`reused` (connection), `key`, `nokey`, or `name=value` for a member of the exchange. `sent={...}`
and `told={...}` add to the JSON of request and answer, `header=Name:value` to the headers of the
request.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from seedance_contract.case import Case, Finding, Level
from seedance_contract.client.catalogue import SCENES
from seedance_contract.client.jobs import key
from seedance_contract.client.record import KEY, Exchange, Record
from seedance_contract.client.redaction import Secret
from seedance_contract.client.scene import Check, Scene, grade
from seedance_contract.declared.sources import page

MakeScene = Callable[..., Scene]
MakeExchange = Callable[..., Exchange]

PATHS = {
    "create": ("POST", "/v1/videos/generations"),
    "poll": ("GET", "/v1/tasks/{id}"),
    "cancel": ("DELETE", "/v1/tasks/{id}"),
    "models": ("GET", "/v1/models"),
    "pricing": ("GET", "/v1/pricing"),
    "asset": ("GET", "/assets/{id}/video.mp4?expires=9&signature=a%2Fb"),
    "other": ("GET", "/favicon.ico"),
}
SENT = {"model": "seedance-2.0", "operation": "text-to-video", "prompt": "kit:X:1"}
STATUSES = ("pending", "processing", "completed", "failed", "queued")
LINK = "http://127.0.0.1:8000/assets/{id}/video.mp4?expires=9&signature=a%2Fb"

Words = dict[str, Any]

PLAIN: dict[str, Words] = {
    "none": {"status": None, "none": True},
    "cut": {"more": {"complete": False}},
    "reused": {"more": {"turn": 2}},
    "key": {"key": True},
    "nokey": {"key": False},
}


def _end(status: str, task: str) -> Words:
    if status == "completed":
        return {"video_url": LINK.format(id=task), "billing_transaction_id": "btx_1"}
    return {"error": "Held back"} if status == "failed" else {}


def _words(step: list[str]) -> Words:
    """Return what the words of a step say."""
    said: Words = {"gap": 5.0, "status": 200, "sent": {}, "told": {}, "headers": [], "more": {}}
    for word in step:
        name, equals, value = word.partition("=")
        if equals:
            _member(said, name, value)
        else:
            _plain(said, word)
    return said


def _member(said: Words, name: str, value: str) -> None:
    match name:
        case "sent" | "told":
            said[name] |= json.loads(value)
        case "header":
            said["headers"].append(tuple(value.split(":", 1)))
        case "task":
            said["named"] = value
        case _:
            said["more"][name] = value


def _plain(said: Words, word: str) -> None:
    match word[0]:
        case "+":
            said["gap"] = float(word)
        case "!":
            said["more"] |= {"fault": word.lstrip("!"), "applied": word.startswith("!!")}
        case digit if digit.isdecimal():
            said["status"] = int(word)
        case _ if word in STATUSES:
            said["state"] = word
        case _:
            said |= {name: value for name, value in PLAIN[word].items() if name != "more"}
            said["more"] |= PLAIN[word].get("more", {})


def _exchange(place: str, said: Words, now: float) -> Exchange:
    method, path = PATHS[place]
    task = "ldtask_" + said.get("named", "1") * 32
    headers = [("Host", "127.0.0.1:8000"), *said["headers"]]
    if said.get("key", place in ("create", "poll", "cancel")):
        headers.append(("Authorization", f"Bearer {KEY}"))
    body = json.dumps(SENT | said["sent"]) if place == "create" else ""
    if body and "Content-Type" not in dict(headers):
        headers.append(("Content-Type", "application/json"))
    if body and "Transfer-Encoding" not in dict(headers):
        headers.append(("Content-Length", str(len(said["more"].get("body", body)))))
    exchange: Words = {
        "origin": "api",
        "connection": 1,
        "turn": 1,
        "method": method,
        "target": path.format(id=task),
        "headers": tuple(headers),
        "body": body,
        "seen": now + said["gap"],
        "sent": now + said["gap"],
        "place": None if place == "other" else place,
        "task_id": task if place in ("create", "poll", "cancel", "asset") else None,
        "job": "1" if place == "create" else None,
        "status": said["status"],
        "answer_body": _answer(place, said, task),
    }
    job = said["more"].get("job")
    more = said["more"] | ({"job": None} if job == "-" else {})
    return Exchange(**{**exchange, **more})


def _answer(place: str, said: Words, task: str) -> str:
    if said.get("none"):
        return ""
    if said["status"] != 200:
        return json.dumps({"error": {"message": "No", "code": "no"}} | said["told"])
    if place not in ("create", "poll", "cancel"):
        return json.dumps(said["told"])
    state = said.get("state", "pending")
    shown = {"id": task, "task_id": task, "poll_url": f"/v1/tasks/{task}", "status": state}
    shown |= _end(state, task) | said["told"]
    return json.dumps({name: value for name, value in shown.items() if value != "-"})


def record_of(case: str, story: str) -> Record:
    """Return the record of a story; the client exits with 0 unless it says otherwise."""
    exchanges: list[Exchange] = []
    told: Words = {"exit": 0, "job": {"request": {"model": "seedance-2.0"}}, "seconds": 20.0}
    for step in story.split(" / "):
        name, _, rest = step.strip().partition(" ")
        match name:
            case "exit":
                told["exit"] = int(rest)
            case "unknown":
                told["exit"] = None
            case "killed":
                told |= {"exit": None, "killed": True}
            case "outcome" | "job" | "facts":
                told[name] = json.loads(rest)
            case "output":
                told["output"] = rest
            case "leaks":
                told["leaks"] = tuple(rest.split())
            case _:
                before = exchanges[-1].sent or 0.0 if exchanges else 0.0
                exchanges.append(_exchange(name, _words(rest.split()), before))
    return Record(case=case, exchanges=tuple(exchanges), **told)


@pytest.fixture(scope="session")
def recorded() -> Callable[[str, str], Record]:
    """Give a function from a case and a story to the record of a run."""
    return record_of


@pytest.fixture(scope="session")
def found() -> Callable[[str, str], dict[str, Finding]]:
    """Give a function from a case and a story to what each check finds."""

    def graded(case: str, story: str) -> dict[str, Finding]:
        result = grade(SCENES[case], record_of(case, story))
        return {finding.check: finding for finding in result.findings}

    return graded


def anything(record: Record) -> None:
    """Judge nothing."""


@pytest.fixture
def make_scene() -> MakeScene:
    """Give a function that makes a scene with one check, of any id."""

    def make(name: str = "POLL-90", level: Level = Level.MUST, **members: Any) -> Scene:
        case = Case(
            id=name,
            group=f"{name.partition('-')[0]} Things",
            level=level,
            requirement="It works.",
            source=page("here"),
        )
        check = Check(id="works", level=level, says="It works.", judge=anything)
        return Scene(**{"case": case, "script": "ok", "checks": (check,), **members})

    return make


@pytest.fixture
def make_exchange() -> MakeExchange:
    """Give a function that makes an exchange."""

    def make(**members: Any) -> Exchange:
        usual = {"origin": "api", "connection": 1, "turn": 1, "method": "GET", "target": "/"}
        return Exchange(**{**usual, "headers": (), "body": "", "seen": 0.0, **members})

    return make


@dataclass
class FakeStage:
    """A stage to which nobody comes, unless a test says so."""

    secret: Secret
    base_url: str = "http://127.0.0.1:9"
    came: list[Exchange] = field(default_factory=list)
    known: Mapping[str, Any] = field(default_factory=dict)
    closed: bool = False
    began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        self.began = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def seen(self) -> int:
        return len(self.came)

    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(self.came)

    def facts(self) -> Mapping[str, Any]:
        return self.known

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def stage(make_scene: MakeScene) -> FakeStage:
    """Give a stage to which nobody comes."""
    return FakeStage(Secret(key(make_scene(), "7f3a")))
