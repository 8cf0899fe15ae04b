"""The words of every client case lead a plain client into the situation that the case is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from seedance_contract.client.catalogue import SCENES
from seedance_contract.client.jobs import ORDINARY, REQUEST
from seedance_contract.client.scene import Scene
from seedance_mock.scripting.words import Clause, Setting, parse
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app
from seedance_mock.web.faults import response

CREATE = "/v1/videos/generations"
HOST, PORT, THIRD = "http://other.test:9", "http://127.0.0.1:9", "http://third.test:9"

TRIES = 4


@dataclass
class Run:
    """What a plain client saw: every answer, and every fault that the server noted."""

    answers: list[httpx2.Response] = field(default_factory=list)
    struck: set[str] = field(default_factory=set)

    def of(self, method: str, start: str) -> list[httpx2.Response]:
        """Return the answers to requests of a kind."""
        return [
            one
            for one in self.answers
            if one.request.method == method and one.request.url.path.startswith(start)
        ]

    @property
    def creates(self) -> list[Any]:
        return [one.json() for one in self.of("POST", CREATE) if one.status_code == 200]

    @property
    def polls(self) -> list[Any]:
        found = self.of("GET", "/v1/tasks/")
        return [one.json() for one in found if one.status_code == 200 and one.content]

    @property
    def last(self) -> Any:
        return self.polls[-1]

    @property
    def statuses(self) -> list[str]:
        return [one["status"] for one in self.polls]

    @property
    def errors(self) -> list[Any]:
        found = [one for one in self.answers if one.status_code >= 400]
        return [one.json()["error"] for one in found]


class Plain:
    """A client that does a scene's job, tries whatever fails again, and follows no redirect."""

    def __init__(self, web: TestClient, scene: Scene, words: str) -> None:
        self.web = web
        self.scene = scene
        self.key = {"Authorization": f"Bearer sk-mock-{words.replace(' ', '.')}"}
        self.run = Run()

    def go(self) -> Run:
        """Do the job, and return what was seen."""
        for path in ("/v1/models", "/v1/pricing"):
            if "catalogue" in self.scene.script:
                self.ask("GET", path)
        created = self.ask("POST", CREATE, json=self.body())
        if created is not None:
            self.follow(self.id_in(created))
        noted = self.web.get("/_mock/journal").json()["entries"]
        self.run.struck = {one["fault"] for one in noted}
        return self.run

    def body(self) -> dict[str, object]:
        return {**REQUEST, **self.scene.job.get("request", {})}

    def id_in(self, created: httpx2.Response | None) -> str:
        shown = {} if created is None else created.json()
        return str(shown.get("id") or shown.get("task_id"))

    def follow(self, task: str) -> None:
        """Cancel where that is the job, poll to the end, download where that is the job."""
        if self.scene.job.get("action") == "cancel":
            self.ask("DELETE", f"/v1/tasks/{task}")
        for _ in range(8):
            poll = self.ask("GET", f"/v1/tasks/{task}")
            if poll is None or poll.json()["status"] in ("completed", "failed"):
                break
        link = poll.json().get("video_url") if poll is not None else None
        if link is not None and self.scene.job.get("action") == "download":
            self.ask("GET", link)
            self.ask("HEAD", link)

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response | None:
        """Return the first answer that is one, None where there is none in a few tries."""
        for _ in range(TRIES):
            try:
                answer = self.web.request(method, path, headers=self.key, **options)
            except (OSError, TimeoutError):
                continue
            self.run.answers.append(answer)
            if answer.status_code == 200 and answer.content:
                return answer
        return None


Saw = Callable[[Run], bool]


def told(**members: object) -> Saw:
    """Return whether the last poll had these members; `...` for any value."""

    def saw(run: Run) -> bool:
        return all(
            name in run.last and value in (..., run.last[name]) for name, value in members.items()
        )

    return saw


def points(start: str) -> Saw:
    return lambda run: run.creates[0]["poll_url"].startswith(start)


def leads(origin: str) -> Saw:
    return lambda run: any(
        one.headers.get("Location", "").startswith(origin) for one in run.answers
    )


def waits(header: str | None, **members: object) -> Saw:
    def saw(run: Run) -> bool:
        refused = [one for one in run.answers if one.status_code in (429, 503)]
        error = refused[0].json()["error"]
        alike = all(error.get(name) == value for name, value in members.items())
        return refused[0].headers.get("Retry-After") == header and alike

    return saw


def listed(text: str) -> Saw:
    return lambda run: all(text in one.text for one in run.of("GET", "/v1/pricing"))


