"""A small scene, and a stage without a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from seedance_contract.case import Case, Level
from seedance_contract.client.jobs import key
from seedance_contract.client.record import Exchange, Record
from seedance_contract.client.scene import Check, Scene
from seedance_contract.client.secrets import Secret
from seedance_contract.declared.sources import page

MakeScene = Callable[..., Scene]
MakeExchange = Callable[..., Exchange]


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
