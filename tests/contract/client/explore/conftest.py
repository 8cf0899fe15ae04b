"""A client that exists only as a function from the words of a situation to a story."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

import pytest

from seedance_contract.client.arena import Assignment, DriverResult
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.explore.situations import BASE_SCRIPT
from seedance_contract.client.jobs import api_key
from seedance_contract.client.record import Record
from seedance_contract.client.redaction import Secret
from seedance_contract.client.runner import RunContext, RunOptions
from seedance_contract.progress import NoProgress

Story = Callable[[str], str]
"""Returns the story of a run, from the words of its situation."""


@dataclass
class StoryArena:
    """Opens case servers without sockets."""

    case_server: Any

    def open(self, client_case: ClientCase, nonce: str, rate: float = 1.0) -> Any:
        return replace(self.case_server, secret=Secret(api_key(client_case, nonce)), received=[])


@dataclass
class StoryDriver:
    """A client that does in each situation what a story says."""

    story: Story
    record_story: Callable[[str, str], Record]
    scripts: list[str] = field(default_factory=list)

    def drive(self, assignment: Assignment, case_server: Any, stop: Event) -> DriverResult:
        words = assignment.client_case.script.removeprefix(BASE_SCRIPT).strip()
        self.scripts.append(words)
        record = self.record_story("EXPLORE", self.story(words))
        body = json.dumps(assignment.job["request"])
        case_server.received.extend(
            replace(exchange, body=body) if exchange.place == "create" else exchange
            for exchange in record.exchanges
        )
        return DriverResult(exit=record.exit, killed=record.killed, outcome=record.outcome)


@dataclass
class Notes(NoProgress):
    """Keeps what a run reports about its progress."""

    notes: list[str] = field(default_factory=list)
    finished_ids: list[str] = field(default_factory=list)
    reruns: list[str] = field(default_factory=list)
    total: int = 0

    def planned(self, total: int) -> None:
        self.total = total

    def rerun(self, case_id: str) -> None:
        self.reruns.append(case_id)

    def finished(self, result: Any) -> None:
        self.finished_ids.append(result.case.id)

    def note(self, text: str) -> None:
        self.notes.append(text)


MakeContext = Callable[[Story], RunContext]


@pytest.fixture
def story_context(case_server: Any, record_story: Callable[[str, str], Record]) -> MakeContext:
    """Give a function from the behaviour of a client to a context that runs it."""

    def make(story: Story) -> RunContext:
        driver = StoryDriver(story, record_story)
        return RunContext(
            StoryArena(case_server), driver, RunOptions(jobs=4), Event(), progress=Notes()
        )

    return make