SEEN: Mapping[str, Saw] = {
    "after-1polls": lambda run: run.statuses[:1] in (["completed"], ["failed"]),
    "after-2polls": lambda run: (
        run.statuses == ["processing", "completed"][bool({"poll-cut"} & run.struck) :]
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
    "end-failed": told(status="failed"),
    "end-cancelled": told(status="failed", cancelled=True),
    "at-query": lambda run: run.creates[0]["poll_url"].endswith("?view=full&sig=a%2Fb"),
    "at-absolute": points("http://127.0.0.1:8000/v1/tasks/"),
    "at-foreign": points(HOST),
    "at-userinfo": points("http://user:secret@other.test:9/"),
    "at-file": points("file:///v1/tasks/"),
    "at-slashes": points("//other.test:9/v1/tasks/"),
    "at-none": lambda run: "poll_url" not in run.creates[0],
    "id-id": lambda run: "task_id" not in run.creates[0],
    "id-task": lambda run: "id" not in run.creates[0],
    "status-queued": lambda run: run.statuses == ["queued", "processing", "completed"],
    "status-back": lambda run: run.statuses[1:3] == ["processing", "pending"],
    "status-done": lambda run: run.creates[0]["status"] == "completed",
    "progress-none": lambda run: not any("progress" in one for one in run.polls),
    "progress-lie": lambda run: run.polls[0]["progress"] == 100,
    "progress-null": told(progress=None),
    "progress-text": told(progress="42"),
    "progress-over": told(progress=150),
    "out-url": lambda run: "video_url" in run.last and "video" not in run.last,
    "out-video": lambda run: "video" in run.last and "video_url" not in run.last,
    "out-videos": lambda run: len(run.last["videos"]) == 2,
    "out-content": told(content=...),
    "out-data": told(data=...),
    "out-none": lambda run: "assets" not in json.dumps(run.last),
    "err-string": lambda run: isinstance(run.last["error"], str),
    "err-rich": lambda run: {"code", "message", "x_nested"} <= run.last["error"].keys(),
    "err-none": lambda run: "error" not in run.last,
    "err-null": told(error=None),
    "shape-large": lambda run: len(json.dumps(run.last)) > 2_000_000,
    "billing-task": lambda run: run.last["billing_transaction_id"].startswith("ldtask_"),
    "billing-none": lambda run: "billing_transaction_id" not in run.last,
    "files-host": lambda run: run.last["video_url"].startswith(HOST),
    "to-port": leads(PORT),
    "to-third": leads(THIRD),
    "download-get": lambda run: any(one.status_code == 405 for one in run.answers),
    "download-whole": lambda run: "Accept-Ranges" not in run.of("GET", "/assets")[-1].headers,
    "retry-1s": waits("1", retry_after=1),
    "retry-2s": waits("2", retry_after=2),
    "retry-3s": waits("3", retry_after=3),
    "retry-86400s": waits("86400"),
    "retry-none": waits(None, retry_after=None),
    "retry-body": waits(None, retry_after=2),
    "retry-soon": waits("soon"),
    "retry-minus": waits("-5"),
    "retry-mixed": waits("3", retry_after=1),
    "retry-never": waits(None, retryable=False),
    "retry-date": lambda run: "GMT" in run.answers[0].headers["Retry-After"],
    "refusal-bare": lambda run: run.errors[0].keys() == {"message", "type"},
    "refusal-rich": lambda run: len(run.errors[0]) > 20,
    "refusal-swapped": lambda run: run.errors[0]["type"] == "model_not_allowed",
    "refusal-foreign": lambda run: "später" in run.errors[0]["message"],
    "catalogue-invented": listed("seedance-x9"),
    "catalogue-odd": listed('"pricing_summary":null'),
    "catalogue-less": lambda run: '"model":"seedance-2.0"' not in run.of("GET", "/v1/pr")[0].text,
}
"""What a word leaves behind, where it leaves anything that the journal does not name."""


def settings_of(script: str) -> Iterator[str]:
    """Yield the settings of a script, those that its presets stand for included."""
    for word in parse(script):
        if isinstance(word, Setting):
            yield str(word)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Give a client of a server that knows its other origins, and drips fast."""
    monkeypatch.setattr(response, "DRIP_SECONDS", 0.0)
    app = create_app(Settings(redirect_origins={"host": HOST, "port": PORT, "third": THIRD}))
    with TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_situation_happens(scene: Scene, web: TestClient) -> None:
    script = scene.script.replace("delay-12s", "delay-0s")

    run = Plain(web, scene, f"{ORDINARY} {script}").go()

    clauses = {str(word) for word in parse(script) if isinstance(word, Clause)}
    assert clauses <= run.struck
    assert [word for word in settings_of(script) if not SEEN[word](run)] == []


def test_words_without_a_trace_are_none_that_cases_use() -> None:
    used = {word for scene in SCENES.values() for word in settings_of(scene.script)}

    assert used - {"delay-12s"} == SEEN.keys() - {"delay-0s"}
